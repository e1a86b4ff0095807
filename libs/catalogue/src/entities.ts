import { definitionOf, type Column, type DatasetName, type Row } from '@marquee/datasets';
import { EntitySchema, type ColumnType as SqlType, type EntitySchemaColumnOptions } from 'typeorm';

/** The entity of a dataset's published table; its properties are IMDb's own names. Follows from the dataset's definition. */
function entityOf<D extends DatasetName>(dataset: D): EntitySchema<Row<D>> {
  const { table, columns, key } = definitionOf(dataset);
  const options = columns.map((column) => [column.name, columnOptions(column, key.includes(column.name))] as const);
  return new EntitySchema<Row<D>>({ name: table, schema: 'imdb', tableName: table, columns: Object.fromEntries(options) as never });
}

function columnOptions(column: Column, primary: boolean): EntitySchemaColumnOptions {
  const list = column.list !== undefined;
  const decimal = column.type === 'decimal';
  return {
    name: column.sql,
    type: sqlType(column),
    array: list,
    primary,
    nullable: !primary,
    // numeric comes back as text, to lose nothing; two digits fit a number
    ...(decimal ? { transformer: { from: (value: string | null) => (value === null ? null : Number(value)), to: (value: unknown) => value } } : {}),
  };
}

function sqlType({ type }: Column): SqlType {
  switch (type) {
    case 'integer':
      return 'integer';
    case 'boolean':
      return 'boolean';
    case 'decimal':
      return 'numeric';
    default:
      return 'text';
  }
}

/** `imdb.title_basics` */
export const TitleBasicEntity = entityOf('title.basics');
/** `imdb.name_basics` */
export const NameBasicEntity = entityOf('name.basics');
