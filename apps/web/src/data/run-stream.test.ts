import type { Run } from '@marquee/contract';
import { RUN } from '@marquee/contract/testing';
import { describe, expect, it } from 'vitest';
import { stubFetch } from '../testing/stub-fetch.ts';
import { watchRun } from './run-stream.ts';

const going = (phase: string): Run => ({ ...RUN, state: 'running', endedAt: null, phase });

const eventOf = (run: Run) => `event: run\nid: 1\ndata: ${JSON.stringify(run)}\n\n`;

/** A response that streams these chunks and ends. */
function stream(...chunks: (string | Uint8Array)[]): Response {
  const encoder = new TextEncoder();
  return new Response(
    new ReadableStream({
      start: (controller) => {
        for (const chunk of chunks)
          controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
        controller.close();
      },
    }),
  );
}

/** Watches the run. @returns the callbacks in order, and the requests */
async function watched(
  answer: Parameters<typeof stubFetch>[0],
  signal = new AbortController().signal,
  onTold: (what: string) => void = () => undefined,
) {
  const told: string[] = [];
  const tell = (what: string) => {
    told.push(what);
    onTold(what);
  };
  const enough = new AbortController();
  const asked = stubFetch((request) => {
    // stop a run whose end is missed, which would be watched forever
    if (asked.length > 10) enough.abort();
    return answer(request);
  });
  await watchRun({
    id: RUN.id,
    signal: AbortSignal.any([signal, enough.signal]),
    onRun: ({ phase, state }) => tell(phase ?? state),
    onEnded: () => tell('(ended)'),
    onBroken: () => tell('(broken)'),
    retryMs: 1,
  });
  return { told, asked };
}

describe('a run', () => {
  it('is reported at each change, and its end once', async () => {
    const { told, asked } = await watched(() =>
      stream(eventOf(going('copying')), eventOf(RUN), eventOf(going('too late'))),
    );
    expect(told).toEqual(['copying', 'succeeded', '(ended)']);
    expect(asked).toMatchObject([
      {
        url: `/runs/${RUN.id}/events`,
        headers: { accept: 'text/event-stream' },
      },
    ]);
  });

  it('is read from chunks of any size, also if they split a character', async () => {
    const bytes = new TextEncoder().encode(
      `: hello\n\n${eventOf(going('wäiting for 神隠し'))}${eventOf(RUN)}`,
    );
    for (const size of [1, 7, bytes.length - 1]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.slice(i * size, (i + 1) * size),
      );
      const { told } = await watched(() => stream(...chunks));
      expect(told, `chunks of ${size}`).toEqual(['wäiting for 神隠し', 'succeeded', '(ended)']);
    }
  });

  it('ends when it fails', async () => {
    const { told } = await watched(() => stream(eventOf({ ...RUN, state: 'failed' })));
    expect(told).toEqual(['failed', '(ended)']);
  });

  it('is fetched and watched again if the stream ends early', async () => {
    const answers = [
      () => stream(eventOf(going('copying'))),
      () => Response.json(going('indexing')),
      // an incomplete event is ignored
      () => stream(eventOf(RUN).slice(0, -1)),
      () => Response.json(going('publishing')),
      () => stream(eventOf(RUN)),
    ];
    const { told, asked } = await watched(() => answers.shift()?.() ?? expect.fail('enough'));
    expect(told).toEqual(['copying', 'indexing', 'publishing', 'succeeded', '(ended)']);
    expect(asked.map(({ url }) => url.endsWith('/events'))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('is reported as broken at each failed attempt, whatever the error', async () => {
    const answers = [
      () => Promise.reject(new TypeError('Failed to fetch')),
      () => Response.json({ status: 503, code: 'stopping', detail: 'x' }, { status: 503 }),
      () => stream(eventOf(going('copying')), 'event: run\ndata: {"id":\n\n'),
      () => stream(eventOf(RUN)),
    ];
    const { told } = await watched(() => answers.shift()?.() ?? expect.fail('enough'));
    expect(told).toEqual(['(broken)', '(broken)', 'copying', '(broken)', 'succeeded', '(ended)']);
  });

  it('is not requested any more after the page is left', async () => {
    const stop = new AbortController();
    const { told, asked } = await watched(
      () => stream(eventOf(going('copying'))),
      stop.signal,
      () => stop.abort(),
    );
    expect(told.filter((what) => what !== '(broken)')).toEqual(['copying']);
    expect(asked).toHaveLength(1);
    const { asked: never } = await watched(() => expect.fail('asked'), AbortSignal.abort());
    expect(never).toEqual([]);
  });
});
