import { type AnswersByPath, problem, RUN, serveTestApi } from '@marquee/api-client/testing';
import { freePort } from '@marquee/process';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../version.ts';
import { publishedAt } from '../testing/answers.ts';
import { contextOf } from '../testing/context.ts';
import { checkApi } from './api.ts';
import type { Check } from './check.ts';

const NOW = new Date().toISOString();
const WELL: AnswersByPath = {
  '/health/live': { status: 'ok' },
  '/health/ready': { status: 'ok' },
  '/openapi.json': { info: { title: 'marquee', version: VERSION } },
  '/published': publishedAt(NOW),
  '/runs': { items: [], next: null },
};

async function check(answers: AnswersByPath): Promise<Check[]> {
  const { url } = await serveTestApi({ ...WELL, ...answers });
  return checkApi(contextOf(url));
}

async function verdictOf(name: Check['check'], answers: AnswersByPath): Promise<Check> {
  return (
    (await check(answers)).find((one) => one.check === name) ??
    expect.fail(`there is no check of ${name}`)
  );
}

const short = (checks: readonly Check[]) => checks.map((one) => `${one.check} ${one.status}`);

it('passes with nothing to do if everything works', async () => {
  const checks = await check({});
  expect(short(checks)).toEqual(['api ok', 'version ok', 'queue ok', 'data ok']);
  expect(checks.map(({ todo }) => todo)).toEqual([null, null, null, null]);
});

it('fails once if nothing answers, or another server does', async () => {
  const [silent, ...others] = await checkApi(contextOf(`http://127.0.0.1:${await freePort()}`));
  expect(others).toEqual([]);
  expect(silent).toMatchObject({ check: 'api', status: 'fail' });
  expect(silent?.todo).toContain('make up');
  expect(
    short(await check({ '/health/live': () => new Response('Hello', { status: 200 }) })),
  ).toEqual(['api fail']);
});

it('warns of another version, and says how to bring both to one', async () => {
  const one = await verdictOf('version', {
    '/openapi.json': { info: { title: 'marquee', version: '9.9.9' } },
  });
  expect(one.status).toBe('warn');
  expect(one.found).toContain('9.9.9');
  expect(one.found).toContain(VERSION);
  expect(one.todo).toContain('make restart');
});

describe('a part that the API does not reach', () => {
  it.each([
    ['No answer from the queue.', ['queue fail']],
    ['No answer from the database.', ['database fail']],
    ['No answer from the database and the queue.', ['queue fail', 'database fail']],
    ['The database lacks imdb.title_ratings.', ['database fail']],
    ['What a later version says.', ['api fail']],
  ])('is named: %s', async (detail, expected) => {
    const checks = await check({
      '/health/ready': () => problem({ status: 503, code: 'not-ready', detail, hint: 'Is it up?' }),
    });
    expect(short(checks)).toEqual(['api ok', 'version ok', ...expected, 'data ok']);
    expect(checks[2]).toMatchObject({ todo: 'Is it up?' });
  });
});

describe('the data', () => {
  const dataOf = async (time: string | null, runs: object[] = []) =>
    verdictOf('data', {
      '/published': publishedAt(time),
      '/runs': { items: runs, next: null },
    });

  it('warns if nothing is published, and names a run in progress', async () => {
    expect(await dataOf(null)).toMatchObject({
      status: 'warn',
      todo: expect.stringContaining('marquee update') as string,
    });
    const going = { ...RUN, state: 'running', endedAt: null };
    expect((await dataOf(null, [going])).todo).toContain(`marquee runs watch ${RUN.id}`);
  });

  it('warns after a day', async () => {
    const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    expect((await dataOf(ago(23))).status).toBe('ok');
    expect(await dataOf(ago(50))).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('2 d 2 h') as string,
    });
  });
});

describe('the last run', () => {
  const runsOf = async (run: object) =>
    verdictOf('runs', { '/runs': { items: [{ ...RUN, endedAt: NOW, ...run }], next: null } });
  const error = { code: 'drift', message: 'Half is missing.', hint: 'Look.', dataset: null };

  it('passes if it is in progress, succeeded, or was cancelled', async () => {
    for (const run of [
      {},
      { state: 'running', endedAt: null },
      { state: 'failed', error: { ...error, code: 'cancelled' } },
    ])
      expect(await runsOf(run)).toMatchObject({ status: 'ok', todo: null });
  });

  it('warns if it failed, with the reason and what to do', async () => {
    expect(await runsOf({ state: 'failed', error })).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('Half is missing.') as string,
      todo: 'Look.',
    });
    expect((await runsOf({ state: 'failed' })).todo).toContain('make logs');
  });
});

it('reports a missing key once, at the end', async () => {
  const refuse = () => problem({ status: 401, code: 'key-needed', detail: 'A key is needed.' });
  const checks = await check({ '/published': refuse, '/runs': refuse });
  expect(short(checks)).toEqual(['api ok', 'version ok', 'queue ok', 'key fail']);
  expect(checks.at(-1)?.todo).toContain('make key ROLE=admin');
});
