import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Dataset, type Run, type RunStep } from '@marquee/contract';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApiClient } from '../api-client.ts';
import { barLines, Progress } from '../progress.ts';
import { update } from './update.ts';

const ID = '0199aaaa-0000-7000-8000-000000000000';

const STEP: RunStep = {
  job: 'load',
  dataset: 'title.basics',
  state: 'running',
  phase: 'copying',
  note: null,
  bytesDone: 0,
  bytesTotal: null,
  rowsDone: 500,
  rowsTotal: 1000,
  rejects: 0,
  bytesPerSecond: null,
  rowsPerSecond: 1250,
  secondsLeft: 4,
  snapshotId: null,
  startedAt: null,
  endedAt: null,
  error: null,
};

const RUN: Run = {
  phase: null,
  id: ID,
  url: `/runs/${ID}`,
  kind: 'update',
  state: 'running',
  datasets: ['title.basics'],
  requestedAt: '2026-01-01T00:00:00Z',
  endedAt: null,
  error: null,
  steps: [{ ...STEP, job: 'download', state: 'done', phase: 'downloaded' }, STEP],
};
const SUCCEEDED: Run = {
  ...RUN,
  state: 'succeeded',
  endedAt: '2026-01-01T00:00:02Z',
  steps: [{ ...STEP, state: 'done', phase: 'loaded' }],
};
const FAILED: Run = {
  ...RUN,
  state: 'failed',
  endedAt: '2026-01-01T00:00:02Z',
  error: {
    code: 'row-loss',
    message: 'Half of the rows are missing.',
    hint: 'Look at the file.',
    dataset: 'title.basics',
  },
};

let said: () => string;

beforeEach(() => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  onTestFinished(() => print.mockRestore());
  said = () => print.mock.calls.flat().join('\n');
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * A server that answers as the API does: to each request for an update, and to each question how a
 * run is, the last answer for good.
 */
async function api(updates: Answer | readonly Answer[], ...runs: Run[]): Promise<ApiClient> {
  const answers = {
    updates: [updates].flat(),
    runs: runs.map((body): Answer => ({ status: 200, body })),
  };
  const server = createServer((request, response) => {
    const mine = request.url === `/runs/${ID}` ? answers.runs : answers.updates;
    const { status, body } = (mine.length > 1 ? mine.shift() : mine[0]) ?? {
      status: 404,
      body: null,
    };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const ACCEPTED = { status: 202, body: { id: ID, url: `/runs/${ID}` } };

function refused(code: string, runId?: string): Answer {
  const body = {
    type: `urn:marquee:problem:${code}`,
    title: 'Conflict',
    status: 409,
    code,
    detail: 'A run is going.',
    hint: 'Wait.',
    requestId: 'req-1',
  };
  return { status: 409, body: runId === undefined ? body : { ...body, runId } };
}

const options = { force: false, signal: new AbortController().signal, retryMs: 1 };

describe('an update', () => {
  it('is followed until it is published', async () => {
    await update(await api(ACCEPTED, RUN, SUCCEEDED), options);
    expect(said()).toContain('The update is published, 2.0 s after it was asked for.');
  });

  it('that fails says where, why, and what to do', async () => {
    await expect(update(await api(ACCEPTED, FAILED), options)).rejects.toThrow(
      'The update failed at title.basics: Half of the rows are missing.\nLook at the file.',
    );
  });

  it('follows the update of everything that stands in its way', async () => {
    const all = { datasets: [...Dataset.options] };
    const server = await api(
      refused('run-in-progress', ID),
      { ...RUN, ...all },
      { ...SUCCEEDED, ...all },
    );
    await update(server, options);
    expect(said()).toMatch(/A run is going\..*The update is published/su);
  });

  it.each([
    [
      'a load that succeeds',
      { ...SUCCEEDED, kind: 'load' },
      'The load that stood in the way has succeeded',
    ],
    [
      'a download that fails',
      { ...FAILED, kind: 'download' },
      'The download that stood in the way has failed',
    ],
    ['an update of some datasets', SUCCEEDED, 'The update that stood in the way has succeeded'],
  ] as const)(
    'follows %s and stands in its way, and then is asked for again',
    async (_, end, sentence) => {
      const server = await api(
        [refused('run-in-progress', ID), ACCEPTED],
        { ...RUN, kind: end.kind },
        end,
        SUCCEEDED,
      );
      await update(server, options);
      expect(said().indexOf(sentence)).toBeGreaterThan(said().indexOf('A run is going.'));
      expect(said().indexOf('The update runs as')).toBeGreaterThan(said().indexOf(sentence));
      expect(said()).toContain('The update is published');
    },
  );

  it('is asked for again where the run that stood in its way has just ended', async () => {
    await update(await api([refused('run-in-progress'), ACCEPTED], SUCCEEDED), options);
    expect(said()).toContain('The update is published');
  });

  it('goes on without the command, but not where the stack ends with it', async () => {
    await update(await api(ACCEPTED, SUCCEEDED), options);
    expect(said()).toContain('it goes on when this command is ended');
    await update(await api(ACCEPTED, SUCCEEDED), { ...options, stopsWithCommand: true });
    expect(said().match(/it goes on/gu)).toHaveLength(1);
  });

  it('is seen where people reach the API', async () => {
    await update(await api(ACCEPTED, SUCCEEDED), {
      ...options,
      publicUrl: 'http://127.0.0.1:3600',
    });
    expect(said()).toContain(`The update runs as http://127.0.0.1:3600/runs/${ID};`);
  });

  it('has nothing to do where it was done today, and says how to do it all the same', async () => {
    await update(await api(refused('updated-today', ID), SUCCEEDED), options);
    expect(said()).toMatch(/^A run is going\.\n.*make update FORCE=1$/u);
  });

  it('is refused with the reason and the hint of the API', async () => {
    await expect(update(await api(refused('no-room')), options)).rejects.toThrow(
      'A run is going.\nWait.',
    );
    await expect(update(await api({ status: 500, body: null }), options)).rejects.toThrow(
      /answered 500/u,
    );
  });

  it('says how to start the stack where nothing answers', async () => {
    await expect(update(new ApiClient('http://127.0.0.1:9'), options)).rejects.toThrow(
      /Nothing answers at http:\/\/127\.0\.0\.1:9.*make up/su,
    );
  });
});

describe('the progress', () => {
  const DONE: RunStep = {
    ...STEP,
    state: 'done',
    phase: 'loaded',
    note: 'full load: half of it has changed',
  };
  const WAITING: Run = { ...RUN, steps: [DONE], phase: 'waiting for readers' };

  /** What is written, on a terminal or elsewhere, for a run as it goes on. */
  function shown(isTTY: boolean, ...runs: Run[]): string {
    let text = '';
    const write = (more: string) => {
      text += more;
      return true;
    };
    const progress = new Progress({ isTTY, columns: 120, write });
    for (const run of runs) progress.show(run);
    return text;
  }

  it('tells each change once: why a load is a full one, and what the run is at when all steps are done', () => {
    expect(
      shown(
        false,
        { ...RUN, steps: [DONE] },
        { ...WAITING, phase: 'publishing' },
        WAITING,
        WAITING,
        { ...WAITING, state: 'succeeded', phase: null },
      ),
    ).toBe(
      [
        'title.basics      load      full load: half of it has changed',
        'title.basics      load      loaded, 500 rows',
        'All datasets are ready: publishing',
        'All datasets are ready: waiting for readers',
        '',
      ].join('\n'),
    );
  });

  it('draws what the run is at below the bars, and over it once it is past', () => {
    const [first = '', second = ''] = shown(true, WAITING, {
      ...WAITING,
      state: 'succeeded',
      phase: null,
    }).split('\u001B[2A');
    expect(first).toMatch(
      /full load: half.*\n.*\[=+\].*\n.*All datasets are ready: waiting for readers\n/u,
    );
    expect(second).toMatch(/^\u001B\[2K.*\[=+\].*\n\u001B\[J$/u);
  });

  it('of a download that had nothing to fetch has no bytes', () => {
    const unchanged: RunStep = {
      ...STEP,
      job: 'download',
      state: 'done',
      phase: 'unchanged',
      rowsDone: 0,
    };
    expect(shown(false, { ...RUN, steps: [unchanged] })).toBe(
      'title.basics      download  unchanged\n',
    );
  });
});

describe('the bars', () => {
  it('show the load once it has begun, how far it is and how long it takes', () => {
    expect(barLines(RUN)).toEqual([
      'title.basics      load      [============            ]  copying, 50 %, 1,250 rows/s, 4 s left',
    ]);
  });

  it('show a step that is done as full, and one that failed with its reason', () => {
    expect(barLines(SUCCEEDED)[0]).toBe(
      'title.basics      load      [========================]  loaded, 500 rows',
    );
    expect(
      barLines({ ...RUN, steps: [{ ...STEP, state: 'failed', error: FAILED.error }] })[0],
    ).toContain('failed: Half of the rows are missing.');
  });
});
