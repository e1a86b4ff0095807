import { tableOf } from '@marquee/catalogue';
import { useTestDatabase } from '@marquee/catalogue/testing';
import type { DatasetName } from '@marquee/datasets';
import { escapeLiteral, type Pool, type PoolClient } from 'pg';
import { beforeEach, expect, it } from 'vitest';
import type { BuildTarget } from './derived-table-set.ts';
import { prepareDerivedTables, refreshDerivedTables } from './derived-tables.ts';
import { createNames, createProfessions, finishNames } from './name-tables.ts';
import {
  fillKnownFor,
  createTermTable,
  finishKnownFor,
  finishTermTable,
} from './search-term-tables.ts';
import { termSources } from './search-terms.ts';
import { BULK_SETTINGS, type TableFinish } from './table-builds.ts';
import { createCounts } from './title-counts.ts';
import { finishTitles } from './title-indexes.ts';
import { createTitleFunctions, createTitles } from './title-tables.ts';
import { createSpelling, createWords, finishSpelling, wordsQuery } from './vocabulary.ts';

/*
 * The statements of the derived tables as files that psql runs. `npm run docs` writes them; here
 * they are compared, and each is run against a loaded database.
 */

const database = useTestDatabase();
const RUN = '00000000-0000-4000-8000-000000000001';
/** The run in the files: the last one that has merged changes. */
const LAST_RUN = `(select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)`;

/** Every kind of row, and of change, that the statements tell apart. */
beforeEach(async () => {
  const { pool } = database;
  await pool.query(`
    insert into imdb.title_basics values
      ('tt0000001', 'movie', 'The Long Winter', 'Der lange Winter', false, 1977, null, 104, '{Drama}'),
      ('tt0000002', 'tvSeries', 'Lanterns', 'Lanterns', false, 1990, 1991, null, '{Comedy,Drama}'),
      ('tt0000003', 'tvEpisode', 'First Light', 'First Light', true, 1990, null, 25, '{}');
    insert into imdb.title_akas values ('tt0000001', 1, 'Der lange Winter', 'DE', 'de', '{}', '{}', false);
    insert into imdb.title_episode values ('tt0000003', 'tt0000002', 1, 1);
    insert into imdb.title_ratings values ('tt0000001', 7.8, 900000), ('tt0000003', 5.0, 10);
    insert into imdb.name_basics values ('nm0000001', 'Ada Winter', 1931, null, '{actress}', '{tt0000001}');`);
  await pool.query('drop schema search cascade');
  await prepareDerivedTables(pool, new AbortController().signal);
  await pool.query(
    `create table ingest.change_1 partition of ingest.change for values in ('${RUN}')`,
  );
  await merge('title.basics', 'tt0000001', `set genres = '{Drama,History}'`);
  await merge('title.akas', 'tt0000001 1', `set region = 'AT'`, `title_id = 'tt0000001'`);
  await merge('title.episode', 'tt0000003', `set parent_tconst = 'tt0000001'`);
  await merge('title.ratings', 'tt0000001', 'set num_votes = 100');
  await merge(
    'name.basics',
    'nm0000001',
    `set primary_name = 'Ada Summer'`,
    `nconst = 'nm0000001'`,
  );
  await pool.query(
    `insert into ingest.publication values (nextval('ingest.change_id'), '${RUN}', 'title.basics', 'changes', 0, 1, 0, 3, 's', now())`,
  );
});

/** Updates a row, and logs the change. */
async function merge(
  dataset: DatasetName,
  key: string,
  set: string,
  where = `tconst = '${key}'`,
): Promise<void> {
  await database.pool.query(
    `with changed as (update ${tableOf(dataset, 'imdb')} ${set} where ${where} returning to_jsonb(old) as before, to_jsonb(new) as after)
     insert into ingest.change (run_id, dataset, kind, key, before, after)
     select '${RUN}', '${dataset}', 'update', '${key}', before, after from changed`,
  );
}

const TARGET: BuildTarget = {
  schema: 'search_next',
  table: (dataset) => tableOf(dataset, 'imdb'),
};

const BUILD = `Run by psql against a loaded database, it builds the tables in search_next, and rolls back.
The loader runs the parts in transactions of their own, builds indexes in parallel, and swaps the tables
into schema search when it publishes.`;

const finished = ({ indexes, last }: TableFinish): string[] => [...indexes, ...last];
/** Rows that a thread of the loader turns into lines. */
const copied = (table: string, query: string): string[] => [
  `-- for copy ${table} from stdin (format text, freeze): lines that a thread makes of these rows\nexplain ${dedent(query)}`,
];

it.each([
  [
    'build-title-tables.sql',
    () => [
      '-- functions',
      ...createTitleFunctions(),
      '-- search.title',
      ...BULK_SETTINGS,
      ...createTitles(TARGET),
      ...finished(finishTitles('search_next')),
      '-- search.title_count',
      ...createCounts('search_next'),
    ],
  ],
  [
    'build-name-tables.sql',
    () => [
      '-- search.name',
      ...BULK_SETTINGS,
      ...createNames(TARGET),
      ...finished(finishNames('search_next')),
      '-- search.profession',
      ...createProfessions('search_next'),
    ],
  ],
  [
    'build-search-terms.sql',
    () => [
      ...(['title_text', 'name_text'] as const).flatMap((table) => [
        `-- search.${table}`,
        createTermTable('search_next', table),
        ...copied(`search_next.${table}`, termSources(TARGET.table)[table].query),
        ...finished(finishTermTable('search_next', table)),
      ]),
      '-- search.known_for',
      ...fillKnownFor(TARGET),
      ...finished(finishKnownFor('search_next')),
      '-- search.word',
      ...createWords('search_next'),
      '-- search.spelling',
      createSpelling('search_next'),
      ...copied('search_next.spelling', wordsQuery('search_next')),
      ...finishSpelling('search_next'),
    ],
  ],
])('apps/loader/sql/%s is what a build runs, and psql runs it', async (file, statements) => {
  await expectFile(file, BUILD, statements());
});

/** The first statement of each set's part of a refresh. */
const PARTS = {
  'create temp table changed_title ': '-- search.title and search.title_count',
  'create temp table name_difference ': '-- search.name and search.profession',
  'create temp table term_title ': '-- search terms',
} as const;

it('apps/loader/sql/refresh.sql is what a refresh runs, and psql runs it', async () => {
  const statements = await recordRefresh(database.pool);
  const parts = statements.flatMap((statement) => {
    const part = Object.entries(PARTS).find(([first]) => statement.startsWith(first));
    return part === undefined ? [statement] : [part[1], statement];
  });
  expect(parts).toHaveLength(statements.length + Object.keys(PARTS).length);
  await expectFile(
    'refresh.sql',
    `Run by psql against a loaded database, it applies the changes of the last refresh again, and rolls back.
The loader runs it in the transaction that publishes. It reads the rows of the cursors, and copies lines
that it makes of them.`,
    ['-- ids of the changed rows', ...parts],
  );
});

/** Compares a file of statements, and runs it. */
async function expectFile(
  file: string,
  about: string,
  statements: readonly string[],
): Promise<void> {
  const header = `${file}, made by npm run docs.\n${about}`.replaceAll(/^/gmu, '-- ');
  const body = ['begin', ...statements, 'rollback']
    .map((statement) =>
      /^-- .*$/u.test(statement) ? `\n${statement}\n` : `${dedent(statement)};\n`,
    )
    .join('\n');
  const text = `${header}\n\n${body}`.replaceAll(/ +$/gmu, '').replaceAll(/\n{3,}/gu, '\n\n');
  await expect(text).toMatchFileSnapshot(`../../sql/${file}`);
  await database.pool.query(text);
}

/** Runs a refresh, rolls it back, and returns its statements. */
async function recordRefresh(pool: Pool): Promise<string[]> {
  const statements: string[] = [];
  const client = await pool.connect();
  try {
    await client.query('begin');
    const datasets = [
      'title.basics',
      'title.akas',
      'title.episode',
      'title.ratings',
      'name.basics',
    ];
    await refreshDerivedTables(
      recording(client, statements),
      RUN,
      { sets: [], table: TARGET.table },
      datasets.map((dataset) => ({
        dataset: dataset as DatasetName,
        snapshotId: 'next',
        baseSnapshotId: 'base',
        rows: 3,
        rejects: 0,
        repeats: 0,
        inserted: 0,
        updated: 1,
        deleted: 0,
      })),
    );
    await client.query('rollback');
  } finally {
    client.release();
  }
  // a cursor is read until it is empty
  return statements.filter((statement, i) => statement !== statements[i - 1]);
}

interface Submitted {
  readonly text: string;
  readonly submit?: unknown;
}

/** A client that records its statements, with their values in them. */
function recording(client: PoolClient, statements: string[]): PoolClient {
  const run = client.query.bind(client) as (query: unknown, values?: unknown[]) => unknown;
  const query = (text: string | Submitted, values?: unknown[]) => {
    statements.push(statementOf(text, values ?? []));
    return run(text, values);
  };
  return { query } as unknown as PoolClient;
}

function statementOf(query: string | Submitted, values: readonly unknown[]): string {
  const text = typeof query === 'string' ? query : query.text;
  const isStream = typeof query !== 'string' && query.submit !== undefined;
  if (isStream && text.endsWith('from stdin')) return `-- ${text}`;
  const select = isStream ? text.replace(/^copy \(/u, '').replace(/\) to stdout$/u, '') : text;
  return select
    .replaceAll(/\$(\d+)/gu, (_, n: string) => literalOf(values[Number(n) - 1]))
    .replaceAll(`'${RUN}'`, LAST_RUN);
}

function literalOf(value: unknown): string {
  return escapeLiteral(Array.isArray(value) ? `{${value.join(',')}}` : String(value));
}

/** A statement without the indentation of the code it stands in. */
function dedent(statement: string): string {
  const lines = statement.replace(/^\n/u, '').trimEnd().split('\n');
  const indents = lines
    .slice(statement.startsWith('\n') ? 0 : 1)
    .filter((line) => line.trim() !== '')
    .map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return lines
    .map((line) =>
      line.startsWith(' ')
        ? line.slice(Math.min(indent, line.length - line.trimStart().length))
        : line,
    )
    .join('\n');
}
