import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { freePort } from '@marquee/process';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DownloadError } from '../errors/download-error.ts';
import { useBench } from '../testing/test-bench.ts';
import { madeUpFile } from '../testing/test-origin.ts';
import { ServerOutage } from '../transfer/retry-budget.ts';
import type { FetchOptions } from './fetch-dataset.ts';

const dataset = 'title.ratings';
const etag = '"one"';
const good = madeUpFile(dataset, 5000);
/** More attempts than the retry budget of the bench allows. */
const MANY = 12;
const LONG = { initialDelayMs: 1, maxDelayMs: 5, maxFruitless: 2, maxOutageMs: 60_000 };

const bench = useBench(dataset, { bytes: good, etag });

async function failure(options: Partial<FetchOptions>): Promise<DownloadError> {
  const error: unknown = await bench.fetch(options).catch((reason: unknown) => reason);
  if (!(error instanceof DownloadError))
    throw new Error(`expected a DownloadError, got ${String(error)}`);
  return error;
}

async function listen(server: Server, port = 0): Promise<string> {
  onTestFinished(() => void server.close());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function many<T>(trick: T): T[] {
  return Array.from({ length: MANY }, () => trick);
}

describe('an outage', () => {
  it.each([429, 502, 503, 504])('with status %i is waited for, with a note', async (status) => {
    const notes: (string | null)[] = [];
    bench.origin.trick(...many({ status }));
    await bench.fetch({ retry: LONG, onNote: (note) => notes.push(note) });
    expect(bench.origin.statuses).toEqual([...many(status), 200]);
    expect(notes).toHaveLength(MANY + 1);
    expect(notes[0]).toMatch(
      new RegExp(
        `^waits for the server until \\d\\d:\\d\\d UTC: The response from .* has status ${status}, `,
        'u',
      ),
    );
    expect(notes.at(-1)).toBeNull();
  });

  it('of a server that does not listen yet is waited for', async () => {
    const port = await freePort();
    const fetching = bench.fetch({ baseUrl: `http://127.0.0.1:${port}/`, retry: LONG });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await listen(
      createHttpServer((_, response) => response.end(good)),
      port,
    );
    expect((await fetching).snapshot.rows).toBe(5000);
  });

  it('of a server that closes connections before it responds is waited for', async () => {
    let connections = 0;
    const baseUrl = await listen(
      createServer((socket) => {
        socket.on('error', () => undefined);
        connections += 1;
        if (connections <= MANY) socket.resetAndDestroy();
        else
          socket.once('data', () => {
            socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
            socket.end(good);
          });
      }),
    );
    expect((await bench.fetch({ baseUrl, retry: LONG })).snapshot.rows).toBe(5000);
    expect(connections).toBe(MANY + 1);
  });

  it('in the middle of a body is waited for, and the body resumed', async () => {
    bench.origin.trick({ cutAfter: 12_345 }, ...many({ status: 503 }));
    await bench.fetch({ retry: LONG });
    expect(bench.origin.ranges.at(-1)).toBe('bytes=12345-');
    await bench.expectSnapshot(good);
  });

  it('that lasts too long is given up, with a message', async () => {
    const notes: (string | null)[] = [];
    bench.origin.trick(...Array.from({ length: 1000 }, () => ({ status: 503 })));
    const error = await failure({
      retry: { ...LONG, maxOutageMs: 100 },
      onNote: (note) => notes.push(note),
    });
    expect(error).toMatchObject({ code: 'server-fault', retryable: true });
    expect(error.message).toMatch(
      / Given up after \d+ attempts: the server was unavailable for 0\.1 s\.$/u,
    );
    expect(bench.origin.requests.length).toBeGreaterThan(3);
    expect(notes.at(-1)).toBeNull();
  });

  it('that one download of a run has given up is not waited for by the next', async () => {
    const outage = new ServerOutage();
    bench.origin.trick(...Array.from({ length: 1000 }, () => ({ status: 503 })));
    const retry = { ...LONG, maxOutageMs: 100 };
    await failure({ retry, outage });
    // it gives up when its next delay would exceed the limit: some milliseconds before that
    await vi.waitUntil(() => performance.now() > Number(outage.startedAt) + retry.maxOutageMs, {
      interval: 1,
    });
    const requests = bench.origin.requests.length;
    await failure({ retry, outage });
    expect(bench.origin.requests).toHaveLength(requests + 1);
    // until the server has responded again
    bench.origin.forget();
    await bench.fetch({ retry: LONG, outage });
    bench.origin.trick({ status: 503 });
    await bench.fetch({ retry: LONG, outage });
    expect(bench.origin.statuses).toEqual([200, 503, 304]);
  });

  it('with a longer Retry-After than is followed is retried earlier', async () => {
    bench.origin.trick(...many({ status: 429, headers: { 'retry-after': '3600' } }));
    await bench.fetch({ retry: { ...LONG, maxRetryAfterMs: 10 } });
    expect(bench.origin.statuses).toEqual([...many(429), 200]);
  });

  it('is no longer waited for when the fetch is aborted', async () => {
    const stop = new AbortController();
    bench.origin.trick(...many({ status: 503, then: () => setTimeout(() => stop.abort(), 50) }));
    const began = performance.now();
    const retry = { ...LONG, initialDelayMs: 60_000, maxDelayMs: 60_000, maxOutageMs: 600_000 };
    expect(await failure({ retry, signal: stop.signal })).toMatchObject({ code: 'aborted' });
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(bench.origin.requests).toHaveLength(1);
  });

  it('is given up soon if a person has started the run', async () => {
    bench.origin.trick(...many({ status: 503 }));
    const error = await failure({ retry: { ...LONG, maxOutageMs: 0 } });
    expect(error.message).toMatch(/ Given up after 3 attempts\.$/u);
  });

  it('is met by one attempt of each later download once a run that a person started has given up', async () => {
    const outage = new ServerOutage();
    const retry = { ...LONG, maxOutageMs: 0 };
    const attempts: string[] = [];
    bench.origin.trick(...many({ status: 503 }));
    await failure({
      retry,
      outage,
      onRetry: (attempt, of) => attempts.push(`${attempt} of ${of}`),
    });
    expect(attempts).toEqual(['2 of 3', '3 of 3']);
    const requests = bench.origin.requests.length;
    const { message } = await failure({ retry, outage });
    expect(message).toMatch(
      / Not tried again: another download of this run gave the server up\.$/u,
    );
    expect(bench.origin.requests).toHaveLength(requests + 1);
    // a server that responds again is retried as before
    bench.origin.forget();
    await bench.fetch({ retry, outage });
    bench.origin.trick({ status: 503 });
    await bench.fetch({ retry, outage });
    expect(bench.origin.statuses).toEqual([200, 503, 304]);
  });
});

describe('an error that is not an outage is given up as soon as without the outage limit', () => {
  it('a silent server', async () => {
    bench.origin.trick(...many({ silent: true } as const));
    const error = await failure({ retry: LONG, timeouts: { headersMs: 30 } });
    expect(error.message).toContain('LATE_ANSWER');
    expect(bench.origin.requests).toHaveLength(3);
  });

  it('a silent server between outages', async () => {
    bench.origin.trick(...[0, 1, 2, 3].flatMap(() => [{ status: 503 }, { silent: true } as const]));
    const error = await failure({ retry: LONG, timeouts: { headersMs: 30 } });
    expect(error.message).toMatch(/LATE_ANSWER.* Given up after 6 attempts\.$/u);
  });

  it.each([408, 425, 500])('status %i', async (status) => {
    bench.origin.trick(...many({ status }));
    await failure({ retry: LONG });
    expect(bench.origin.requests).toHaveLength(3);
  });

  it.each([403, 404])('status %i', async (status) => {
    bench.origin.trick(...many({ status }));
    await failure({ retry: LONG });
    expect(bench.origin.requests).toHaveLength(1);
  });
});
