import { useTestDatabase } from '@marquee/catalogue/testing';
import type { PoolClient } from 'pg';
import { beforeEach, expect, it } from 'vitest';
import { ProblemException } from '../problems/problem-exception.ts';
import { API_TIMINGS } from '../timings.ts';
import { Database } from './database.ts';

interface Echo {
  readonly number: number;
  readonly pid: number;
}

const ECHO = { name: 'echo', text: 'select $1::int4 as number, pg_backend_pid() as pid' };
/** Takes as long as the test holds the lock. */
const HELD = {
  name: 'held',
  text: 'select $1::int4 as number, pg_backend_pid() as pid from pg_advisory_xact_lock_shared(1)',
};
const ENDLESS = { name: 'endless', text: 'select pg_sleep(60)' };

const UNLIMITED = { statement_timeout: 0, lock_timeout: 0 };

const test = useTestDatabase();
let database: Database;

/**
 * Opens the database. What is held on a line is let go by the test, and by no limit of a statement.
 *
 * @param patienceMs longer than any test takes where left out: all answers come from the lines then
 */
async function open({ patienceMs = 300_000, readsAreLimited = true } = {}): Promise<void> {
  database = new Database(test.url, () => undefined, {
    ...API_TIMINGS,
    pipelineStalledMs: patienceMs,
  });
  const { lookups, reads } = database.pools;
  Object.assign(lookups.options, UNLIMITED);
  if (!readsAreLimited) Object.assign(reads.options, UNLIMITED);
  await untilBothAnswer();
}

let holder: PoolClient;
beforeEach(async () => {
  holder = await test.pool.connect();
  await holder.query('select pg_advisory_lock(1)');
  return async () => {
    await letGo();
    holder.release();
    await database.onApplicationShutdown();
  };
});
const letGo = async () => holder.query('select pg_advisory_unlock_all()');

const echo = async (number: number): Promise<Echo | undefined> =>
  (await database.lookUp<Echo>(ECHO, [number]))[0];
const echoes = async (count: number) =>
  Promise.all(Array.from({ length: count }, async (_, i) => echo(i)));
const held = async (number: number): Promise<Echo | undefined> =>
  (await database.lookUp<Echo>(HELD, [number]))[0];
const pidsOf = (answers: readonly (Echo | undefined)[]) =>
  [...new Set(answers.map((answer) => answer?.pid))].sort();

/** The connections for look-ups. */
async function lines(): Promise<{ pid: number; state: string; query: string }[]> {
  const { rows } = await test.pool.query<{ pid: number; state: string; query: string }>(
    `select pid, state, query from pg_stat_activity where datname = current_database() and application_name = 'marquee api look-ups' order by pid`,
  );
  return rows;
}

/** Look-ups go elsewhere until the lines are made. */
async function untilBothAnswer(): Promise<void> {
  await expect
    .poll(
      async () => {
        const answering = pidsOf(await echoes(10));
        return (
          answering.length === 2 &&
          JSON.stringify(answering) === JSON.stringify((await lines()).map(({ pid }) => pid).sort())
        );
      },
      { interval: 10 },
    )
    .toBe(true);
}

/** Resolves when the statement that is held is under way on both lines. */
async function untilBothAreHeld(): Promise<void> {
  await expect
    .poll(async () => (await lines()).map(({ state, query }) => ({ state, query })), {
      interval: 10,
    })
    .toEqual([
      { state: 'active', query: HELD.text },
      { state: 'active', query: HELD.text },
    ]);
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  const error: unknown = await answer.catch((refused: unknown) => refused);
  return error instanceof ProblemException
    ? `${error.fields.status} ${error.fields.code}`
    : String(error);
}

it('gives each look-up its own answer, however many there are at once, on two connections', async () => {
  await open();
  const answers = await echoes(200);
  expect(answers.map((answer) => answer?.number)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(pidsOf(answers)).toEqual((await lines()).map(({ pid }) => pid).sort());
});

it('lets nobody wait long behind what is slow, and takes the line again when that is done', async () => {
  await open({ patienceMs: 50, readsAreLimited: false });
  const answered: string[] = [];
  const slow = [held(1), held(2)].map(async (answer) =>
    answer.finally(() => answered.push('slow')),
  );
  const behind = await echoes(4);
  const later = await echoes(4);
  // behind it for as long as they have patience, and then on other connections at once
  expect(answered).toEqual([]);
  await untilBothAreHeld();
  for (const answers of [behind, later])
    expect(answers.map((answer) => answer?.number)).toEqual([0, 1, 2, 3]);
  await letGo();
  expect((await Promise.all(slow)).map((answer) => answer?.number)).toEqual([1, 2]);
  await untilBothAnswer();
});

it('answers all that was asked on a connection that is lost, and makes another', async () => {
  await open();
  const before = await lines();
  const asked = [held(1), held(2), echoes(50)] as const;
  await untilBothAreHeld();
  await test.pool.query('select pg_terminate_backend(pid) from unnest($1::int4[]) as pid', [
    before.map(({ pid }) => pid),
  ]);
  await letGo();
  expect([
    (await asked[0])?.number,
    (await asked[1])?.number,
    (await asked[2]).map((answer) => answer?.number),
  ]).toEqual([1, 2, Array.from({ length: 50 }, (_, i) => i)]);
  await untilBothAnswer();
  expect((await lines()).filter(({ pid }) => before.some((gone) => gone.pid === pid))).toEqual([]);
});

it('tells what is wrong in the way of all reads: too slow, busy, or a fault', async () => {
  await open({ patienceMs: 50 });
  const fault = { name: 'fault', text: 'select 1 / $1::int4 as number' };
  expect(await codeOf(database.lookUp(fault, [0]))).toContain('division by zero');
  expect(await codeOf(database.lookUp(ENDLESS, []))).toBe('503 too-slow');
  await test.pool.query('select pg_cancel_backend(pid) from unnest($1::int4[]) as pid', [
    (await lines()).map(({ pid }) => pid),
  ]);
  const { reads } = database.pools;
  const taken = await Promise.all(
    Array.from({ length: reads.options.max }, async () => reads.connect()),
  );
  const refused = await Promise.all([held(1), held(2), echo(3), echo(4)].map(codeOf));
  for (const client of taken) client.release();
  expect(refused).toEqual(['503 busy', '503 busy', '503 busy', '503 busy']);
  await letGo();
  await untilBothAnswer();
});

it('has no transaction on a line: streams have connections of their own', async () => {
  await open();
  const batches = database.batches<{ i: number }>(
    'select i from generate_series(1, 3000) as i',
    [],
    { party: 'address:127.0.0.1', connection: {} },
    new AbortController().signal,
  );
  const first = await batches.next();
  expect(first.value).toHaveLength(1000);
  await echoes(10);
  expect((await lines()).map(({ state, query }) => ({ state, query }))).toEqual([
    { state: 'idle', query: ECHO.text },
    { state: 'idle', query: ECHO.text },
  ]);
  await batches.return();
});
