import { once } from 'node:events';
import { Socket } from 'node:net';
import { useTestDatabase } from '@marquee/catalogue/testing';
import type { PoolClient } from 'pg';
import { beforeEach, expect, it, vi } from 'vitest';
import { ProblemException } from '../problems/problem-exception.ts';
import { API_TIMINGS } from '../timings.ts';
import { Connections } from './connections.ts';
import { Database } from './database.ts';
import { ReadServers } from './read-servers.ts';

interface Echo {
  readonly number: number;
  readonly pid: number;
}

const ECHO = { name: 'echo', text: 'select $1::int4 as number, pg_backend_pid() as pid' };
/** Runs for as long as the test holds the lock. */
const HELD = {
  name: 'held',
  text: 'select $1::int4 as number, pg_backend_pid() as pid from pg_advisory_xact_lock_shared(1)',
};
const ENDLESS = { name: 'endless', text: 'select pg_sleep(60)' };

const UNLIMITED = { statement_timeout: 0, lock_timeout: 0 };

const test = useTestDatabase();
let connections: Connections;
let servers: ReadServers;
let database: Database;

/**
 * Opens the database. Pipelined statements have no time limit: the test releases those it holds.
 *
 * @param stalledMs by default longer than any test: all results then come from pipelined connections
 */
async function open({ stalledMs = 300_000, queriesAreLimited = true } = {}): Promise<void> {
  connections = new Connections(test.url, () => undefined, {
    lookups: UNLIMITED,
    ...(queriesAreLimited ? {} : { queries: UNLIMITED }),
  });
  servers = new ReadServers(connections, { pipelineStalledMs: stalledMs });
  database = Database.across(servers);
  await untilBothAnswer();
}

let holder: PoolClient;
beforeEach(async () => {
  holder = await test.pool.connect();
  await holder.query('select pg_advisory_lock(1)');
  return async () => {
    await letGo();
    holder.release();
    await servers.onApplicationShutdown();
    await connections.onApplicationShutdown();
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

/** The pipelined connections. */
async function pipelined(): Promise<{ pid: number; state: string; query: string }[]> {
  const { rows } = await test.pool.query<{ pid: number; state: string; query: string }>(
    `select pid, state, query from pg_stat_activity where datname = current_database() and application_name = 'marquee api look-ups' order by pid`,
  );
  return rows;
}

/** Look-ups run elsewhere until the pipelined connections are open. */
async function untilBothAnswer(): Promise<void> {
  await expect
    .poll(
      async () => {
        const answering = pidsOf(await echoes(10));
        return (
          answering.length === 2 &&
          JSON.stringify(answering) ===
            JSON.stringify((await pipelined()).map(({ pid }) => pid).sort())
        );
      },
      { interval: 10 },
    )
    .toBe(true);
}

/** Resolves when the held statement runs on both pipelined connections. */
async function untilBothAreHeld(): Promise<void> {
  await expect
    .poll(async () => (await pipelined()).map(({ state, query }) => ({ state, query })), {
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
  expect(pidsOf(answers)).toEqual((await pipelined()).map(({ pid }) => pid).sort());
});

it('runs what waits behind a slow statement elsewhere, and uses the connection again afterwards', async () => {
  await open({ stalledMs: 50, queriesAreLimited: false });
  const answered: string[] = [];
  const slow = [held(1), held(2)].map(async (answer) =>
    answer.finally(() => answered.push('slow')),
  );
  const behind = await echoes(4);
  const later = await echoes(4);
  // the first wait until the connections count as stalled; those after them run elsewhere at once
  expect(answered).toEqual([]);
  await untilBothAreHeld();
  for (const answers of [behind, later])
    expect(answers.map((answer) => answer?.number)).toEqual([0, 1, 2, 3]);
  await letGo();
  expect((await Promise.all(slow)).map((answer) => answer?.number)).toEqual([1, 2]);
  await untilBothAnswer();
});

it('answers every statement of a lost connection, and opens another', async () => {
  await open();
  const before = await pipelined();
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
  expect((await pipelined()).filter(({ pid }) => before.some((gone) => gone.pid === pid))).toEqual(
    [],
  );
});

it('fails as all reads do: too slow, busy, or with the error of the statement', async () => {
  await open({ stalledMs: 50 });
  const fault = { name: 'fault', text: 'select 1 / $1::int4 as number' };
  expect(await codeOf(database.lookUp(fault, [0]))).toContain('division by zero');
  expect(await codeOf(database.lookUp(ENDLESS, []))).toBe('503 too-slow');
  await test.pool.query('select pg_cancel_backend(pid) from unnest($1::int4[]) as pid', [
    (await pipelined()).map(({ pid }) => pid),
  ]);
  const { queries } = connections.pools;
  const taken = await Promise.all(
    Array.from({ length: queries.options.max }, async () => queries.connect()),
  );
  const refused = await Promise.all([held(1), held(2), echo(3), echo(4)].map(codeOf));
  for (const client of taken) client.release();
  expect(refused).toEqual(['503 busy', '503 busy', '503 busy', '503 busy']);
  await letGo();
  await untilBothAnswer();
});

it('has no transaction on a pipelined connection: streams have connections of their own', async () => {
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
  expect((await pipelined()).map(({ state, query }) => ({ state, query }))).toEqual([
    { state: 'idle', query: ECHO.text },
    { state: 'idle', query: ECHO.text },
  ]);
  await batches.return();
});

it('sends the look-ups of one turn of the event loop in one write to each connection', async () => {
  await open();
  const single = vi.spyOn(Socket.prototype, '_write');
  const batched = vi.spyOn(Socket.prototype, '_writev');
  await echoes(50);
  const writes = [single.mock.calls.length, batched.mock.calls.length];
  vi.restoreAllMocks();
  expect(writes).toEqual([0, 2]);
});

it('closes a connection too that opens while the server stops', async () => {
  await open();
  const stopping = new Connections(test.url, () => undefined);
  const opened = once(stopping.pools.lookups, 'connect');
  const ended = new ReadServers(stopping, API_TIMINGS);
  const answer = Database.across(ended).lookUp<Echo>(ECHO, [1]);
  await ended.onApplicationShutdown();
  await opened;
  expect(await answer).toMatchObject([{ number: 1 }]);
  // a connection that nobody closes would keep the pool from ending
  await stopping.onApplicationShutdown();
  expect(stopping.pools.lookups.totalCount).toBe(0);
});
