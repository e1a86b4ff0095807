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

/** What the plain way took. */
export interface PsqlTimes {
  readonly copySeconds: number;
  /** Making arrays of the lists, which come as text. */
  readonly arraySeconds: number;
  /** Keys, indexes and statistics. */
  readonly indexSeconds: number;
}

/**
 * Loads a sample as one does by hand: `gunzip | psql \copy`, one file after another, lists as the
 * text they are; then the lists made arrays, so that the columns are the same as ours; then the
 * same keys and indexes and the statistics, one after another.
 *
 * @param url a database that has none of it yet; needs psql and gunzip on the PATH
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

/** One rewrite of each table that has lists. */
function arrayStatements(dataset: DatasetName): string[] {
  const { table, columns } = definitionOf(dataset);
  const changes = columns.flatMap(({ sql, list }) =>
    list === undefined ? [] : [`alter ${sql} type text[] using ${ARRAY_OF[list](sql)}`],
  );
  return changes.length === 0 ? [] : [`alter table plain.${table} ${changes.join(', ')}`];
}

/**
 * The quickest expression that makes an array of each kind of list; a JSON list of strings is an
 * array literal but for its brackets.
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
