import { definitionOf, type Column, type ColumnType, type DatasetName } from '@marquee/datasets';
import { escapeLiteral } from 'pg';

/** `imdb` is what readers see; a load builds the same tables in `imdb_next`. */
export type CatalogueSchema = 'imdb' | 'imdb_next';

/** A dataset's table in a schema, as SQL: `imdb.title_basics`. */
export function tableOf(dataset: DatasetName, schema: CatalogueSchema): string {
  return `${schema}.${definitionOf(dataset).table}`;
}

/**
 * The statement that creates a dataset's table, without key and indexes.
 *
 * Autovacuum is off: a full load makes its own statistics and frozen rows, and an automatic vacuum
 * would hold the lock that publishing needs. Pages have room for a few more rows: a changed row that
 * stays on its page needs no new entry in any index.
 */
export function createTable(dataset: DatasetName, schema: CatalogueSchema): string {
  const { columns, key } = definitionOf(dataset);
  const lines = columns.map(
    (column) =>
      `  ${column.sql} ${sqlTypeOf(column.type)}${key.includes(column.name) ? ' not null' : ''}`,
  );
  return `create table ${tableOf(dataset, schema)} (\n${lines.join(',\n')}\n) with (autovacuum_enabled = false, fillfactor = ${fillFactorOf(dataset)})`;
}

/** How full pages are, in percent. Up to a fifth of the ratings, small rows, change in a day. */
function fillFactorOf(dataset: DatasetName): number {
  return dataset === 'title.ratings' ? 80 : 95;
}

/** The statements that complete a filled table. */
interface Finish {
  readonly key: string;
  /** They can be built in parallel. */
  readonly indexes: readonly string[];
  readonly comments: readonly string[];
}

/** The statements that add the key, the indexes, and the comments on a table and its columns. */
export function finishStatements(dataset: DatasetName, schema: CatalogueSchema): Finish {
  return {
    key: `alter table ${tableOf(dataset, schema)} add primary key (${keyColumnsOf(dataset).join(', ')})`,
    indexes: createIndexes(dataset, schema),
    comments: createComments(dataset, schema),
  };
}

/**
 * The same for a table whose indexes are all built in parallel. Adding a key locks out the other
 * builds, so its index is built first, as one of them.
 */
export function finishTableInParallel(dataset: DatasetName, schema: CatalogueSchema): Finish {
  const name = `${definitionOf(dataset).table}_pkey`;
  const index = `create unique index ${name} on ${tableOf(dataset, schema)} (${keyColumnsOf(dataset).join(', ')})`;
  return {
    key: `alter table ${tableOf(dataset, schema)} add constraint ${name} primary key using index ${name}`,
    indexes: [index, ...createIndexes(dataset, schema)],
    comments: createComments(dataset, schema),
  };
}

/** The SQL columns of a dataset, in the order of its file. */
export function sqlColumnsOf(dataset: DatasetName): string[] {
  return definitionOf(dataset).columns.map(({ sql }) => sql);
}

/** The SQL columns of a dataset's key. */
export function keyColumnsOf(dataset: DatasetName): string[] {
  const { key, columns } = definitionOf(dataset);
  return columns.filter((column) => key.includes(column.name)).map((column) => column.sql);
}

function createIndexes(dataset: DatasetName, schema: CatalogueSchema): string[] {
  // without names: PostgreSQL chooses free ones, even if somebody has renamed a table whose indexes
  // keep theirs
  return definitionOf(dataset).indexes.map(
    (columns) => `create index on ${tableOf(dataset, schema)} (${columns.join(', ')})`,
  );
}

function createComments(dataset: DatasetName, schema: CatalogueSchema): string[] {
  const { comment, columns } = definitionOf(dataset);
  const table = tableOf(dataset, schema);
  return [
    `comment on table ${table} is ${escapeLiteral(`${comment} (${dataset})`)}`,
    ...columns.map(
      (column) => `comment on column ${table}.${column.sql} is ${escapeLiteral(commentOn(column))}`,
    ),
  ];
}

function commentOn({ name, comment }: Column): string {
  return `${comment} (${name})`;
}

function sqlTypeOf(type: ColumnType): string {
  switch (type) {
    case 'titleId':
    case 'nameId':
      // byte order: near the order of the files, and the fastest comparison
      return 'text collate "C"';
    case 'text':
      return 'text';
    case 'integer':
      return 'integer';
    case 'decimal':
      return 'numeric(3,1)';
    case 'boolean':
      return 'boolean';
    case 'textList':
      return 'text[]';
    case 'titleIdList':
    case 'nameIdList':
      return 'text[] collate "C"';
  }
}
