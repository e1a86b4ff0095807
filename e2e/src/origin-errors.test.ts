import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Run } from '@marquee/contract';
import { DATASET_NAMES } from '@marquee/datasets';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectPublished } from './expect-published.ts';
import { useDays } from './sample-days.ts';
import { useSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 2 });

const system = useSystem(() => ({ published: days, workers: false }));

/** More rejections of each file than a manually started run retries. */
const MANY = 9;

/** A dataset server with errors that a test controls. */
interface Origin {
  readonly url: string;
  /** Statuses of the responses so far. */
  readonly statuses: number[];
  /** ETag suffix of all files. */
  etag: string;
  /** Number of requests for each file still to be rejected with 503. */
  refuse(times: number): void;
}

/** @param change modifies the text of a file */
async function startOrigin(
  day: number,
  change: (name: string, text: string) => string = (_, text) => text,
): Promise<Origin> {
  const refusals = new Map<string, number>();
  const statuses: number[] = [];
  const origin = { statuses, etag: '"one"', refuse: (times: number) => refuse(times) };
  const refuse = (times: number) =>
    DATASET_NAMES.forEach((name) => refusals.set(`/${name}.tsv.gz`, times));
  const answer = (response: ServerResponse, status: number, body?: Buffer) => {
    statuses.push(status);
    response.writeHead(status, { etag: origin.etag }).end(body);
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const left = refusals.get(path) ?? 0;
    refusals.set(path, left - 1);
    if (left > 0) answer(response, 503);
    else if (request.headers['if-none-match'] === origin.etag) answer(response, 304);
    else
      void readFile(join(days.day(day), path)).then((file) => {
        const text = gunzipSync(file).toString();
        const changed = change(path.slice(1), text);
        answer(response, 200, changed === text ? file : gzipSync(changed));
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(origin, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  });
}

const WAITS = /waits for the server until \d\d:\d\d UTC: The response from .* has status 503, /u;

/** Starts a system with an immediate schedule, and waits until an update waits for the server. */
async function startScheduled(origin: Origin): Promise<string> {
  await system.restart({
    published: days,
    workers: false,
    schedule: '* * * * * *',
    timings: { downloadRetryMaxMs: 50 },
  });
  await system.startWorkers({ datasetsUrl: origin.url });
  const newest = async () => {
    const { items } = (await system.get('/runs')) as { items: unknown[] };
    return Run.parse(items[0]);
  };
  await expect
    .poll(async () => (await newest()).steps.map(({ note }) => note).join(), { interval: 20 })
    .toMatch(WAITS);
  return (await newest()).id;
}

describe('a temporarily unavailable server', () => {
  it('is retried by a scheduled update, which says so', { tags: ['long'] }, async () => {
    const origin = await startOrigin(1);
    origin.refuse(MANY);
    const id = await startScheduled(origin);
    expect(await system.ended(id)).toMatchObject({ state: 'succeeded', error: null });
    await expectPublished(system.database.pool, 'title.ratings', days.day(1));
    const { steps } = await system.ended(id);
    expect(steps.filter(({ job }) => job === 'download').map(({ note }) => note)).toEqual(
      Array(7).fill(null),
    );
  });

  it('fails a manually started run soon', async () => {
    const origin = await startOrigin(1);
    origin.refuse(MANY);
    await system.startWorkers({ datasetsUrl: origin.url });
    const run = await system.run('/updatedata', { force: true });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'server-fault' } });
    expect(run.error?.message).toContain('Given up after 6 attempts.');
  });

  it('does not delay cancelling the update', async () => {
    const origin = await startOrigin(1);
    origin.refuse(1e6);
    const id = await startScheduled(origin);
    const began = performance.now();
    expect((await system.ask('POST', `/runs/${id}/cancel`)).status).toBe(202);
    const { error } = await system.ended(id);
    expect(error).toMatchObject({ code: 'cancelled' });
    // its jobs too: no running job is left in the queue
    await expect
      .poll(async () =>
        system.query(
          `select from bullmq.job where state = 'active' and queue = 'downloader' and data::text like $1`,
          [`%${id}%`],
        ),
      )
      .toEqual([]);
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

describe('unchanged files with new validators', () => {
  it('cost one 304 response each from the next day on', async () => {
    const origin = await startOrigin(0);
    await system.startWorkers({ datasetsUrl: origin.url });
    const unchanged = async () => {
      origin.statuses.length = 0;
      const run = await system.run('/updatedata', { force: true });
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      const loads = run.steps.filter(({ job }) => job === 'load');
      expect(loads.map(({ phase }) => phase)).toEqual(Array(7).fill('unchanged'));
      return origin.statuses;
    };
    expect(await unchanged()).toEqual(Array(7).fill(200));
    origin.etag = '"two"';
    expect(await unchanged()).toEqual(Array(7).fill(200));
    expect(await unchanged()).toEqual(Array(7).fill(304));
    expect(
      await system.query('select distinct etag, url ~ $1 as here from ingest.snapshot', [
        `^${origin.url}`,
      ]),
    ).toEqual([{ etag: '"two"', here: true }]);
  });
});

describe('a file with an unknown header', () => {
  it('stops only its own dataset if the run follows the hint', async () => {
    const origin = await startOrigin(1, (name, text) =>
      name.startsWith('title.ratings') ? text.replace('averageRating', 'meanRating') : text,
    );
    await system.startWorkers({ datasetsUrl: origin.url });
    const { state, error } = await system.run('/updatedata', { force: true });
    expect(state).toBe('failed');
    expect(error).toMatchObject({ code: 'wrong-header', dataset: 'title.ratings' });
    expect(error?.message).toContain(
      '"averageRating", expected as column 2, is not there: "meanRating" stands in its place.',
    );
    const [, body = ''] = /POST \/updatedata (\{.*\})\.$/u.exec(error?.hint ?? '') ?? [];
    const again = await system.run('/updatedata', { ...(JSON.parse(body) as object), force: true });
    expect(again).toMatchObject({ state: 'succeeded', error: null });
    await expectPublished(system.database.pool, 'title.basics', days.day(1));
    await expectPublished(system.database.pool, 'title.ratings', days.day(0));
  });
});
