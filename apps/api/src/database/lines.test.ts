import { useTestDatabase } from '@marquee/catalogue/testing';
import { beforeEach, expect, it } from 'vitest';
import { ProblemException } from '../problems/problem-exception.ts';
import { Database } from './database.ts';

interface Echo {
  readonly number: number;
  readonly pid: number;
}

const ECHO = { name: 'echo', text: 'select $1::int4 as number, pg_backend_pid() as pid' };
const SLEEP = {
  name: 'sleep',
  text: 'select $1::int4 as number, pg_backend_pid() as pid from pg_sleep($2::float8)',
};

const test = useTestDatabase();
let database: Database;
beforeEach(async () => {
  database = new Database(test.url, () => undefined);
  await untilBothAnswer();
  return async () => database.onApplicationShutdown();
});

const echo = async (number: number): Promise<Echo | undefined> =>
  (await database.lookUp<Echo>(ECHO, [number]))[0];
const echoes = async (count: number) =>
  Promise.all(Array.from({ length: count }, async (_, i) => echo(i)));
const sleep = async (number: number, seconds: number): Promise<Echo | undefined> =>
  (await database.lookUp<Echo>(SLEEP, [number, seconds]))[0];
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
      { timeout: 5000, interval: 10 },
    )
    .toBe(true);
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  const error: unknown = await answer.catch((refused: unknown) => refused);
  return error instanceof ProblemException
    ? `${error.fields.status} ${error.fields.code}`
    : String(error);
}

it('gives each look-up its own answer, however many there are at once, on two connections', async () => {
  const answers = await echoes(200);
  expect(answers.map((answer) => answer?.number)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(pidsOf(answers)).toEqual((await lines()).map(({ pid }) => pid).sort());
});

it('lets nobody wait long behind what is slow, and takes the line again when that is done', async () => {
  const answered: string[] = [];
  const slow = [sleep(1, 0.7), sleep(2, 0.7)].map(async (answer) =>
    answer.finally(() => answered.push('slow')),
  );
  const behind = await echoes(4);
  const later = await echoes(4);
  // behind it for a fifth of a second, and then on other connections at once
  expect(answered).toEqual([]);
  for (const answers of [behind, later])
    expect(answers.map((answer) => answer?.number)).toEqual([0, 1, 2, 3]);
  expect((await Promise.all(slow)).map((answer) => answer?.number)).toEqual([1, 2]);
  await untilBothAnswer();
});

it('answers all that was asked on a connection that is lost, and makes another', async () => {
  const before = await lines();
  const asked = [sleep(1, 0.05), sleep(2, 0.05), echoes(50)] as const;
  await test.pool.query('select pg_terminate_backend(pid) from unnest($1::int4[]) as pid', [
    before.map(({ pid }) => pid),
  ]);
  expect([
    (await asked[0])?.number,
    (await asked[1])?.number,
    (await asked[2]).map((answer) => answer?.number),
  ]).toEqual([1, 2, Array.from({ length: 50 }, (_, i) => i)]);
  await untilBothAnswer();
  expect((await lines()).filter(({ pid }) => before.some((gone) => gone.pid === pid))).toEqual([]);
});

it('tells what is wrong in the way of all reads: too slow, busy, or a fault', async () => {
  const fault = { name: 'fault', text: 'select 1 / $1::int4 as number' };
  expect(await codeOf(database.lookUp(fault, [0]))).toContain('division by zero');
  expect(await codeOf(sleep(1, 3))).toBe('503 too-slow');
  const { reads } = database.pools;
  const held = await Promise.all(
    Array.from({ length: reads.options.max }, async () => reads.connect()),
  );
  const refused = await Promise.all([sleep(1, 3), sleep(2, 3), echo(3), echo(4)].map(codeOf));
  for (const client of held) client.release();
  expect(refused).toEqual(['503 busy', '503 busy', '503 busy', '503 busy']);
  await untilBothAnswer();
});

it('has no transaction on a line: streams have connections of their own', async () => {
  const batches = database.batches<{ i: number }>(
    'select i from generate_series(1, 3000) as i',
    [],
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
