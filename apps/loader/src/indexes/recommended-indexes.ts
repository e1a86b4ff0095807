import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientBase } from 'pg';

/** An index of indexes.sql. */
interface RecommendedIndex {
  readonly name: string;
  /** What it is for, in words and SQL. */
  readonly purpose: string;
  /** Creates it, while others read and write. */
  readonly statement: string;
}

export const RECOMMENDED_INDEXES: readonly RecommendedIndex[] = [
  ...readFileSync(join(import.meta.dirname, '../../sql/indexes.sql'), 'utf8').matchAll(
    /^-- (.*)\n(create index concurrently (\S+) [^;]+)/gmu,
  ),
].map(([, purpose = '', statement = '', name = '']) => ({ name, purpose, statement }));

/** The cost of an index. */
interface IndexCost {
  readonly bytes: number;
  /** Seconds of building it; null if it existed already. */
  readonly seconds: number | null;
}

/**
 * Builds an index unless it exists. An interrupted build leaves an index that is never used: it is
 * dropped first.
 */
export async function buildIndex(
  client: ClientBase,
  { name, statement }: RecommendedIndex,
): Promise<IndexCost> {
  const found = await readIndex(client, name);
  if (found?.isValid === true) return { bytes: found.bytes, seconds: null };
  if (found) await dropIndex(client, name);
  const startedAt = performance.now();
  await client.query(statement);
  const seconds = (performance.now() - startedAt) / 1000;
  return { bytes: (await readIndex(client, name))?.bytes ?? 0, seconds };
}

/** Drops an index. @returns the bytes that it took; null if there was none */
export async function dropIndex(client: ClientBase, name: string): Promise<number | null> {
  const found = await readIndex(client, name);
  if (!found) return null;
  await client.query(`drop index concurrently imdb.${name}`);
  return found.bytes;
}

async function readIndex(
  client: ClientBase,
  name: string,
): Promise<{ readonly isValid: boolean; readonly bytes: number } | undefined> {
  const { rows } = await client.query<{ isValid: boolean; bytes: number }>(
    `select indisvalid as "isValid", pg_relation_size(indexrelid)::float8 as bytes
     from pg_index where indexrelid = to_regclass($1::text)`,
    [`imdb.${name}`],
  );
  return rows[0];
}

/**
 * Whether a run is active. A full load copies the indexes of the old tables to the new ones before
 * it swaps them, and stops if it finds another one then.
 */
export async function isRunActive(client: ClientBase): Promise<boolean> {
  const { rowCount } = await client.query(`select from ingest.run where state = 'running'`);
  return rowCount !== 0;
}
