import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 2 });

describe('publishing changes', () => {
  const datasets = ['title.ratings', 'title.crew'] as const;
  const system = useSharedSystem(() => ({ published: days, publishWaitSeconds: 0.5 }));
  let holder: PoolClient;
  /** The day that is published before a test, and that which it publishes. */
  let [before, after] = [1, 0];
  beforeEach(async () => {
    [before, after] = [after, before];
    holder = await system.database.pool.connect();
    await system.serve(days.day(after));
    await holder.query('begin');
    // not for other tests: its transaction may be open
    return () => holder.release(true);
  });

  const phaseOf = async (id: string) =>
    ((await system.ask('GET', `/runs/${id}`)).body as { phase: string | null }).phase;

  it.each([
    ['locks a table', 'lock table imdb.title_crew in share mode', 'locking'],
    ['locks the log of changes', 'lock table ingest.change in access exclusive mode', 'writing to'],
    [
      'writes to one of its rows',
      'update imdb.title_ratings set num_votes = num_votes + 1',
      'writing to',
    ],
  ])('gives up if a user %s for too long, and names the user', async (_, statement, what) => {
    await holder.query(statement);
    const [holding] = (await holder.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
    const id = await system.start('/updatedata', { datasets, force: true });
    // it does not block readers
    let reads = 0;
    const reading = new AbortController();
    const ended = system.ended(id).finally(() => reading.abort());
    for (; !reading.signal.aborted; reads++) {
      await system.query(
        `set local lock_timeout = '500ms'; select from imdb.title_crew, imdb.title_ratings limit 1`,
      );
      await sleep(10);
    }
    const run = await ended;
    expect(reads).toBeGreaterThan(10);
    expect(run).toMatchObject({ state: 'failed', error: { code: 'publish-blocked' } });
    expect(run.error?.message).toContain(
      `process ${String(holding?.pid)} (the test itself, in a transaction since `,
    );
    expect(run.error?.message).toContain(what);
    expect(run.error?.hint).toContain('pg_terminate_backend()');
    await holder.query('rollback');
    await expectAllPublished(system.database.pool, days.day(before), datasets);
    expect(await system.run('/run-loader', { datasets })).toMatchObject({
      state: 'succeeded',
      error: null,
    });
    await expectAllPublished(system.database.pool, days.day(after), datasets);
  });

  it('ends the copy of a table into an export, which begins again later', async () => {
    await holder.query(`set local application_name = 'marquee export'`);
    const copy = holder.query('select pg_sleep(60) from imdb.title_ratings limit 1');
    const ended = expect(copy).rejects.toMatchObject({ code: '57014' });
    const run = await system.run('/updatedata', { datasets, force: 'full' });
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    await ended;
  });

  it('waits for a user who locks a table for a while', async () => {
    await holder.query('lock table imdb.title_ratings in share mode');
    const id = await system.start('/updatedata', { datasets, force: true });
    await expect
      .poll(async () => phaseOf(id), { timeout: 15_000 })
      .toBe('waiting for others to unlock the tables');
    await holder.query('commit');
    expect(await system.ended(id)).toMatchObject({ state: 'succeeded', error: null });
    await expectAllPublished(system.database.pool, days.day(after), datasets);
  });
});
