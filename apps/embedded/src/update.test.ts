import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Run, RunStep } from '@marquee/contract';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApiClient } from './api-client.ts';
import { barLines } from './progress.ts';
import { update } from './update.ts';

const ID = '0199aaaa-0000-7000-8000-000000000000';

const STEP: RunStep = {
  job: 'load', dataset: 'title.basics', state: 'running', phase: 'copying', bytesDone: 0, bytesTotal: null, rowsDone: 500, rowsTotal: 1000, rejects: 0,
  bytesPerSecond: null, rowsPerSecond: 1250, secondsLeft: 4, snapshotId: null, startedAt: null, endedAt: null, error: null,
};

const RUN: Run = {
  id: ID, url: `/runs/${ID}`, kind: 'update', state: 'running', datasets: ['title.basics'], requestedAt: '2026-01-01T00:00:00Z', endedAt: null, error: null,
  steps: [{ ...STEP, job: 'download', state: 'done', phase: 'downloaded' }, STEP],
};
const SUCCEEDED: Run = { ...RUN, state: 'succeeded', endedAt: '2026-01-01T00:00:02Z', steps: [{ ...STEP, state: 'done', phase: 'loaded' }] };
const FAILED: Run = {
  ...RUN, state: 'failed', endedAt: '2026-01-01T00:00:02Z',
  error: { code: 'row-loss', message: 'Half of the rows are missing.', hint: 'Look at the file.', dataset: 'title.basics' },
};

let said: () => string;

beforeEach(() => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  onTestFinished(() => print.mockRestore());
  said = () => print.mock.calls.flat().join('\n');
});

/** A server that answers as the API does: to the request for an update, then to each question how the run is, the last answer for good. */
async function api(answer: { status: number; body: unknown }, ...runs: Run[]): Promise<ApiClient> {
  let asked = 0;
  const server = createServer((request, response) => {
    const isRun = request.url === `/runs/${ID}`;
    response.writeHead(isRun ? 200 : answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isRun ? runs[Math.min(asked++, runs.length - 1)] : answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const ACCEPTED = { status: 202, body: { id: ID, url: `/runs/${ID}` } };

function refused(runId?: string) {
  const body = { type: 'urn:marquee:problem:busy', title: 'Conflict', status: 409, code: 'busy', detail: 'A run is going.', hint: 'Wait.', requestId: 'req-1' };
  return { status: 409, body: runId === undefined ? body : { ...body, runId } };
}

const options = { force: false, signal: new AbortController().signal };

describe('an update', () => {
  it('is followed until it is published', async () => {
    await update(await api(ACCEPTED, RUN, SUCCEEDED), options);
    expect(said()).toContain('The update is published, 2.0 s after it was asked for.');
  });

  it('that fails says where, why, and what to do', async () => {
    await expect(update(await api(ACCEPTED, FAILED), options)).rejects.toThrow('The update failed at title.basics: Half of the rows are missing.\nLook at the file.');
  });

  it('follows the run that stands in its way', async () => {
    await update(await api(refused(ID), RUN, SUCCEEDED), options);
    expect(said()).toMatch(/A run is going\..*The update is published/su);
  });

  it('has nothing to do where it was done today', async () => {
    await update(await api(refused(ID), SUCCEEDED), options);
    expect(said()).toContain('A run is going.\nWait.');
  });

  it('is refused with the reason and the hint of the API', async () => {
    await expect(update(await api(refused()), options)).rejects.toThrow('A run is going.\nWait.');
    await expect(update(await api({ status: 500, body: null }), options)).rejects.toThrow(/answered 500/u);
  });

  it('says how to start the stack where nothing answers', async () => {
    await expect(update(new ApiClient('http://127.0.0.1:9'), options)).rejects.toThrow(/Nothing answers at http:\/\/127\.0\.0\.1:9.*make up/su);
  });
});

describe('the bars', () => {
  it('show the load once it has begun, how far it is and how long it takes', () => {
    expect(barLines(RUN)).toEqual(['title.basics      load      [============            ]  copying, 50 %, 1,250 rows/s, 4 s left']);
  });

  it('show a step that is done as full, and one that failed with its reason', () => {
    expect(barLines(SUCCEEDED)[0]).toBe('title.basics      load      [========================]  loaded, 500 rows');
    expect(barLines({ ...RUN, steps: [{ ...STEP, state: 'failed', error: FAILED.error }] })[0]).toContain('failed: Half of the rows are missing.');
  });
});
