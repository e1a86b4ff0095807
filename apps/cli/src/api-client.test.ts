import { Health } from '@marquee/contract';
import { freePort } from '@marquee/process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ApiClient, type ApiClientOptions } from './api-client.ts';
import { CliFault, Refused } from './faults.ts';
import { RUN } from './testing/answers.ts';
import { eventStream, problem, serveApi, type AnswersByPath } from './testing/served-api.ts';

const GOING = { ...RUN, state: 'running', endedAt: null } as const;
const EVENTS = `/runs/${RUN.id}/events`;

async function clientOf(answers: AnswersByPath, options: Partial<ApiClientOptions> = {}) {
  const api = await serveApi(answers);
  const client = new ApiClient({
    url: api.url,
    key: undefined,
    signal: new AbortController().signal,
    make: (target) => `make ${target}`,
    toStart: 'Start it: make up.',
    againMs: 1,
    ...options,
  });
  return { api, client };
}

/** The fault that a promise is rejected with. */
async function faultOf(work: Promise<unknown>): Promise<CliFault> {
  const error: unknown = await work.then(
    () => expect.fail('it did not fail'),
    (cause: unknown) => cause,
  );
  return error instanceof CliFault ? error : expect.fail(`no CliFault: ${String(error)}`);
}

/** Answers once, and with 404 from then on: what is watched in vain ends so. */
function once(answer: () => Response): () => Response {
  const answers = [answer];
  return () => answers.shift()?.() ?? problem({ status: 404 });
}

/** The states that are told of a run which is watched. */
async function watched(client: ApiClient): Promise<string[]> {
  const states: string[] = [];
  for await (const { state, phase } of client.watch(RUN.id)) states.push(phase ?? state);
  return states;
}

function eventOf(run: object): string {
  return `event: run\nid: 1\ndata: ${JSON.stringify(run)}\n\n`;
}

describe('asking', () => {
  it('reads the answer by its shape, and leaves out of the query what is not given', async () => {
    const { api, client } = await clientOf({ '/x': { status: 'ok', more: 1 } });
    expect(
      await client.get(Health, '/x', { q: 'a&b=ü', n: 0, is: false, none: undefined }),
    ).toEqual({ status: 'ok' });
    await client.get(Health, '/x');
    expect(api.queriesOf('/x')).toEqual([{ q: 'a&b=ü', n: '0', is: 'false' }, {}]);
    expect(api.asked[1]?.url).toBe('/x');
  });

  it('takes an address with slashes at its end', async () => {
    const { url } = await serveApi({ '/x': { status: 'ok' } });
    const { client } = await clientOf({}, { url: `${url}//` });
    expect(client.url).toBe(url);
    expect(await client.get(Health, '/x')).toEqual({ status: 'ok' });
  });

  it('sends a key where there is one, and none where there is none', async () => {
    const { api, client } = await clientOf({ '/x': { status: 'ok' } });
    await client.get(Health, '/x');
    expect(api.asked[0]?.headers.authorization).toBeUndefined();
    const keyed = await clientOf({ '/x': { status: 'ok' } }, { key: 'mq_abc' });
    await keyed.client.get(Health, '/x');
    expect(keyed.api.asked[0]?.headers.authorization).toBe('Bearer mq_abc');
  });

  it('sends a body as JSON, and no content type without one', async () => {
    const { api, client } = await clientOf({
      'POST /x': { status: 'ok' },
      'DELETE /x': { status: 'ok' },
    });
    await client.send('POST', Health, '/x', { name: 'ü', left: undefined });
    await client.send('DELETE', Health, '/x');
    expect(
      api.asked.map(({ method, headers, body }) => [method, headers['content-type'], body]),
    ).toEqual([
      ['POST', 'application/json', '{"name":"ü"}'],
      ['DELETE', undefined, ''],
    ]);
  });
});

describe('a fault', () => {
  it('is the refusal that a problem document tells', async () => {
    const { client } = await clientOf({
      '/x': () =>
        problem({ status: 409, code: 'run-in-progress', detail: 'A run goes.', runId: '0199' }),
    });
    const fault = await faultOf(client.get(Health, '/x'));
    expect(fault).toBeInstanceOf(Refused);
    expect(fault).toMatchObject({ exitCode: 5, code: 'run-in-progress', message: 'A run goes.' });
    expect(fault.hint).toContain('0199');
  });

  it.each([
    ['a page', () => new Response('<h1>Not Found</h1>', { status: 404 })],
    ['other JSON', () => Response.json({ message: 'Not Found' }, { status: 404 })],
    ['nothing', () => new Response(null, { status: 502 })],
  ])('of another server, which answers with %s, says what was asked', async (_, answer) => {
    const { api, client } = await clientOf({ '/x': answer, 'POST /x': answer });
    const fault = await faultOf(client.get(Health, '/x', { q: 'a' }));
    expect(fault).toMatchObject({ exitCode: 1, code: 'not-marquee' });
    expect(fault.message).toMatch(new RegExp(`GET ${api.url}/x\\?q=a .*\\b(?:404|502)\\b`, 'u'));
    expect(fault.hint).toContain('--url');
    expect((await faultOf(client.send('POST', Health, '/x'))).message).toContain('POST ');
  });

  it.each([
    ['of another shape', () => Response.json({ status: 'fine' })],
    ['that is no JSON', () => new Response('ok')],
    ['of nothing', () => new Response(null, { status: 204 })],
  ])('is an answer %s', async (_, answer) => {
    const { client } = await clientOf({ '/x': answer });
    const fault = await faultOf(client.get(Health, '/x'));
    expect(fault).toMatchObject({ exitCode: 1, code: 'not-marquee' });
    expect(fault.hint).toContain('marquee doctor');
  });

  it('is that nothing answers: 4, and what to start', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { client } = await clientOf({}, { url });
    const fault = await faultOf(client.get(Health, '/x'));
    expect(fault).toMatchObject({ exitCode: 4, code: 'unreachable' });
    expect(fault.message).toContain(url);
    expect(fault.hint).toMatch(/Start it: make up\..*--url.*MARQUEE_URL/u);
  });

  it('is an address that is none', async () => {
    for (const url of ['localhost:3000', 'nonsense', 'ftp://127.0.0.1']) {
      const { client } = await clientOf({}, { url });
      expect(await faultOf(client.get(Health, '/x')), url).toMatchObject({ exitCode: 4 });
    }
  });

  it('is a key that cannot be sent, of which nothing is told', async () => {
    for (const key of ['mq_abc…', 'mq_abc\nmq_def']) {
      const { api, client } = await clientOf({ '/x': { status: 'ok' } }, { key });
      const fault = await faultOf(client.get(Health, '/x'));
      expect(fault).toMatchObject({ exitCode: 2, code: 'usage' });
      expect(`${fault.message}${fault.hint ?? ''}`).not.toContain('abc');
      expect(api.asked).toEqual([]);
    }
  });

  it('is none of these where Ctrl-C has ended it, before or in the middle of an answer', async () => {
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
    const asked = half.client.get(Health, '/half');
    await expect.poll(() => half.api.asked.length, { interval: 1 }).toBe(1);
    setTimeout(() => later.abort(), 20);
    await expect(asked).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});

describe('a run that is watched', () => {
  it('is told at each change, until it has ended', async () => {
    const { api, client } = await clientOf(
      {
        [EVENTS]: once(() =>
          eventStream(
            ': hello\n\n',
            eventOf({ ...GOING, phase: 'copying' }),
            eventOf({ ...GOING, phase: 'publishing' }),
            eventOf(RUN),
            eventOf({ ...GOING, phase: 'too late' }),
          ),
        ),
      },
      { key: 'mq_abc' },
    );
    expect(await watched(client)).toEqual(['copying', 'publishing', 'succeeded']);
    expect(api.asked).toHaveLength(1);
    expect(api.asked[0]?.headers).toMatchObject({
      accept: 'text/event-stream',
      authorization: 'Bearer mq_abc',
    });
  });

  it('is read whatever chunks the stream comes in, bytes of a character apart too', async () => {
    const bytes = Buffer.from(eventOf({ ...GOING, phase: 'wäiting for 神隠し' }) + eventOf(RUN));
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

  it('is read with either ends of lines, and without what is no event of a run', async () => {
    const { client } = await clientOf({
      [EVENTS]: once(() =>
        eventStream(
          'event: ping\r\ndata: {}\r\n\r\n: comment\r\n\r\n',
          eventOf({ ...GOING, phase: 'copying' }).replaceAll('\n', '\r\n'),
          eventOf(RUN),
        ),
      ),
    });
    expect(await watched(client)).toEqual(['copying', 'succeeded']);
  });

  it('is asked for anew where the line breaks, and where the server fails for a while', async () => {
    const answers = [
      () => eventStream(eventOf({ ...GOING, phase: 'copying' })),
      // an event that is cut off is none
      () => eventStream(eventOf(RUN).slice(0, -20)),
      () => problem({ status: 503, code: 'stopping' }),
      () => eventStream(eventOf({ ...RUN, state: 'failed' })),
    ];
    const { api, client } = await clientOf({
      [EVENTS]: () => answers.shift()?.() ?? problem({ status: 404 }),
    });
    expect(await watched(client)).toEqual(['copying', 'failed']);
    expect(api.asked).toHaveLength(4);
  });

  it.each([
    [404, 3],
    [401, 5],
  ])('is given up at once on an answer %d', async (status, exitCode) => {
    const { api, client } = await clientOf({ [EVENTS]: () => problem({ status }) });
    expect(await faultOf(watched(client))).toMatchObject({ exitCode });
    expect(api.asked).toHaveLength(1);
  });

  it('is given up where the API stays away', async () => {
    const { api, client } = await clientOf(
      { [EVENTS]: () => problem({ status: 503, code: 'stopping' }) },
      { awayMs: -1 },
    );
    expect(await faultOf(watched(client))).toMatchObject({ code: 'stopping', exitCode: 1 });
    expect(api.asked).toHaveLength(1);
  });

  it(
    'is left on Ctrl-C, while it is told and while it is waited for',
    { timeout: 30_000 },
    async () => {
      const stop = new AbortController();
      const endless = new ReadableStream<Uint8Array>({
        start: (stream) => stream.enqueue(Buffer.from(eventOf(GOING))),
      });
      const { client } = await clientOf(
        { [EVENTS]: () => new Response(endless) },
        { signal: stop.signal },
      );
      const runs = client.watch(RUN.id);
      expect((await runs.next()).value).toMatchObject({ state: 'running' });
      stop.abort();
      await expect(runs.next()).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));

      const waiting = new AbortController();
      const ended = await clientOf(
        { [EVENTS]: () => eventStream(eventOf(GOING)) },
        { signal: waiting.signal, againMs: 60_000 },
      );
      const again = ended.client.watch(RUN.id);
      await again.next();
      const next = again.next();
      waiting.abort();
      await expect(next).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    },
  );
});

it('encodes an id that somebody made up into one part of the path', async () => {
  const { api, client } = await clientOf({});
  await faultOf(client.watch('../keys?x').next());
  expect(api.asked[0]?.url).toBe('/runs/..%2Fkeys%3Fx/events');
});

it('takes shapes of any kind', async () => {
  const { client } = await clientOf({ '/x': [1, 2] });
  expect(await client.get(z.array(z.int()), '/x')).toEqual([1, 2]);
});
