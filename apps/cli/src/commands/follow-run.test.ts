import { stripVTControlCharacters } from 'node:util';
import { type AnswersByPath, eventStream, problem, RUN, STEP } from '@marquee/api-client/testing';
import type { Run, RunStep } from '@marquee/contract';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { marquee } from '../testing/marquee.ts';

const DOWNLOAD: RunStep = { ...STEP, job: 'download', phase: 'fetching' };
const WAITING: RunStep = { ...STEP, state: 'waiting', phase: null };
const DONE: RunStep = { ...STEP, state: 'done', phase: 'loaded', rowsDone: 1000, rowsTotal: 1000 };

function going(steps: RunStep[], more: Partial<Run> = {}): Run {
  return { ...RUN, state: 'running', endedAt: null, steps, ...more };
}

function failed(error: Partial<NonNullable<Run['error']>> | null): Run {
  const whole = { code: 'drift', message: 'Half is missing.', hint: 'Look.', dataset: null };
  return { ...RUN, state: 'failed', error: error === null ? null : { ...whole, ...error } };
}

/** An API with a run that has these states in turn. */
function apiOf(...runs: Run[]): AnswersByPath {
  return {
    '/runs': { items: runs.slice(0, 1), next: null },
    [`/runs/${RUN.id}/events`]: () =>
      eventStream(...runs.map((run) => `event: run\ndata: ${JSON.stringify(run)}\n\n`)),
    'POST /updatedata': { id: RUN.id, url: RUN.url },
    'POST /run-loader': { id: RUN.id, url: RUN.url },
  };
}

describe('a run that is watched without a terminal', () => {
  const watch = async (...runs: Run[]) => marquee(apiOf(...runs), ['runs', 'watch']);

  it('has a line for each phase of a step, and one for its end', async () => {
    const downloaded: RunStep = { ...DOWNLOAD, state: 'done', phase: 'downloaded', bytesDone: 2e6 };
    const copying: RunStep = { ...STEP, rowsDone: 420, rowsTotal: 1000, secondsLeft: 12 };
    const { code, stdout, stderr } = await watch(
      going([DOWNLOAD, WAITING]),
      going([{ ...DOWNLOAD, bytesDone: 5, bytesTotal: 10 }, WAITING]),
      going([downloaded, copying]),
      going([downloaded, { ...copying, rowsDone: 700 }]),
      going([downloaded, DONE], { phase: 'publishing' }),
      RUN,
    );
    expect(code).toBe(0);
    expect(stderr.split('\n')).toEqual([
      'title.basics      download  fetching',
      'title.basics      download  downloaded, 2.0 MB',
      'title.basics      load      copying, 42 %, 12 s left',
      'title.basics      load      loaded, 1,000 rows',
      'all               update    publishing',
      '',
    ]);
    expect(stdout).toMatch(/^.* succeeded, in 1 min 2 s\.\n$/u);
  });

  it('has the note of a step once, on one line', async () => {
    const noted = { ...DONE, note: 'refresh: 120 rows added\n4031 changed' };
    const { stderr } = await watch(going([noted]), going([noted]), { ...RUN, steps: [noted] });
    expect(stderr.split('\n').filter((line) => line.includes('  note  '))).toEqual([
      'title.basics      note      refresh: 120 rows added 4031 changed',
    ]);
  });

  it('has the reason why a step failed', async () => {
    const error = { code: 'x', message: 'No space is left.', hint: '', dataset: null };
    const { stderr } = await watch({
      ...failed({}),
      steps: [{ ...STEP, state: 'failed', error }],
    });
    expect(stderr).toContain('title.basics      load      failed: No space is left.\n');
  });
});

describe('a run that is watched on a terminal', () => {
  /** The last drawing, as lines. */
  const drawn = async (columns: number, ...runs: Run[]) => {
    const { stderr } = await marquee(apiOf(...runs), ['runs', 'watch'], { columns });
    return stripVTControlCharacters(stderr)
      .split(/[\r\n]+/u)
      .filter((line) => line !== '');
  };
  const RATINGS: RunStep = { ...DONE, dataset: 'title.ratings' };

  it('has a bar for each dataset and one for all', async () => {
    const lines = await drawn(100, {
      ...failed({}),
      datasets: ['title.basics', 'title.ratings'],
      steps: [{ ...STEP, rowsDone: 500, rowsTotal: 1000, secondsLeft: 75 }, RATINGS],
    });
    // the end of the run is below them
    expect(lines.slice(-5, -2)).toEqual([
      `title.basics      load      ${'█'.repeat(12)}${'░'.repeat(12)}  copying, 50 %, 1 min 15 s left`,
      `title.ratings     load      ${'█'.repeat(24)}  loaded, 1,000 rows`,
      `all               update    ${'█'.repeat(18)}${'░'.repeat(6)}  1 of 2 steps`,
    ]);
  });

  it('fits each bar on its line, however narrow the terminal is', async () => {
    for (const columns of [60, 40, 20, 2]) {
      const lines = await drawn(columns, {
        ...RUN,
        steps: [{ ...DONE, phase: 'waiting for 千と千尋の神隠し\u001B[2J'.repeat(3) }],
      });
      expect(Math.max(...lines.slice(0, -1).map((line) => stringWidth(line)))).toBeLessThan(
        columns,
      );
    }
  });

  it('has notes below the bars, equal ones once', async () => {
    const lines = await drawn(100, {
      ...RUN,
      datasets: ['title.basics', 'title.ratings'],
      steps: [
        { ...DONE, note: 'loaded in full' },
        { ...RATINGS, note: 'loaded in full' },
      ],
    });
    expect(lines.slice(-1)).toEqual(['title.basics, title.ratings: loaded in full']);
  });
});

describe('a run as JSON', () => {
  it('is a line at each change if it is watched', async () => {
    const runs = [going([DOWNLOAD]), RUN];
    const { code, stdout, stderr } = await marquee(apiOf(...runs), ['runs', 'watch', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(runs);
  });

  it('is its last state if it is started', async () => {
    const { stdout } = await marquee(apiOf(going([DOWNLOAD]), RUN), ['update', '--json']);
    expect(JSON.parse(stdout)).toEqual(RUN);
  });

  it('is all that is printed also if it failed', async () => {
    const run = failed({ code: 'drift' });
    for (const command of [
      ['update', '--json'],
      ['runs', 'watch', '--json'],
    ]) {
      const { code, stdout, stderr } = await marquee(apiOf(run), command);
      expect(code).toBe(1);
      expect([JSON.parse(stdout), stderr]).toEqual([run, '']);
    }
  });
});

describe('the end of a run', () => {
  it.each<[string, Run, RegExp]>([
    [
      'where, why and what to do',
      failed({ dataset: 'title.crew' }),
      /title\.crew: Half is missing\.\nLook\.\n$/u,
    ],
    ['why and what to do', failed({}), /: Half is missing\.\nLook\.\n$/u],
    ['where to look', failed(null), /make logs\n$/u],
  ])('is 1 if it failed, with %s', async (_, run, said) => {
    const { code, stdout, stderr } = await marquee(apiOf(run), ['runs', 'watch']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(said);
  });

  it('is 130 on Ctrl-C, after which the run continues', async () => {
    const stop = new AbortController();
    const endless = new ReadableStream<Uint8Array>({
      start: (stream) =>
        stream.enqueue(Buffer.from(`event: run\ndata: ${JSON.stringify(going([DOWNLOAD]))}\n\n`)),
      pull: () => stop.abort(),
    });
    const { code, stdout, stderr, api } = await marquee(
      { ...apiOf(RUN), [`/runs/${RUN.id}/events`]: () => new Response(endless) },
      ['update'],
      { signal: stop.signal },
    );
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toContain(`marquee runs watch ${RUN.id}`);
    expect(stderr).toContain(`marquee runs cancel ${RUN.id}`);
    expect(api.requests.map(({ method, url }) => `${method} ${url}`)).not.toContain(
      `POST /runs/${RUN.id}/cancel`,
    );
  });

  it('is not waited for with --detach', async () => {
    for (const command of [
      ['update', '--detach'],
      ['snapshots', 'load', 'title.ratings-20260815T061500Z-0a1b2c3d', '-d'],
    ]) {
      const { code, stdout, api } = await marquee(apiOf(RUN), command);
      expect(code).toBe(0);
      expect(stdout).toContain(`marquee runs watch ${RUN.id}`);
      expect(api.requests).toHaveLength(1);
    }
    const { stdout } = await marquee(apiOf(RUN), ['update', '--detach', '--json']);
    expect(JSON.parse(stdout)).toEqual({ id: RUN.id, url: RUN.url });
  });
});

describe('the request for an update', () => {
  it.each([
    [[], { ignoreGates: [], force: false }],
    [['--force'], { ignoreGates: [], force: true }],
    [['--force', 'full'], { ignoreGates: [], force: 'full' }],
    [
      ['--datasets', 'title.ratings,title.crew', '--ignore-gates', 'row-loss'],
      { datasets: ['title.ratings', 'title.crew'], ignoreGates: ['row-loss'], force: false },
    ],
  ])('with %j is %j', async (options, body) => {
    const { api } = await marquee(apiOf(RUN), ['update', '--detach', ...options]);
    expect(JSON.parse(api.requests[0]?.body ?? '')).toEqual(body);
  });

  it('ends with 5 if a run is in progress, with how to watch and cancel it', async () => {
    const answers = {
      'POST /updatedata': () => problem({ status: 409, code: 'run-in-progress', runId: RUN.id }),
    };
    const { code, stdout, stderr } = await marquee(answers, ['update']);
    expect([code, stdout]).toEqual([5, '']);
    expect(stderr).toContain(`marquee runs cancel ${RUN.id}`);
  });
});
