import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { getJson, expectOk, authHeaders, isUnreachable, postJson, ApiError } from './api-client.ts';
import { storeKey, sessionKey } from './session-key.ts';
import { stubFetch } from './testing/stub-fetch.ts';

const PROBLEM = { status: 409, code: 'updated-today', detail: 'It was done today.', hint: 'Wait.' };

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  });
  onTestFinished(() => void vi.unstubAllGlobals());
});

async function refusalOf(response: Response): Promise<ApiError['problem']> {
  const error: unknown = await expectOk(response).then(
    () => expect.fail('it was good'),
    (cause: unknown) => cause,
  );
  return error instanceof ApiError ? error.problem : expect.fail(String(error));
}

describe('a key', () => {
  it('is kept until it is forgotten, and sent with each request', () => {
    expect([sessionKey(), authHeaders()]).toEqual([null, {}]);
    storeKey('mq_abc');
    expect([sessionKey(), authHeaders()]).toEqual(['mq_abc', { authorization: 'Bearer mq_abc' }]);
    storeKey('mq_def');
    expect(sessionKey()).toBe('mq_def');
    storeKey(null);
    expect([sessionKey(), authHeaders()]).toEqual([null, {}]);
  });
});

describe('a request', () => {
  it('asks for JSON, with the key and what ends it', async () => {
    storeKey('mq_abc');
    const asked = stubFetch(() => Response.json({ items: [], next: null }));
    const stop = new AbortController();
    expect(await getJson('runs', '/runs?limit=1', stop.signal)).toEqual({ items: [], next: null });
    expect(asked).toEqual([
      {
        url: '/runs?limit=1',
        method: 'GET',
        headers: { accept: 'application/json', authorization: 'Bearer mq_abc' },
        body: null,
        signal: stop.signal,
      },
    ]);
  });

  it('that is an order sends JSON, an empty object too', async () => {
    const asked = stubFetch(() => Response.json({ id: '1', url: '/runs/1' }, { status: 202 }));
    expect(await postJson('accepted', '/updatedata', { force: true })).toEqual({
      id: '1',
      url: '/runs/1',
    });
    await postJson('run', '/runs/1/cancel');
    expect(asked).toMatchObject([
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"force":true}',
      },
      { method: 'POST', body: '{}' },
    ]);
  });

  it('fails as the API says, whichever it is', async () => {
    stubFetch(() => Response.json(PROBLEM, { status: 409 }));
    await expect(getJson('runs', '/runs')).rejects.toThrow('It was done today.');
    await expect(postJson('run', '/runs/1/cancel')).rejects.toThrow(ApiError);
  });

  it('fails as it is where there is no answer', async () => {
    stubFetch(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(getJson('runs', '/runs')).rejects.toThrow(TypeError);
  });
});

describe('a refusal', () => {
  it('is what the problem document says', async () => {
    expect(await refusalOf(Response.json(PROBLEM, { status: 409 }))).toEqual(PROBLEM);
  });

  it.each([
    ['a page', () => new Response('<h1>Bad Gateway</h1>', { status: 502 })],
    ['nothing', () => new Response(null, { status: 502 })],
    ['other JSON', () => Response.json({ error: 'x' }, { status: 502 })],
    ['null', () => Response.json(null, { status: 502 })],
  ])('of somebody else, with %s, tells the status', async (_, response) => {
    const problem = await refusalOf(response());
    expect(problem).toMatchObject({ status: 502, code: 'unknown' });
    expect(problem.detail).toContain('502');
  });

  it('is none of an answer that is good', async () => {
    for (const status of [200, 202, 204]) {
      const response = new Response(null, { status });
      expect(await expectOk(response)).toBe(response);
    }
  });
});

describe('whether the server is out of reach', () => {
  const refusal = (status: number, code: string) =>
    new ApiError({ status, code, detail: 'x', hint: 'x' });

  it.each([
    ['no network', new TypeError('Failed to fetch'), true],
    ['a proxy without it', refusal(502, 'unknown'), true],
    ['a proxy that waited in vain', refusal(504, 'unknown'), true],
    ['a database that is away', refusal(503, 'unavailable'), true],
    ['a server that stops', refusal(503, 'stopping'), true],
    // these are its own answers
    ['a server that has too much to do', refusal(503, 'overloaded'), false],
    ['a fault of the server', refusal(500, 'unknown'), false],
    ['a missing title', refusal(404, 'not-found'), false],
    ['a page that is no JSON', new SyntaxError('Unexpected token'), false],
    ['nothing wrong', null, false],
  ])('%s: %j, %s', (_, error, expected) => {
    expect(isUnreachable(error)).toBe(expected);
  });
});
