import { expect } from 'vitest';
import type { System } from './system.ts';

/** A title whose list of names is much larger than the buffers between server and client. */
const TITLE = 'tt9000000001';
export const LONG_LIST = `/titles/${TITLE}/akas`;
const LONG_LIST_ROWS = 100_000;

/** Inserts the title and its names. */
export async function addLongList(system: System): Promise<void> {
  await system.query(
    `insert into imdb.title_basics (tconst, primary_title) values ($1, 'many names')`,
    [TITLE],
  );
  await system.query(
    `insert into imdb.title_akas (title_id, ordering, title) select $1, n, repeat('x', 500) from generate_series(1, $2::int) n`,
    [TITLE, LONG_LIST_ROWS],
  );
}

/** Number of streams that the API is reading from the database. */
export async function countStreams(system: System): Promise<number> {
  const streams = await system.query(
    `select from pg_stat_activity where datname = current_database() and application_name = 'marquee api streams' and state <> 'idle'`,
  );
  return streams.length;
}

/** Waits until the API reads this number of streams. */
export async function expectStreams(system: System, count: number): Promise<void> {
  await expect.poll(async () => countStreams(system), { timeout: 20_000 }).toBe(count);
}
