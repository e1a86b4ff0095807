import { tableOf } from '@marquee/catalogue';
import { DATASET_NAMES } from '@marquee/datasets';
import type { DataSource } from 'typeorm';
import type { Database } from '../../database/database.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

/** Why the API is not ready, and what to do about it. */
export interface Fault {
  readonly detail: string;
  readonly hint: string;
}

/** The published tables; they exist from the API's first start on. */
const CATALOGUE = DATASET_NAMES.map((dataset) => tableOf(dataset, 'imdb'));

/** The tables that the loader derives from them, for lists and searches. */
const SEARCH = [
  'title',
  'title_count',
  'name',
  'profession',
  'title_text',
  'name_text',
  'known_for',
  'word',
  'spelling',
].map((table) => `search.${table}`);

/** The tables of other sources and movies; migrations create them. */
const MERGED = [
  'sources.source',
  'sources.record',
  'sources.match',
  'movies.movie',
  'movies.redirect',
];

/** The state of each dataset. */
const RECORDS = 'ingest.data_control';

const MISSING = {
  name: 'ready missing',
  text: `select exists (select from ${RECORDS} where status <> 'empty') as "isPublished",
    array(select name from unnest($1::text[]) as name where to_regclass(name) is null) as missing`,
};

/** Reads a row of each table; blocks while another session locks one exclusively. */
const touch = (tables: readonly string[]) =>
  `select ${tables.map((table) => `(select true from ${table} limit 1)`).join(', ')}`;
const TOUCH_ALL = { name: 'ready all', text: touch([...CATALOGUE, ...MERGED, ...SEARCH]) };
const TOUCH_CATALOGUE = { name: 'ready catalogue', text: touch([...CATALOGUE, ...MERGED]) };

const LOCKED = `select name from unnest($1::text[]) as name where exists (
  select from pg_locks l where l.relation = to_regclass(name) and l.mode = 'AccessExclusiveLock' and l.granted
    and l.database = (select oid from pg_database where datname = current_database()))`;

/**
 * Reads a row of each table that the API reads, on the same connections. Before the first publish
 * the derived tables may be missing: there is nothing to find.
 *
 * @returns null when all tables can be read
 */
export async function checkTables(
  database: Database,
  dataSource: DataSource,
): Promise<Fault | null> {
  try {
    const [found] = await database.read<{ isPublished: boolean; missing: string[] }>(MISSING, [
      [...CATALOGUE, ...SEARCH],
    ]);
    const { isPublished = false, missing = [] } = found ?? {};
    const isExpected = (table: string) => isPublished || CATALOGUE.includes(table);
    if (missing.some(isExpected)) return missingTables(missing.filter(isExpected));
    await database.readPrepared(missing.length === 0 ? TOUCH_ALL : TOUCH_CATALOGUE, []);
    return null;
  } catch (error) {
    return explain(error, dataSource);
  }
}

function missingTables(tables: readonly string[]): Fault {
  return {
    detail: `The database lacks ${tables.join(', ')}.`,
    hint: tables.every((table) => SEARCH.includes(table))
      ? 'The next update builds what is missing, and so does the loader when it starts (make restart): is it running? See make ps and make logs.'
      : 'make update FORCE=1 creates and fills the missing tables.',
  };
}

async function lockedTables(dataSource: DataSource): Promise<{ name: string }[]> {
  return dataSource.query(LOCKED, [[RECORDS, ...CATALOGUE, ...MERGED, ...SEARCH]]);
}

async function explain(error: unknown, dataSource: DataSource): Promise<Fault> {
  const isLate = error instanceof ProblemException && error.fields.code === 'too-slow';
  if (!isLate)
    return {
      detail: 'No database connection for reads.',
      hint: 'Is the database up, and are connections left? See make ps and make logs.',
    };
  const locked = await lockedTables(dataSource).catch(() => []);
  if (locked.length === 0)
    return {
      detail: 'The database takes over a second to read a row of each table.',
      hint: 'What else is it doing? See pg_stat_activity, in make open-db ROLE=loader.',
    };
  return {
    detail: `Another session locks tables: ${locked.map(({ name }) => name).join(', ')}.`,
    hint: 'A publish does so for a moment. In make open-db ROLE=loader, pg_locks shows which session it is, and pg_terminate_backend() ends it.',
  };
}
