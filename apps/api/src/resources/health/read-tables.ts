import { tableOf } from '@marquee/catalogue';
import { DATASET_NAMES } from '@marquee/datasets';
import type { DataSource } from 'typeorm';
import type { Database } from '../../database/database.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

/** What is in the way of answers, and what to do about it. */
export interface Fault {
  readonly detail: string;
  readonly hint: string;
}

/** The published tables; they are there from the API's first start on. */
const CATALOGUE = DATASET_NAMES.map((dataset) => tableOf(dataset, 'imdb'));

/** What the loader makes of them for lists and searches. */
export const SEARCH = [
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

/** What is published is said there. */
const RECORDS = 'ingest.data_control';

const MISSING = {
  name: 'ready missing',
  text: `select exists (select from ${RECORDS} where status <> 'empty') as "isPublished",
    array(select name from unnest($1::text[]) as name where to_regclass(name) is null) as missing`,
};

/** A row of each, or none: for that, nobody else may hold a table for himself. */
const touch = (tables: readonly string[]) =>
  `select ${tables.map((table) => `(select true from ${table} limit 1)`).join(', ')}`;
const TOUCH_ALL = { name: 'ready all', text: touch([...CATALOGUE, ...SEARCH]) };
const TOUCH_CATALOGUE = { name: 'ready catalogue', text: touch(CATALOGUE) };

const LOCKED = `select name from unnest($1::text[]) as name where exists (
  select from pg_locks l where l.relation = to_regclass(name) and l.mode = 'AccessExclusiveLock' and l.granted
    and l.database = (select oid from pg_database where datname = current_database()))`;

/**
 * Reads the least there is of all tables that reads use, on the connections that these use. Where
 * nothing is published yet, what the loader makes of it may be missing: there is nothing to find.
 *
 * @returns what is in the way; null when all can be read
 */
export async function lookAtTables(
  database: Database,
  dataSource: DataSource,
): Promise<Fault | null> {
  try {
    const [found] = await database.read<{ isPublished: boolean; missing: string[] }>(MISSING, [
      [...CATALOGUE, ...SEARCH],
    ]);
    const { isPublished = false, missing = [] } = found ?? {};
    const isExpected = (table: string) => isPublished || CATALOGUE.includes(table);
    if (missing.some(isExpected)) return areMissing(missing.filter(isExpected));
    await database.readPrepared(missing.length === 0 ? TOUCH_ALL : TOUCH_CATALOGUE, []);
    return null;
  } catch (error) {
    return explain(error, dataSource);
  }
}

function areMissing(tables: readonly string[]): Fault {
  return {
    detail: `The database lacks ${tables.join(', ')}.`,
    hint: tables.every((table) => SEARCH.includes(table))
      ? 'The next update builds what is missing, and so does the loader when it starts (make restart): is it running? See make ps and make logs.'
      : 'make update FORCE=1 makes what is missing, and fills it.',
  };
}

async function lockedTables(dataSource: DataSource): Promise<{ name: string }[]> {
  return dataSource.query(LOCKED, [[RECORDS, ...CATALOGUE, ...SEARCH]]);
}

async function explain(error: unknown, dataSource: DataSource): Promise<Fault> {
  const isLate = error instanceof ProblemException && error.fields.code === 'too-slow';
  if (!isLate)
    return {
      detail: 'The database gives no connection to read with.',
      hint: 'Is it up, and are there connections left? See make ps and make logs.',
    };
  const locked = await lockedTables(dataSource).catch(() => []);
  if (locked.length === 0)
    return {
      detail: 'The database takes over a second to read a row of each table.',
      hint: 'What else does it do? See pg_stat_activity, by make open-db.',
    };
  return {
    detail: `Somebody holds tables of the database locked: ${locked.map(({ name }) => name).join(', ')}.`,
    hint: 'A publish does for a moment. See pg_locks by make open-db for who it is; pg_terminate_backend() ends them.',
  };
}
