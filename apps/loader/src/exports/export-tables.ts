import { keyColumnsOf, tableOf } from '@marquee/catalogue';
import type { ExportColumn } from '@marquee/contract';
import { DATASET_NAMES, definitionOf, type Column, type DatasetName } from '@marquee/datasets';
import { escapeLiteral } from 'pg';
import { MOVIE_COLUMNS, selectMovies } from './movie-columns.ts';

/** The rows of a file, from PostgreSQL by CSV into DuckDB. */
export interface RowSource {
  /** PostgreSQL's query. */
  readonly query: string;
  /** The columns that it returns, and DuckDB's type of each as CSV. */
  readonly csv: Readonly<Record<string, string>>;
  /** DuckDB's query for the rows of the file, from the table `csv`. */
  readonly select: string;
  readonly columns: readonly ExportColumn[];
  readonly rowGroupRows: number;
}

/** A table of exports. */
export interface ExportTableDefinition extends RowSource {
  readonly name: string;
  readonly comment: string;
  /** Null for what is made of several sources. */
  readonly dataset: DatasetName | null;
  readonly key: readonly string[];
  readonly indexes: readonly (readonly string[])[];
}

/** DuckDB's own size. */
const ROW_GROUP_ROWS = 122_880;
/** Documents of movies have some kilobytes. */
const MOVIES_OF_GROUP = 16_384;

const TIME = 'TIMESTAMP WITH TIME ZONE';

/** The columns that each file of changes has before those of its table. */
const CHANGE_COLUMNS: readonly ExportColumn[] = [
  {
    name: 'change_id',
    type: 'BIGINT',
    comment: 'Rises with each change: apply them in this order',
  },
  {
    name: 'change_kind',
    type: 'VARCHAR',
    comment:
      'insert, update or delete; the other columns have the row after it, or before its deletion',
  },
  { name: 'changed_at', type: TIME, comment: 'Time of the publish, or of the merge' },
];
const CHANGE_CSV = Object.fromEntries(CHANGE_COLUMNS.map(({ name, type }) => [name, type]));

/** All tables, in the order in which they are written: the longest last. */
export const EXPORT_TABLES: readonly ExportTableDefinition[] = [
  {
    name: 'movies',
    comment: 'Movies merged from several sources; IMDb alone tells of all others',
    dataset: null,
    key: ['id'],
    indexes: [],
    query: 'select document::text from movies.movie order by id',
    csv: { document: 'VARCHAR' },
    select: selectMovies([]),
    columns: MOVIE_COLUMNS,
    rowGroupRows: MOVIES_OF_GROUP,
  },
  {
    name: 'movie_redirects',
    comment: 'Ids that movies had, and those that they have now',
    dataset: null,
    key: ['id'],
    indexes: [['movie']],
    query: 'select id, movie, since from movies.redirect order by id',
    csv: { id: 'VARCHAR', movie: 'VARCHAR', since: TIME },
    select: 'select * from csv',
    columns: [
      { name: 'id', type: 'VARCHAR', comment: 'Id that a movie had' },
      { name: 'movie', type: 'VARCHAR', comment: 'Id that it got; it may have changed again' },
      { name: 'since', type: TIME, comment: 'Since when' },
    ],
    rowGroupRows: ROW_GROUP_ROWS,
  },
  ...DATASET_NAMES.toSorted((a, b) => definitionOf(a).usualRows - definitionOf(b).usualRows).map(
    tableOfDataset,
  ),
];

function tableOfDataset(dataset: DatasetName): ExportTableDefinition {
  const { table, comment, columns, indexes } = definitionOf(dataset);
  const key = keyColumnsOf(dataset);
  return {
    name: table,
    comment,
    dataset,
    key,
    indexes,
    query: `select ${columns.map(inCsv).join(', ')} from ${tableOf(dataset, 'imdb')} order by ${key.join(', ')}`,
    csv: csvOf(columns),
    select: `select ${columns.map(fromCsv).join(', ')} from csv`,
    columns: columns.map(columnOf),
    rowGroupRows: ROW_GROUP_ROWS,
  };
}

/**
 * The changes of a dataset by some runs, in their order. Bounded by the partitions of the runs.
 *
 * @param runs ids of runs whose changes are kept
 */
export function changesOfDataset(dataset: DatasetName, runs: readonly string[]): RowSource {
  const { columns } = definitionOf(dataset);
  const ids = runs.map((run) => escapeLiteral(run)).join(', ');
  return {
    query: `
      select c.id, c.kind, p.at, ${columns.map(inCsv).join(', ')}
      from ingest.change c
        join ingest.publication p on p.run_id = c.run_id and p.dataset = c.dataset
        cross join lateral jsonb_populate_record(null::${tableOf(dataset, 'imdb')}, coalesce(c.after, c.before)) as r
      where c.dataset = ${escapeLiteral(dataset)} and c.run_id in (${ids})
      order by c.id`,
    csv: { ...CHANGE_CSV, ...csvOf(columns) },
    select: `select ${[...Object.keys(CHANGE_CSV), ...columns.map(fromCsv)].join(', ')} from csv`,
    columns: [...CHANGE_COLUMNS, ...columns.map(columnOf)],
    rowGroupRows: ROW_GROUP_ROWS,
  };
}

/** The changes of movies with ids in a range, in their order, by the key of the table. */
export function changesOfMovies(after: number, upTo: number): RowSource {
  return {
    query: `
      select id, case when before is null then 'insert' when after is null then 'delete' else 'update' end,
        changed_at, coalesce(after, before)::text
      from movies.change
      where id > ${after} and id <= ${upTo}
      order by id`,
    csv: { ...CHANGE_CSV, document: 'VARCHAR' },
    select: selectMovies(Object.keys(CHANGE_CSV)),
    columns: [...CHANGE_COLUMNS, ...MOVIE_COLUMNS],
    rowGroupRows: MOVIES_OF_GROUP,
  };
}

/** PostgreSQL's expression for a column as CSV. Its text form of lists is its own: JSON is not. */
function inCsv({ sql, list }: Column): string {
  return list === undefined ? sql : `array_to_json(${sql})`;
}

function csvOf(columns: readonly Column[]): Record<string, string> {
  return Object.fromEntries(
    columns.map((column) => [
      column.sql,
      column.list === undefined ? columnOf(column).type : 'VARCHAR',
    ]),
  );
}

function fromCsv({ sql, list }: Column): string {
  return list === undefined ? sql : `from_json_strict(${sql}, '["VARCHAR"]') as ${sql}`;
}

function columnOf({ sql, type, comment }: Column): ExportColumn {
  return { name: sql, type: duckDbTypeOf(type), comment };
}

function duckDbTypeOf(type: Column['type']): string {
  switch (type) {
    case 'titleId':
    case 'nameId':
    case 'text':
      return 'VARCHAR';
    case 'integer':
      return 'INTEGER';
    case 'decimal':
      return 'DECIMAL(3,1)';
    case 'boolean':
      return 'BOOLEAN';
    case 'textList':
    case 'titleIdList':
    case 'nameIdList':
      return 'VARCHAR[]';
  }
}
