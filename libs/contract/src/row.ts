import { DATASETS, definitionOf, type Column, type DatasetName, type Row } from '@marquee/datasets';
import { z } from 'zod';

/** Id of a title, such as `tt0000001`. */
export const TitleId = z
  .string()
  .regex(/^tt\d{7,10}$/u, 'expected tt and 7 to 10 digits, such as tt0000001')
  .meta({ description: 'Id of a title', example: 'tt0000001' });

/** Id of a name, such as `nm0000001`. */
export const NameId = z
  .string()
  .regex(/^nm\d{7,10}$/u, 'expected nm and 7 to 10 digits, such as nm0000001')
  .meta({ description: 'Id of a name', example: 'nm0000001' });

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
