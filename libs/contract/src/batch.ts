import { z } from 'zod';

/** Maximum number of ids in a batch. */
const MAX_BATCH = 200;

/** Request body with the ids of several items of one kind: 1 to {@link MAX_BATCH}. */
export function batchRequest<I extends z.ZodType<string>>(id: I, example: string[]) {
  return z.strictObject({
    ids: z
      .array(id, 'expected a list of ids')
      .min(1, 'expected at least one id')
      .max(MAX_BATCH, `expected at most ${MAX_BATCH} ids`)
      .meta({ description: `Up to ${MAX_BATCH} ids`, example }),
  });
}

/** Response of a batch request. @param what singular noun of the items: title, name */
export function batchResponse<I extends z.ZodType<string>, T extends z.ZodType>(
  id: I,
  item: T,
  what: string,
) {
  return z.object({
    items: z
      .array(item)
      .meta({ description: `The ${what}s in the order of the requested ids, without duplicates` }),
    missing: z.array(id).meta({ description: `Requested ids without a ${what}` }),
  });
}
