import { setTimeout as sleep } from 'node:timers/promises';
import { Health } from '@marquee/contract';
import { freePort } from '@marquee/process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ApiClient, type ApiClientOptions } from './api-client.ts';
import {
  ApiError,
  ApiProblemError,
  ApiUnreachableError,
  InvalidKeyError,
  UnexpectedAnswerError,
} from './errors.ts';
import {
  eventStream,
  problem,
  RUN,
  runEvent,
  serveTestApi,
  type AnswersByPath,
} from './testing.ts';

const RUNNING = { ...RUN, state: 'running', endedAt: null } as const;
const EVENTS = `/runs/${RUN.id}/events`;

async function clientOf(answers: AnswersByPath, options: Partial<ApiClientOptions> = {}) {
  const api = await serveTestApi(answers);
  const client = new ApiClient({
    url: api.url,
    key: undefined,
    signal: new AbortController().signal,
    hints: {
      unreachable: 'Start it: make up.',
      unexpectedAnswer: 'Is another server there?',
      invalidKey: 'Check the key.',
      problem: ({ runId }) => `Watch ${runId ?? 'the run'}.`,
    },
    retryMs: 1,
    ...options,
  });
  return { api, client };
}

/** The error that a promise is rejected with. */
async function errorOf(work: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await work.then(
    () => expect.fail('it did not fail'),
    (cause: unknown) => cause,
  );
  return error instanceof ApiError ? error : expect.fail(`no ApiError: ${String(error)}`);
}

/** Answers once, and then with 404, which ends a watch that did not end by itself. */
function once(answer: () => Response): () => Response {
  const answers = [answer];
  return () => answers.shift()?.() ?? problem({ status: 404 });
}

/** The phases, or else states, in which a watched run is reported. */
async function watched(client: ApiClient): Promise<string[]> {
  const states: string[] = [];
  for await (const { state, phase } of client.watchRun(RUN.id)) states.push(phase ?? state);
  return states;
}

describe('a request', () => {
  it('parses the answer with the schema, and leaves undefined parameters out of the query', async () => {
    const { api, client } = await clientOf({ '/x': { status: 'ok', more: 1 } });
    expect(
      await client.get(Health, '/x', { q: 'a&b=ü', n: 0, is: false, none: undefined }),
    ).toEqual({ status: 'ok' });
    await client.get(Health, '/x');
    expect(api.queriesOf('/x')).toEqual([{ q: 'a&b=ü', n: '0', is: 'false' }, {}]);
    expect(api.requests[1]?.url).toBe('/x');
  });

  it('accepts a base URL with trailing slashes', async () => {
    const { url } = await serveTestApi({ '/x': { status: 'ok' } });
    const { client } = await clientOf({}, { url: `${url}//` });
    expect(client.url).toBe(url);
    expect(await client.get(Health, '/x')).toEqual({ status: 'ok' });
  });

  it('sends the key only if there is one', async () => {
    const { api, client } = await clientOf({ '/x': { status: 'ok' } });
    await client.get(Health, '/x');
    expect(api.requests[0]?.headers.authorization).toBeUndefined();
    const keyed = await clientOf({ '/x': { status: 'ok' } }, { key: 'mq_abc' });
    await keyed.client.get(Health, '/x');
    expect(keyed.api.requests[0]?.headers.authorization).toBe('Bearer mq_abc');
  });

  it('sends a body as JSON, and without a body no content type', async () => {
    const { api, client } = await clientOf({
      'POST /x': { status: 'ok' },
      'DELETE /x': { status: 'ok' },
    });
    await client.send('POST', Health, '/x', { name: 'ü', left: undefined });
    await client.send('DELETE', Health, '/x');
    expect(
      api.requests.map(({ method, headers, body }) => [method, headers['content-type'], body]),
    ).toEqual([
      ['POST', 'application/json', '{"name":"ü"}'],
      ['DELETE', undefined, ''],
    ]);
  });
});

describe('an error', () => {
  it('has the message and code of a problem document, and the hint of the program', async () => {
    const { client } = await clientOf({
      '/x': () =>
        problem({ status: 409, code: 'run-in-progress', detail: 'A run goes.', runId: '0199' }),
    });
    const error = await errorOf(client.get(Health, '/x'));
    expect(error).toBeInstanceOf(ApiProblemError);
    expect(error).toMatchObject({
      code: 'run-in-progress',
      message: 'A run goes.',
      hint: 'Watch 0199.',
    });
  });

  it.each([
    ['a page', () => new Response('<h1>Not Found</h1>', { status: 404 })],
    ['other JSON', () => Response.json({ message: 'Not Found' }, { status: 404 })],
    ['nothing', () => new Response(null, { status: 502 })],
  ])('about another server, which answers with %s, names the request', async (_, answer) => {
    const { api, client } = await clientOf({ '/x': answer, 'POST /x': answer });
    const error = await errorOf(client.get(Health, '/x', { q: 'a' }));
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(error).toMatchObject({ code: 'not-marquee', hint: 'Is another server there?' });
    expect(error.message).toMatch(new RegExp(`GET ${api.url}/x\\?q=a .*\\b(?:404|502)\\b`, 'u'));
    expect((await errorOf(client.send('POST', Health, '/x'))).message).toContain('POST ');
  });

  it.each([
    ['in another format', () => Response.json({ status: 'fine' })],
    ['that is not JSON', () => new Response('ok')],
    ['without a body', () => new Response(null, { status: 204 })],
  ])('is thrown for an answer %s', async (_, answer) => {
    const { client } = await clientOf({ '/x': answer });
    const error = await errorOf(client.get(Health, '/x'));
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(error).toMatchObject({ code: 'not-marquee', hint: 'Is another server there?' });
  });

  it('names the URL if nothing answers there', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { client } = await clientOf({}, { url });
    const error = await errorOf(client.get(Health, '/x'));
    expect(error).toBeInstanceOf(ApiUnreachableError);
    expect(error).toMatchObject({ code: 'unreachable', hint: 'Start it: make up.' });
    expect(error.message).toContain(url);
  });

  it('says that the name of a server has no address', async () => {
    const { client } = await clientOf({}, { url: 'http://films.invalid:3000' });
    const error = await errorOf(client.get(Health, '/x'));
    expect(error).toMatchObject({
      code: 'unreachable',
      hint: 'Is the name right? Then DNS or /etc/hosts has to know its address.',
    });
    expect(error.message).toContain('films.invalid');
  });

  it('says of an invalid URL that nothing answers there', async () => {
    for (const url of ['localhost:3000', 'nonsense', 'ftp://127.0.0.1']) {
      const { client } = await clientOf({}, { url });
      expect(await errorOf(client.get(Health, '/x')), url).toBeInstanceOf(ApiUnreachableError);
    }
  });

  it('reports a key that cannot be sent, without showing it', async () => {
    for (const key of ['mq_abc…', 'mq_abc\nmq_def']) {
      const { api, client } = await clientOf({ '/x': { status: 'ok' } }, { key });
      const error = await errorOf(client.get(Health, '/x'));
      expect(error).toBeInstanceOf(InvalidKeyError);
      expect(error).toMatchObject({ code: 'usage', hint: 'Check the key.' });
      expect(`${error.message}${error.hint ?? ''}`).not.toContain('abc');
      expect(api.requests).toEqual([]);
    }
  });

  it('is an AbortError after Ctrl-C, before an answer or in the middle of one', async () => {
    const stop = new AbortController();
    const { client } = await clientOf(
      {
        '/never': async () => {
          stop.abort();
          return new Promise<Response>(() => undefined);
        },
      },
      { signal: stop.signal },
    );
    await expect(client.get(Health, '/never')).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    const later = new AbortController();
    const half = await clientOf(
      {
        '/half': () =>
          new Response(
            new ReadableStream({ start: (c) => c.enqueue('{"sta') }).pipeThrough(
              new TextEncoderStream(),
            ),
          ),
      },
      { signal: later.signal },
    );
    const request = half.client.get(Health, '/half');
    await expect.poll(() => half.api.requests.length, { interval: 1 }).toBe(1);
    setTimeout(() => later.abort(), 20);
    await expect(request).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});

describe('a watched run', () => {
  it('is reported at each change, until it has ended', async () => {
    const { api, client } = await clientOf(
      {
        [EVENTS]: once(() =>
          eventStream(
            ': hello\n\n',
            runEvent({ ...RUNNING, phase: 'copying' }),
            runEvent({ ...RUNNING, phase: 'publishing' }),
            runEvent(RUN),
            runEvent({ ...RUNNING, phase: 'too late' }),
          ),
        ),
      },
      { key: 'mq_abc' },
    );
    expect(await watched(client)).toEqual(['copying', 'publishing', 'succeeded']);
    expect(api.requests).toHaveLength(1);
    expect(api.requests[0]?.headers).toMatchObject({
      accept: 'text/event-stream',
      authorization: 'Bearer mq_abc',
    });
  });

  it('is parsed whatever the chunks of the stream are, also with the bytes of a character apart', async () => {
    const bytes = Buffer.from(
      runEvent({ ...RUNNING, phase: 'wäiting for 神隠し' }) + runEvent(RUN),
    );
    for (const size of [1, 7, bytes.length - 1]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        Uint8Array.from(bytes.subarray(i * size, (i + 1) * size)),
      );
      const { client } = await clientOf({ [EVENTS]: once(() => eventStream(...chunks)) });
      expect(await watched(client), `chunks of ${size}`).toEqual([
        'wäiting for 神隠し',
        'succeeded',
      ]);
    }
  });

  it('is parsed with either line ending, and without other events', async () => {
    const { client } = await clientOf({
      [EVENTS]: once(() =>
        eventStream(
          'event: ping\r\ndata: {}\r\n\r\n: comment\r\n\r\n',
          runEvent({ ...RUNNING, phase: 'copying' }).replaceAll('\n', '\r\n'),
          runEvent(RUN),
        ),
      ),
    });
    expect(await watched(client)).toEqual(['copying', 'succeeded']);
  });

  it('is requested again if the stream breaks, and while the server fails', async () => {
    const answers = [
      () => eventStream(runEvent({ ...RUNNING, phase: 'copying' })),
      // an incomplete event does not count
      () => eventStream(runEvent(RUN).slice(0, -20)),
      () => problem({ status: 503, code: 'stopping' }),
      () => eventStream(runEvent({ ...RUN, state: 'failed' })),
    ];
    const { api, client } = await clientOf({
      [EVENTS]: () => answers.shift()?.() ?? problem({ status: 404 }),
    });
    expect(await watched(client)).toEqual(['copying', 'failed']);
    expect(api.requests).toHaveLength(4);
  });

  it.each([404, 401])('is given up at once on an answer %d', async (status) => {
    const { api, client } = await clientOf({ [EVENTS]: () => problem({ status }) });
    expect(await errorOf(watched(client))).toMatchObject({ problem: { status } });
    expect(api.requests).toHaveLength(1);
  });

  it('is given up if the API stays unavailable', async () => {
    const { api, client } = await clientOf(
      { [EVENTS]: () => problem({ status: 503, code: 'stopping' }) },
      { maxOutageMs: -1 },
    );
    expect(await errorOf(watched(client))).toMatchObject({ code: 'stopping' });
    expect(api.requests).toHaveLength(1);
  });

  it(
    'is left on Ctrl-C, during an event stream and during the pause before the next',
    { timeout: 30_000 },
    async () => {
      const stop = new AbortController();
      const endless = new ReadableStream<Uint8Array>({
        start: (stream) => stream.enqueue(Buffer.from(runEvent(RUNNING))),
      });
      const { client } = await clientOf(
        { [EVENTS]: () => new Response(endless) },
        { signal: stop.signal },
      );
      const runs = client.watchRun(RUN.id);
      expect((await runs.next()).value).toMatchObject({ state: 'running' });
      stop.abort();
      await expect(runs.next()).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));

      const waiting = new AbortController();
      const ended = await clientOf(
        { [EVENTS]: () => eventStream(runEvent(RUNNING)) },
        { signal: waiting.signal, retryMs: 60_000 },
      );
      const again = ended.client.watchRun(RUN.id);
      await again.next();
      const next = again.next();
      waiting.abort();
      await expect(next).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    },
  );
});

describe('watched events', () => {
  const event = (n: number) => ({
    specversion: '1.0',
    id: `5f0c1a2b-${n}`,
    source: 'urn:marquee',
    type: 'run.ended',
    subject: RUN.id,
    time: '2026-08-15T06:15:00.000Z',
    datacontenttype: 'application/json',
    sequence: String(n),
    data: { ...RUN, runId: RUN.id },
  });
  const frame = (n: number) => `id: 5f0c1a2b-${n}\ndata: ${JSON.stringify(event(n))}\n\n`;

  it('have no end: a stream that breaks goes on after its last event', async () => {
    const streams = [
      eventStream(': \nid: 5f0c1a2b-1\n\n', frame(2), frame(3)),
      eventStream(frame(4)),
    ];
    const { api, client } = await clientOf({
      '/events': ({ headers }) =>
        headers.accept === 'text/event-stream'
          ? (streams.shift() ?? problem({ status: 410, code: 'events-gone' }))
          : Response.json({ items: [], next: null, cursor: '5f0c1a2b-1' }),
    });
    const ids: string[] = [];
    const watching = (async () => {
      for await (const { id } of client.watchEvents('now', { type: 'run.ended' })) ids.push(id);
    })();
    expect(await errorOf(watching)).toMatchObject({ problem: { code: 'events-gone' } });
    expect(ids).toEqual(['5f0c1a2b-2', '5f0c1a2b-3', '5f0c1a2b-4']);
    expect(api.queriesOf('/events')).toEqual([
      { since: 'now', limit: '1' },
      { type: 'run.ended', since: '5f0c1a2b-1' },
      { type: 'run.ended', since: '5f0c1a2b-3' },
      { type: 'run.ended', since: '5f0c1a2b-4' },
    ]);
  });

  it('survive an outage after a long time with comments alone', async () => {
    const maxOutageMs = 500;
    const silent = new ReadableStream<Uint8Array>({
      start: async (stream) => {
        for (let ms = 0; ms <= maxOutageMs; ms += 50) {
          stream.enqueue(Buffer.from(`: \nid: 5f0c1a2b-${ms}\n\n`));
          await sleep(50);
        }
        stream.close();
      },
    });
    const answers = [
      () => new Response(silent),
      () => problem({ status: 503, code: 'stopping' }),
      () => eventStream(frame(502)),
    ];
    const { api, client } = await clientOf(
      { '/events': () => answers.shift()?.() ?? problem({ status: 404 }) },
      { maxOutageMs },
    );
    const events = client.watchEvents('5f0c1a2b-0', {});
    expect((await events.next()).value).toMatchObject({ id: '5f0c1a2b-502' });
    // the events after the first id may no longer be kept
    expect(api.queriesOf('/events').at(-1)).toEqual({ since: '5f0c1a2b-500' });
  });
});

it('encodes an arbitrary id as one segment of the path', async () => {
  const { api, client } = await clientOf({});
  await errorOf(client.watchRun('../keys?x').next());
  expect(api.requests[0]?.url).toBe('/runs/..%2Fkeys%3Fx/events');
});

it('accepts schemas of any kind', async () => {
  const { client } = await clientOf({ '/x': [1, 2] });
  expect(await client.get(z.array(z.int()), '/x')).toEqual([1, 2]);
});

describe('too many requests', () => {
  const LATER = (seconds: string) => () => {
    const answer = problem({ status: 429, code: 'too-many-requests', detail: 'Too many.' });
    answer.headers.set('retry-after', seconds);
    return answer;
  };

  it('are waited for as long as the API says, also by a watch', async () => {
    const waits: number[] = [];
    const answers = [LATER('1'), () => Response.json({ status: 'ok' })];
    const events = [LATER('1'), () => eventStream(runEvent(RUN))];
    const { client } = await clientOf(
      {
        '/health/live': () => answers.shift()?.() ?? problem({ status: 500 }),
        [EVENTS]: () => events.shift()?.() ?? problem({ status: 404 }),
      },
      { onRateLimit: (seconds) => waits.push(seconds) },
    );
    expect(await client.get(Health, '/health/live')).toEqual({ status: 'ok' });
    expect(await watched(client)).toEqual(['succeeded']);
    expect(waits).toEqual([1, 1]);
  });

  it('are an error if the wait is too long', async () => {
    const { client, api } = await clientOf({ '/health/live': LATER('3600') });
    expect(await errorOf(client.get(Health, '/health/live'))).toMatchObject({
      code: 'too-many-requests',
      message: 'Too many.',
    });
    expect(api.requests).toHaveLength(1);
  });
});

it('streams a list as it is, with its query', async () => {
  const { client, api } = await clientOf({ '/titles': () => new Response('id\ntt1\n') });
  const body = await client.stream('/titles', { format: 'csv', after: undefined });
  expect(await new Response(body).text()).toBe('id\ntt1\n');
  expect(api.queriesOf('/titles')).toEqual([{ format: 'csv' }]);
});

it('reports each fault once, by the name that its reader knows', async () => {
  const faults = [
    { where: 'titleType', what: 'unknown' },
    { where: 'genre', what: 'unknown' },
  ];
  const detail = 'Invalid request: titleType: unknown; genre: unknown.';
  const { client } = await clientOf(
    { '/titles': () => problem({ status: 400, code: 'bad-input', detail, faults }) },
    {
      hints: {
        unreachable: '',
        unexpectedAnswer: '',
        invalidKey: '',
        problem: () => null,
        parameter: (name) => (name === 'titleType' ? '--type' : name),
      },
    },
  );
  expect((await errorOf(client.get(Health, '/titles'))).message).toBe(
    '--type: unknown\ngenre: unknown',
  );
});
