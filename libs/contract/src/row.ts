import { DATASETS, definitionOf, type Column, type DatasetName, type Row } from '@marquee/datasets';
import { z } from 'zod';
import { imdbIdOf, type ImdbId } from './imdb-id.ts';

/** Id of a title, such as `tt0000001`. */
export const TitleId = z
  .string()
  .regex(/^tt\d{7,10}$/u, { error: ({ input }) => expected('title', input) })
  .meta({ description: 'Id of a title', example: 'tt0000001' });

/** Id of a name, such as `nm0000001`. */
export const NameId = z
  .string()
  .regex(/^nm\d{7,10}$/u, { error: ({ input }) => expected('name', input) })
  .meta({ description: 'Id of a name', example: 'nm0000001' });

/** Id of a title in a request: in any form that {@link imdbIdOf} recognises. */
export const RequestedTitleId = z.preprocess(canonicalId, TitleId);

/** Id of a name in a request: in any form that {@link imdbIdOf} recognises. */
export const RequestedNameId = z.preprocess(canonicalId, NameId);

/**
 * Ids in a query, as repeated parameters or separated by commas.
 *
 * @param id of one of them
 * @param bounds how many there must be, and what to do about more
 */
export function requestedIds<S extends z.ZodType>(
  id: S,
  { min = 1, max, tooMany = '' }: { min?: number; max: number; tooMany?: string },
) {
  return z.preprocess(
    (given) =>
      [given].flat().flatMap((one) => {
        const ids = typeof one === 'string' ? one.toLowerCase().split(',') : [one];
        return ids.map((part: unknown) => (typeof part === 'string' ? part.trim() : part));
      }),
    z
      .array(id, 'expected ids')
      .min(min, `expected at least ${min === 1 ? 'one id' : `${min} ids`}`)
      .max(max, `expected at most ${max} ids${tooMany}`),
  );
}

function canonicalId(given: unknown): unknown {
  return typeof given === 'string' ? (imdbIdOf(given)?.id ?? given) : given;
}

/** The fault of an id; for one of the other kind, also the route that answers it. */
function expected(kind: ImdbId['kind'], given: unknown): string {
  const prefix = kind === 'title' ? 'tt' : 'nm';
  const form = `expected ${prefix} and 7 to 10 digits, such as ${prefix}0000001`;
  const other = typeof given === 'string' ? imdbIdOf(given) : null;
  if (other === null || other.kind === kind) return form;
  return other.kind === 'name'
    ? `${other.id} is the id of a person: GET /names/${other.id}; ${form}`
    : `${other.id} is the id of a title: GET /titles/${other.id}; ${form}`;
}

/** Schema of a dataset's rows, field by field. */
export type RowSchema<D extends DatasetName> = z.ZodObject<{
  [F in keyof Row<D>]: z.ZodType<Row<D>[F]>;
}>;

/**
 * Schema of a dataset's rows as JSON, keyed by IMDb's field names. Derived from the definition of
 * the dataset; only the columns of its key are not nullable.
 */
export function rowSchema<D extends DatasetName>(dataset: D): RowSchema<D> {
  const { columns, key } = definitionOf(dataset);
  const shape = Object.fromEntries(
    columns.map((column) => {
      const type = valueSchema(column);
      const always = (key as readonly string[]).includes(column.name);
      return [
        column.name,
        (always ? type : type.nullable()).meta({
          description: column.comment,
          example: column.example,
        }),
      ];
    }),
  );
  return z
    .object(shape)
    .meta({ description: DATASETS[dataset].comment }) as unknown as RowSchema<D>;
}

function valueSchema({ type }: Column): z.ZodType {
  switch (type) {
    case 'titleId':
      return TitleId;
    case 'nameId':
      return NameId;
    case 'text':
      return z.string();
    case 'integer':
      return z.int32();
    case 'decimal':
      return z.number();
    case 'boolean':
      return z.boolean();
    case 'textList':
      return z.array(z.string());
    case 'titleIdList':
      return z.array(TitleId);
    case 'nameIdList':
      return z.array(NameId);
  }
}
