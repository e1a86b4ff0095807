import type { ApiClient } from '@marquee/api-client';
import {
  eventStream,
  problem,
  RUN,
  runEvent,
  serveTestApi,
  STEP,
} from '@marquee/api-client/testing';
import { Dataset, type Run } from '@marquee/contract';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createApiClient } from './api.ts';
import { update } from './update.ts';

const SUCCEEDED: Run = {
  ...RUN,
  endedAt: '2026-01-01T00:00:02Z',
  steps: [{ ...STEP, state: 'done', phase: 'loaded' }],
};
const FAILED: Run = {
  ...SUCCEEDED,
  state: 'failed',
  error: {
    code: 'row-loss',
    message: 'Half of the rows are missing.',
    hint: 'Look at the file.',
    dataset: 'title.basics',
  },
};

let printed: () => string;

beforeEach(() => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => {
    print.mockRestore();
    write.mockRestore();
  });
  printed = () => print.mock.calls.flat().join('\n');
});

type Answer = () => Response;

/**
 * An API with these answers to requests for an update, the last one for good. Each event stream
 * reports the next run, while it runs and at its end.
 */
async function apiOf(updates: Answer | readonly Answer[], ...ends: Run[]): Promise<ApiClient> {
  const answers = [updates].flat();
  const { url } = await serveTestApi({
    'POST /updatedata': () =>
      (answers.length > 1 ? answers.shift() : answers[0])?.() ?? problem({ status: 404 }),
    [`/runs/${RUN.id}/events`]: () => {
      const end = ends.shift();
      if (end === undefined) return problem({ status: 404 });
      return eventStream(
        runEvent({ ...end, state: 'running', endedAt: null, error: null }),
        runEvent(end),
      );
    },
  });
  return createApiClient(url, {});
}

const accepted: Answer = () => Response.json({ id: RUN.id, url: RUN.url }, { status: 202 });

function refused(code: string, runId?: string): Answer {
  return () =>
    problem({
      status: 409,
      code,
      detail: 'A run is going.',
      hint: 'Wait.',
      ...(runId !== undefined && { runId }),
    });
}

const options = { force: false, signal: new AbortController().signal, retryMs: 1 };

describe('an update', () => {
  it('is followed until it is published', async () => {
    await update(await apiOf(accepted, SUCCEEDED), options);
    expect(printed()).toContain('The update is published, 2.0 s after it was requested.');
  });

  it('that fails says where, why, and what to do', async () => {
    await expect(update(await apiOf(accepted, FAILED), options)).rejects.toMatchObject({
      message: 'The update failed at title.basics: Half of the rows are missing.',
      hint: 'Look at the file.',
    });
  });

  it('follows an update of all datasets that is already running', async () => {
    const all = { datasets: [...Dataset.options] };
    const server = await apiOf(refused('run-in-progress', RUN.id), { ...SUCCEEDED, ...all });
    await update(server, options);
    expect(printed()).toMatch(/A run is going\..*The update is published/su);
  });

  it.each([
    ['a load that succeeds', { ...SUCCEEDED, kind: 'load' }, 'That load has succeeded; requesting'],
    [
      'a download that fails',
      { ...FAILED, kind: 'download' },
      'That download has failed; requesting',
    ],
    ['an update of some datasets', SUCCEEDED, 'That update has succeeded; requesting'],
  ] as const)('follows another run, %s, and then is requested again', async (_, end, sentence) => {
    const server = await apiOf([refused('run-in-progress', RUN.id), accepted], end, SUCCEEDED);
    await update(server, options);
    expect(printed().indexOf(sentence)).toBeGreaterThan(printed().indexOf('A run is going.'));
    expect(printed().indexOf('The update runs as')).toBeGreaterThan(printed().indexOf(sentence));
    expect(printed()).toContain('The update is published');
  });

  it('is requested again if the other run has just ended', async () => {
    await update(await apiOf([refused('run-in-progress'), accepted], SUCCEEDED), options);
    expect(printed()).toContain('The update is published');
  });

  it('continues without the command, unless the stack ends with the command', async () => {
    await update(await apiOf(accepted, SUCCEEDED), options);
    expect(printed()).toContain('it continues if you end this command');
    await update(await apiOf(accepted, SUCCEEDED), { ...options, stopsWithCommand: true });
    expect(printed().match(/it continues/gu)).toHaveLength(1);
  });

  it('is shown at the URL that people use', async () => {
    await update(await apiOf(accepted, SUCCEEDED), {
      ...options,
      publicUrl: 'http://127.0.0.1:3600',
    });
    expect(printed()).toContain(`The update runs as http://127.0.0.1:3600/runs/${RUN.id};`);
  });

  it('has nothing to do if it was done today, and says how to do it anyway', async () => {
    await update(await apiOf(refused('updated-today', RUN.id), SUCCEEDED), options);
    expect(printed()).toMatch(/^A run is going\.\n.*make update FORCE=1$/u);
  });

  it('fails with the reason and the hint of the API', async () => {
    await expect(update(await apiOf(refused('no-room')), options)).rejects.toMatchObject({
      message: 'A run is going.',
      hint: 'Wait.',
    });
    const failing = await apiOf(() => new Response(null, { status: 500 }));
    await expect(update(failing, options)).rejects.toThrow(/answered 500/u);
  });

  it('says how to start the stack if nothing answers', async () => {
    const env = { DATA_DIR: 'data/sample' };
    await expect(update(createApiClient('http://127.0.0.1:9', env), options)).rejects.toMatchObject(
      {
        message: expect.stringContaining('Nothing answers at http://127.0.0.1:9') as string,
        hint: expect.stringContaining('DATA_DIR=data/sample make up') as string,
      },
    );
  });
});
