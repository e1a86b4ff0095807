import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { keyColumnsOf } from '@marquee/catalogue';
import {
  DATASET_NAMES,
  definitionOf,
  fileNameOf,
  type ColumnType,
  type DatasetName,
} from '@marquee/datasets';
import { Client } from 'pg';

/** Durations of the steps of a load by psql. */
export interface PsqlTimes {
  readonly copySeconds: number;
  /** Converting lists from text to arrays. */
  readonly arraySeconds: number;
  /** Creating keys, indexes and statistics. */
  readonly indexSeconds: number;
}

/**
 * Loads a sample manually, as a baseline: `gunzip | psql \copy` file by file, with lists as text;
 * then lists to arrays, so that the columns equal marquee's; then the same keys, indexes and
 * statistics, one by one.
 *
 * @param url a database without schema `plain`; requires psql and gunzip on the PATH
 */
export async function loadWithPsql(url: string, files: string): Promise<PsqlTimes> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('create schema plain');
    for (const dataset of DATASET_NAMES) await client.query(createPlainTable(dataset));
    const began = performance.now();
    for (const dataset of DATASET_NAMES)
      await copyWithPsql(url, dataset, join(files, fileNameOf(dataset)));
    const copied = performance.now();
    for (const dataset of DATASET_NAMES)
      for (const statement of arrayStatements(dataset)) await client.query(statement);
    const converted = performance.now();
    for (const dataset of DATASET_NAMES)
      for (const statement of indexStatements(dataset)) await client.query(statement);
    return {
      copySeconds: (copied - began) / 1000,
      arraySeconds: (converted - copied) / 1000,
      indexSeconds: (performance.now() - converted) / 1000,
    };
  } finally {
    await client.end();
  }
}

function createPlainTable(dataset: DatasetName): string {
  const { table, columns } = definitionOf(dataset);
  return `create table plain.${table} (${columns.map(({ sql, type }) => `${sql} ${plainType(type)}`).join(', ')})`;
}

function plainType(type: ColumnType): string {
  const types: Partial<Record<ColumnType, string>> = {
    integer: 'integer',
    decimal: 'numeric(3,1)',
    boolean: 'boolean',
    titleId: 'text collate "C"',
    nameId: 'text collate "C"',
  };
  return types[type] ?? 'text';
}

/** Rewrites each table with lists once. */
function arrayStatements(dataset: DatasetName): string[] {
  const { table, columns } = definitionOf(dataset);
  const changes = columns.flatMap(({ sql, list }) =>
    list === undefined ? [] : [`alter ${sql} type text[] using ${ARRAY_OF[list](sql)}`],
  );
  return changes.length === 0 ? [] : [`alter table plain.${table} ${changes.join(', ')}`];
}

/**
 * The fastest expression that converts each kind of list; a JSON list of strings is an array
 * literal except for its brackets.
 */
const ARRAY_OF = {
  comma: (column: string) => `string_to_array(${column}, ',')`,
  '0x02': (column: string) => `string_to_array(${column}, E'\\x02')`,
  json: (column: string) => `translate(${column}, '[]', '{}')::text[]`,
};

function indexStatements(dataset: DatasetName): string[] {
  const { table, indexes } = definitionOf(dataset);
  return [
    `alter table plain.${table} add primary key (${keyColumnsOf(dataset).join(', ')})`,
    ...indexes.map((columns) => `create index on plain.${table} (${columns.join(', ')})`),
    `analyze plain.${table}`,
  ];
}

async function copyWithPsql(url: string, dataset: DatasetName, file: string): Promise<void> {
  const copy = `\\copy plain.${definitionOf(dataset).table} from pstdin with (format csv, delimiter E'\\t', null '\\N', quote E'\\b', header)`;
  const child = spawn(
    'sh',
    [
      '-c',
      'gunzip -c "$1" | psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --command "$2" "$3"',
      'sh',
      file,
      copy,
      url,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0)
    throw new Error(
      `gunzip ${file} | psql ended with ${String(code)}; both have to be on the PATH`,
    );
}
