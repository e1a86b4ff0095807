import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { AuditPage, NewKey, Problem, Session, type KeyRequest } from '@marquee/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { bearer, send } from './raw-request.ts';
import { useSharedSystem } from './system.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const TITLE = '/titles/tt0000001';

const system = useSharedSystem(() => ({
  workers: false,
  // what is seen within a test is what was notified: no poll comes in between
  timings: { watchPollMs: 3_600_000, watchSilentMs: 3_600_000 },
  api: {
    API_PUBLISHED_ON: '0.0.0.0',
    API_ADMIN_KEY: ADMIN,
    CORS_ORIGINS: 'https://films.example.org',
    TRUSTED_PROXIES: '127.0.0.1',
  },
}));
beforeAll(async () => {
  await system.query(
    `insert into imdb.title_basics values ('tt0000001', 'movie', 'The Long Winter', 'The Long Winter', false, 1977, null, 104, '{Drama}')`,
  );
});

async function makeKey(role: KeyRequest['role']): Promise<NewKey> {
  const body = JSON.stringify({ name: randomUUID(), role });
  return NewKey.parse(JSON.parse((await send(system, 'POST', '/keys', bearer(ADMIN), body)).text));
}

async function problemOf(
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<Problem> {
  return Problem.parse(JSON.parse((await send(system, method, path, headers)).text));
}

const RUN = '0199bbbb-0000-7000-8000-000000000000';

/** Signs in as the site does. */
async function signIn(key: string, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ key });
  const answer = await send(system, 'POST', '/session', headers, body);
  const [setCookie = ''] = (answer.headers['set-cookie'] ?? []) as string[];
  const [cookie = ''] = setCookie.split(';');
  const limit = String(answer.headers['ratelimit']);
  return { status: answer.status, text: answer.text, setCookie, cookie, limit };
}

describe('a session', () => {
  it('signs a browser in with a key, whose cookie is good for reading, streams and changes', async () => {
    const { name, secret } = await makeKey('operator');
    const { status, text, cookie, setCookie } = await signIn(secret);
    expect({ status, session: Session.parse(JSON.parse(text)) }).toEqual({
      status: 200,
      session: {
        role: 'operator',
        name,
        isPerson: false,
        provider: null,
        reading: 'keyed',
        operating: 'keyed',
        mayOperate: true,
      },
    });
    expect(setCookie).toMatch(
      /^marquee_session=[\w-]{43}; Path=\/; Max-Age=7776000; HttpOnly; SameSite=Strict$/u,
    );
    expect((await signIn(secret, { 'x-forwarded-proto': 'https' })).setCookie).toMatch(
      /; Secure$/u,
    );
    expect((await send(system, 'GET', '/session', { cookie })).text).toBe(text);
    const read = await send(system, 'GET', TITLE, { cookie });
    expect(read).toMatchObject({
      status: 200,
      headers: {
        'cache-control': expect.stringContaining('private') as string,
        vary: expect.stringContaining('Cookie') as string,
      },
    });
    expect((await send(system, 'GET', '/titles?format=csv&limit=1', { cookie })).status).toBe(200);
    await system.query(
      `insert into ingest.run (id, kind, state, datasets, ended_at) values ($1::uuid, 'load', 'failed', '{title.crew}', now())`,
      [RUN],
    );
    const events = await send(system, 'GET', `/runs/${RUN}/events`, { cookie });
    expect(events).toMatchObject({
      status: 200,
      text: expect.stringContaining('event: run') as string,
    });
    await system.query('delete from ingest.run where id = $1::uuid', [RUN]);
    // a change is audited under the key's name
    expect(await problemOf('POST', '/run-loader', { cookie, origin: system.apiUrl })).toMatchObject(
      { status: 409, code: 'no-snapshot' },
    );
    const audit = await send(system, 'GET', '/audit?limit=1', bearer(ADMIN));
    expect(AuditPage.parse(JSON.parse(audit.text)).items).toMatchObject([
      { path: '/run-loader', keyName: name },
    ]);
    expect(await problemOf('GET', '/keys', { cookie, origin: system.apiUrl })).toMatchObject({
      status: 403,
      code: 'role-too-low',
    });
  });

  it('does not take a session for a change that a page of another website asks for', async () => {
    const { cookie } = await signIn(ADMIN);
    const post = async (headers: Record<string, string>) =>
      (await send(system, 'POST', '/run-loader', { cookie, ...headers })).status;
    expect(await post({ origin: 'https://evil.example' })).toBe(403);
    expect(await post({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await post({ 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' })).toBe(403);
    // one that may use the API with a key, and a program that does not say where it comes from
    expect(await post({ origin: 'https://films.example.org' })).toBe(401);
    expect(await post({})).toBe(401);
    expect(await post({ 'sec-fetch-site': 'same-origin' })).toBe(409);
    const signInFrom = async (origin: string) =>
      (await send(system, 'POST', '/session', { origin }, JSON.stringify({ key: ADMIN }))).status;
    expect(await signInFrom('https://evil.example')).toBe(403);
    expect(await signInFrom(system.apiUrl)).toBe(200);
  });

  it('ends a session with its key, on sign-out and by time, and survives a restart', async () => {
    const { id, secret } = await makeKey('reader');
    const [first, second, third] = [
      await signIn(secret),
      await signIn(secret),
      await signIn(secret),
    ];
    const roleOf = async (headers: Record<string, string>) =>
      Session.parse(JSON.parse((await send(system, 'GET', '/session', headers)).text)).role;
    const tokens = await system.query('select encode(hash, $1::text) as hash from access.session', [
      'base64',
    ]);
    expect(JSON.stringify(tokens)).not.toContain(first.cookie.split('=')[1]);
    await system.stopApi();
    await system.startApi();
    for (const { cookie } of [first, second, third])
      expect(await roleOf({ cookie })).toBe('reader');

    const out = await send(system, 'DELETE', '/session', { cookie: first.cookie });
    expect(out).toMatchObject({ status: 204 });
    expect(String(out.headers['set-cookie'])).toMatch(/^marquee_session=; Path=\/; Max-Age=0/u);
    expect(await roleOf({ cookie: first.cookie })).toBeNull();
    expect(await problemOf('GET', TITLE, { cookie: first.cookie })).toMatchObject({
      status: 401,
      code: 'key-needed',
    });
    await system.query(
      `update access.session set expires_at = now() - interval '1 s' where encode(hash, 'base64') = $1::text`,
      [
        createHash('sha256')
          .update(third.cookie.split('=')[1] ?? '')
          .digest('base64'),
      ],
    );
    await expect.poll(async () => roleOf({ cookie: third.cookie }), { interval: 5 }).toBeNull();
    expect(await roleOf({ cookie: second.cookie })).toBe('reader');
    await send(system, 'DELETE', `/keys/${id}`, bearer(ADMIN));
    expect(await roleOf({ cookie: second.cookie })).toBeNull();
    expect(await roleOf({ cookie: `marquee_session=${'x'.repeat(43)}` })).toBeNull();
    expect(await roleOf({})).toBeNull();
    // a key in a header is preferred
    expect(await roleOf({ cookie: second.cookie, ...bearer(ADMIN) })).toBe('admin');
  });

  it('is of keys alone where no identity provider is set', async () => {
    for (const path of ['/sign-in/start', '/sign-in/callback?code=1&state=1'])
      expect(await problemOf('GET', path, {})).toMatchObject({ status: 404, code: 'no-provider' });
    const { cookie } = await signIn(ADMIN);
    const out = await send(system, 'POST', '/sign-out', { cookie, origin: system.apiUrl });
    expect(out).toMatchObject({ status: 200, text: '{"provider":null}' });
    expect((await send(system, 'GET', TITLE, { cookie })).status).toBe(401);
  });

  it('signs nobody in with a wrong key, and counts the tries by address', async () => {
    const { id, secret } = await makeKey('reader');
    await send(system, 'DELETE', `/keys/${id}`, bearer(ADMIN));
    const tries: [string, string][] = [
      [secret, 'key-revoked'],
      [`mq_${'x'.repeat(43)}`, 'key-unknown'],
      ['hunter2', 'key-unknown'],
    ];
    for (const [i, [key, code]] of tries.entries()) {
      const answer = await signIn(key, { 'x-forwarded-for': '192.0.2.40' });
      expect(answer).toMatchObject({ status: 401, setCookie: '' });
      expect(Problem.parse(JSON.parse(answer.text)).code).toBe(code);
      expect(answer.limit).toContain(`r=${599 - i};`);
    }
  });
});
