import { describe, expect, it } from 'vitest';
import { getJson, expectOk, isUnreachable, postJson, ApiError } from './api-client.ts';
import { stubFetch } from './testing/stub-fetch.ts';

const PROBLEM = { status: 409, code: 'updated-today', detail: 'It was done today.', hint: 'Wait.' };

async function problemOf(response: Response): Promise<ApiError['problem']> {
  const error: unknown = await expectOk(response).then(
    () => expect.fail('it was accepted'),
    (cause: unknown) => cause,
  );
  return error instanceof ApiError ? error.problem : expect.fail(String(error));
}

describe('a request', () => {
  it('accepts JSON and sends an abort signal', async () => {
    const asked = stubFetch(() => Response.json({ items: [], next: null }));
    const stop = new AbortController();
    expect(await getJson('runs', '/runs?limit=1', stop.signal)).toEqual({ items: [], next: null });
    expect(asked).toEqual([
      {
        url: '/runs?limit=1',
        method: 'GET',
        headers: { accept: 'application/json' },
        body: null,
        signal: stop.signal,
      },
    ]);
  });

  it('of method POST sends JSON, by default an empty object', async () => {
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

  it('fails with the error of the API, for GET and POST', async () => {
    stubFetch(() => Response.json(PROBLEM, { status: 409 }));
    await expect(getJson('runs', '/runs')).rejects.toThrow('It was done today.');
    await expect(postJson('run', '/runs/1/cancel')).rejects.toThrow(ApiError);
  });

  it('fails with a TypeError if there is no response', async () => {
    stubFetch(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(getJson('runs', '/runs')).rejects.toThrow(TypeError);
  });
});

describe('an error response', () => {
  it('has the fields of the problem document', async () => {
    expect(await problemOf(Response.json(PROBLEM, { status: 409 }))).toEqual(PROBLEM);
  });

  it.each([
    ['a page', () => new Response('<h1>Bad Gateway</h1>', { status: 502 })],
    ['nothing', () => new Response(null, { status: 502 })],
    ['other JSON', () => Response.json({ error: 'x' }, { status: 502 })],
    ['null', () => Response.json(null, { status: 502 })],
  ])('of something in between, with %s, names the status', async (_, response) => {
    const problem = await problemOf(response());
    expect(problem).toMatchObject({ status: 502, code: 'unknown' });
    expect(problem.detail).toContain('502');
  });

  it('is not raised for a successful response', async () => {
    for (const status of [200, 202, 204]) {
      const response = new Response(null, { status });
      expect(await expectOk(response)).toBe(response);
    }
  });
});

describe('whether the server is unreachable', () => {
  const errorOf = (status: number, code: string) =>
    new ApiError({ status, code, detail: 'x', hint: 'x' });

  it.each([
    ['no network', new TypeError('Failed to fetch'), true],
    ['a proxy that cannot connect', errorOf(502, 'unknown'), true],
    ['a proxy that timed out', errorOf(504, 'unknown'), true],
    ['an unavailable database', errorOf(503, 'unavailable'), true],
    ['a stopping server', errorOf(503, 'stopping'), true],
    // responses of the server itself
    ['an overloaded server', errorOf(503, 'overloaded'), false],
    ['an internal error', errorOf(500, 'unknown'), false],
    ['a missing title', errorOf(404, 'not-found'), false],
    ['a response that is not JSON', new SyntaxError('Unexpected token'), false],
    ['no error', null, false],
  ])('%s: %j, %s', (_, error, expected) => {
    expect(isUnreachable(error)).toBe(expected);
  });
});
