import { z } from 'zod';

/** The most ids in a batch. */
const MAX_BATCH = 200;

/** Body of a request for several things at once, by their ids. */
export function batchRequest<I extends z.ZodType<string>>(id: I, example: string[]) {
  return z.strictObject({
    ids: z
      .array(id, 'expected a list of ids')
      .min(1, 'expected at least one id')
      .max(MAX_BATCH, `expected at most ${MAX_BATCH} ids`)
      .meta({ example }),
  });
}

/** The answer to it. @param what the things are: title, name */
export function batchResponse<I extends z.ZodType<string>, T extends z.ZodType>(
  id: I,
  item: T,
  what: string,
) {
  return z.object({
    items: z.array(item).meta({ description: `The ${what}s in the order of the ids, each once` }),
    missing: z.array(id).meta({ description: `Ids that no ${what} has` }),
  });
}
