import { isDeepStrictEqual } from 'node:util';
import { inTransaction } from '@marquee/catalogue';
import type { MergeRules, Movie } from '@marquee/contract';
import { mergeMovie } from '@marquee/movies';
import { isRetryable } from '@marquee/runs';
import type { Pool, PoolClient } from 'pg';
import { readRules, takeMovies, type MergeInput } from './merge-inputs.ts';
import { redirectMovies } from './redirects.ts';
import {
  writeMovies,
  writeProvenance,
  type MergedProvenance,
  type MovieChange,
} from './write-movies.ts';

/** Movies of a transaction: more save no time, and are more to do again after a fault. */
const BATCH = 250;
/** Batches at a time: PostgreSQL works on one while this process works on another. */
const CONCURRENCY = 2;

/** Called with each movie that cannot be merged. */
export type OnFailure = (movie: string, error: unknown) => void;

/**
 * Merges the pending movies, in one pass in the order of their ids. A movie that cannot be merged
 * stays pending with its error, and does not stop the others.
 *
 * @throws an error after which the same work can succeed, such as of a lost connection
 */
export async function mergePending(
  pool: Pool,
  signal: AbortSignal,
  onFailure: OnFailure = () => undefined,
): Promise<void> {
  // shared: each worker takes the next batch from it, and its end is that of all
  const batches = pendingBatches(pool);
  const mergeBatches = async () => {
    for await (const ids of batches) {
      signal.throwIfAborted();
      await mergeBatch(pool, ids, onFailure);
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: CONCURRENCY }, mergeBatches));
  const failed = workers.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function* pendingBatches(pool: Pool): AsyncGenerator<string[]> {
  for (let last: string | undefined = ''; last !== undefined;) {
    const ids: string[] = await pendingAfter(pool, last);
    if (ids.length > 0) yield ids;
    last = ids.at(-1);
  }
}

async function mergeBatch(pool: Pool, ids: readonly string[], onFailure: OnFailure): Promise<void> {
  try {
    await mergeMovies(pool, ids);
  } catch (error) {
    if (isRetryable(error)) throw error;
    for (const id of ids) await mergeAlone(pool, id, onFailure);
  }
}

/** Goes on after an id: up to there, the index has entries of merged movies until a vacuum. */
async function pendingAfter(pool: Pool, last: string): Promise<string[]> {
  const { rows } = await pool.query<{ movie: string }>(
    `select movie from movies.pending where movie > $1::text order by movie limit ${BATCH}`,
    [last],
  );
  return rows.map(({ movie }) => movie);
}

async function mergeAlone(pool: Pool, id: string, onFailure: OnFailure): Promise<void> {
  try {
    await mergeMovies(pool, [id]);
  } catch (error) {
    if (isRetryable(error)) throw error;
    onFailure(id, error);
    const message = error instanceof Error ? error.message : String(error);
    await pool.query(
      `update movies.pending set since = now(), cause = cause || jsonb_build_object('error', $2::text) where movie = $1::text`,
      [id, message],
    );
  }
}

/** Merges those of the movies that are pending, in one transaction. */
async function mergeMovies(pool: Pool, ids: readonly string[]): Promise<void> {
  await inTransaction(pool, async (client) => {
    const inputs = await takeMovies(client, ids);
    const redirected = await redirectMovies(client, inputs);
    await storeMerged(client, inputs, redirected, await readRules(client));
  });
}

/** Stores what has changed, and nothing of a movie that has not. */
async function storeMerged(
  client: PoolClient,
  inputs: readonly MergeInput[],
  redirected: ReadonlySet<string>,
  rules: MergeRules,
): Promise<void> {
  const changes: MovieChange[] = [];
  const unchanged: MergedProvenance[] = [];
  for (const input of inputs) {
    const { id, stored } = input;
    const merged = redirected.has(id) ? null : mergedOf(input, rules);
    if (!isSame(stored, merged?.movie ?? null))
      changes.push({ id, cause: causeOf(input.cause), before: stored, after: merged });
    else if (merged !== null) unchanged.push({ id, provenance: merged.provenance });
  }
  await writeProvenance(client, unchanged);
  await writeMovies(client, changes, rules);
}

/** The merged movie; null if neither a record of another source than IMDb nor a lock is left. */
function mergedOf({ id, records, imdb, locks }: MergeInput, rules: MergeRules) {
  if (records.length === 0 && locks.length === 0) return null;
  return mergeMovie(id, imdb === undefined ? records : [imdb, ...records], rules, locks);
}

/** The cause without the error of an earlier attempt. */
function causeOf(cause: object): object {
  return Object.fromEntries(Object.entries(cause).filter(([key]) => key !== 'error'));
}

/** Whether two documents say the same, whatever their versions and times. */
function isSame(one: Movie | null, other: Movie | null): boolean {
  if (one === null || other === null) return one === other;
  return isDeepStrictEqual({ ...one, version: 0, updatedAt: null }, { ...other });
}
