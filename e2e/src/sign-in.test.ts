import { createHash, randomBytes } from 'node:crypto';
import { ApiConfig, startApi } from '@marquee/api';
import { AuditPage, Problem, Session, SignedOut } from '@marquee/contract';
import { createLog, freePort } from '@marquee/process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bearer, send, type RawResponse } from './raw-request.ts';
import { useSite } from './site.ts';
import { useSharedSystem } from './system.ts';
import { CLIENT, signInAt, TestProvider } from './test-provider.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const PUBLIC = 'https://films.example.org';
const providerPort = await freePort();
const ISSUER = `http://127.0.0.1:${providerPort}`;

const SETTINGS = {
  API_PUBLISHED_ON: '0.0.0.0',
  API_NAMES: 'films.example.org',
  API_ADMIN_KEY: ADMIN,
  OIDC_ISSUER: ISSUER,
  OIDC_CLIENT_ID: CLIENT.id,
  OIDC_CLIENT_SECRET: CLIENT.secret,
  OIDC_SCOPES: 'openid profile groups',
  OIDC_ROLES: 'staff=reader,film-crew=operator,film-admins=admin',
};

const system = useSharedSystem(() => ({ workers: false, roles: true, api: SETTINGS }));
let provider: TestProvider;
beforeAll(async () => {
  provider = await TestProvider.start(providerPort, [PUBLIC]);
});
afterAll(async () => provider.stop());
afterEach(() => {
  provider.fault = null;
});

/** As a proxy that ends TLS passes a browser's request on. */
const HOST = { host: 'films.example.org' };
const OWN_PAGE = { ...HOST, origin: PUBLIC };

/** A cookie that an answer sets, as it is sent back; empty if it is taken away. */
function cookieOf({ headers }: RawResponse, name: string): string {
  const set = (headers['set-cookie'] ?? []) as string[];
  const [cookie = ''] = (set.findLast((one) => one.startsWith(`${name}=`)) ?? '').split(';');
  return cookie === `${name}=` ? '' : cookie;
}
const SESSION = '__Host-marquee_person';
const PENDING = '__Host-marquee_sign_in';

const locationOf = ({ headers }: RawResponse) => String(headers['location']);
const problemOf = ({ text }: RawResponse) => Problem.parse(JSON.parse(text));

async function start(returnTo = '/data') {
  const query = new URLSearchParams({ return_to: returnTo }).toString();
  const answer = await send(system, 'GET', `/sign-in/start?${query}`, HOST);
  return { answer, url: locationOf(answer), cookie: cookieOf(answer, PENDING) };
}

/** The browser comes back from the provider. */
async function comeBack(url: string, headers: Record<string, string>) {
  const { pathname, search } = new URL(url);
  return send(system, 'GET', pathname + search, { ...HOST, ...headers });
}

async function signIn(login: string, returnTo?: string): Promise<RawResponse> {
  const { url, cookie } = await start(returnTo);
  return comeBack(await signInAt(url, login), { cookie });
}

async function sessionOf(headers: Record<string, string>, at = system.apiUrl): Promise<Session> {
  const { text } = await send({ apiUrl: at }, 'GET', '/session', { ...HOST, ...headers });
  return Session.parse(JSON.parse(text));
}

describe('a person', () => {
  it('signs in with the provider, operates by their groups, and signs out', async () => {
    const { answer, url } = await start();
    expect(answer.status).toBe(303);
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      client_id: CLIENT.id,
      response_type: 'code',
      redirect_uri: `${PUBLIC}/sign-in/callback`,
      code_challenge_method: 'S256',
      nonce: expect.any(String) as string,
    });
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-marquee_sign_in=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/u,
      ),
    ]);

    const signedIn = await signIn('ada', '/data?tab=runs');
    expect(signedIn).toMatchObject({
      status: 303,
      headers: { location: `${PUBLIC}/data?tab=runs`, 'cache-control': 'no-store' },
    });
    expect(String(signedIn.headers['set-cookie'])).toMatch(
      /__Host-marquee_person=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax; Secure/u,
    );
    expect(cookieOf(signedIn, PENDING)).toBe('');
    const cookie = cookieOf(signedIn, SESSION);
    expect(await sessionOf({ cookie })).toMatchObject({
      role: 'operator',
      name: 'ada of the films',
      isPerson: true,
      provider: `127.0.0.1:${providerPort}`,
      mayOperate: true,
    });
    const change = await send(system, 'POST', '/run-loader', { ...OWN_PAGE, cookie });
    expect(problemOf(change)).toMatchObject({ status: 409, code: 'no-snapshot' });
    expect(problemOf(await send(system, 'GET', '/keys', { ...HOST, cookie }))).toMatchObject({
      status: 403,
      code: 'role-too-low',
    });
    const audit = await send(system, 'GET', '/audit?limit=2', { ...HOST, ...bearer(ADMIN) });
    const ada = { keyName: 'ada of the films', issuer: ISSUER, subject: 'ada', keyId: null };
    expect(AuditPage.parse(JSON.parse(audit.text)).items).toMatchObject([
      { method: 'POST', path: '/run-loader', ...ada, status: 409 },
      { method: 'SIGN-IN', path: '/sign-in/callback', ...ada, asked: { role: 'operator' } },
    ]);
    // a hash, and nothing of a token
    const token = cookie.replace(`${SESSION}=`, '');
    const rows = await system.query(
      `select encode(hash, 'base64') as hash, s::text as row from access.person_session s`,
    );
    expect(rows[0]).toMatchObject({
      hash: createHash('sha256').update(token).digest('base64'),
      row: expect.not.stringMatching(/eyJ/u) as string,
    });

    const out = await send(system, 'POST', '/sign-out', { ...OWN_PAGE, cookie });
    expect(out.status).toBe(200);
    const { provider: providerUrl } = SignedOut.parse(JSON.parse(out.text));
    expect(new URL(providerUrl ?? '').origin).toBe(ISSUER);
    expect(Object.fromEntries(new URL(providerUrl ?? '').searchParams)).toEqual({
      client_id: CLIENT.id,
      post_logout_redirect_uri: `${PUBLIC}/`,
    });
    expect((await fetch(providerUrl ?? '')).status).toBe(200);
    expect(cookieOf(out, SESSION)).toBe('');
    expect(await sessionOf({ cookie })).toMatchObject({ role: null, name: null });
    expect((await send(system, 'GET', '/stats', { ...HOST, cookie })).status).toBe(401);
  });

  it('without a role is not let in, and a browser gets a page that says so', async () => {
    const { url, cookie } = await start();
    const back = await signInAt(url, 'mallory');
    const page = await comeBack(back, { cookie, accept: 'text/html,*/*' });
    expect(page).toMatchObject({ status: 303, headers: { location: '/sign-in?problem=no-role' } });
    expect(cookieOf(page, SESSION)).toBe('');
    expect(problemOf(await signIn('mallory'))).toMatchObject({ status: 403, code: 'no-role' });
    expect(
      await system.query(`select 1 from access.person_session where subject = 'mallory'`),
    ).toEqual([]);
  });

  it('has one limit of requests, whatever the number of browsers', async () => {
    const remaining = async (cookie: string) => {
      const { headers } = await send(system, 'GET', '/session', { ...HOST, cookie });
      return Number(/r=(\d+)/u.exec(String(headers['ratelimit']))?.[1]);
    };
    const [first, second, other] = await Promise.all(
      ['ada', 'ada', 'grace'].map(async (login) => cookieOf(await signIn(login), SESSION)),
    );
    // each is looked up once, which counts for its address too
    for (const cookie of [first, second, other]) await remaining(cookie ?? '');
    const left = await remaining(first ?? '');
    expect(left).toBeGreaterThan(5000);
    expect(await remaining(second ?? '')).toBe(left - 1);
    expect(await remaining(other ?? '')).toBeGreaterThan(left);
  });

  it('who sends a key too is whoever the key says', async () => {
    const cookie = cookieOf(await signIn('ada'), SESSION);
    expect(await sessionOf({ cookie, ...bearer(ADMIN) })).toMatchObject({
      role: 'admin',
      name: 'API_ADMIN_KEY',
    });
    // the browser signs in with a key instead: one session is left
    const body = JSON.stringify({ key: ADMIN });
    const keyed = await send(system, 'POST', '/session', { ...OWN_PAGE, cookie }, body);
    expect(cookieOf(keyed, SESSION)).toBe('');
    expect(await sessionOf({ cookie })).toMatchObject({ role: null });
    expect(await sessionOf({ cookie: cookieOf(keyed, 'marquee_session') })).toMatchObject({
      role: 'admin',
    });
  });
});

describe('an attacker', () => {
  it('signs nobody in to another account, and no code is good twice', async () => {
    const own = await start();
    const back = await signInAt(own.url, 'grace');
    const victim = await start();
    // the victim's browser has no sign-in, or one of its own
    for (const cookie of ['', victim.cookie]) {
      const answer = await comeBack(back, { cookie });
      expect(problemOf(answer)).toMatchObject({ status: 400, code: 'sign-in-expired' });
      // the sign-in that the browser has begun, such as in another tab, goes on
      expect(answer.headers).not.toHaveProperty('set-cookie');
    }
    // a code of another sign-in: PKCE
    const mixed = new URL(await signInAt(victim.url, 'ada'));
    mixed.searchParams.set('code', new URL(back).searchParams.get('code') ?? '');
    expect(problemOf(await comeBack(mixed.href, { cookie: victim.cookie }))).toMatchObject({
      status: 400,
      code: 'sign-in-expired',
      detail: expect.stringContaining('code has expired or is used up') as string,
    });
    const again = await start();
    const once = await signInAt(again.url, 'grace');
    expect((await comeBack(once, { cookie: again.cookie })).status).toBe(303);
    expect(problemOf(await comeBack(once, { cookie: again.cookie })).code).toBe('sign-in-expired');
    const refused = new URL(victim.url).searchParams.get('state') ?? '';
    const denied = `${PUBLIC}/sign-in/callback?error=access_denied&state=${refused}&iss=${encodeURIComponent(ISSUER)}`;
    expect(problemOf(await comeBack(denied, { cookie: victim.cookie }))).toMatchObject({
      status: 403,
      code: 'sign-in-refused',
    });
  });

  it('leads nobody to another website', async () => {
    for (const to of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      'javascript:alert(1)',
      '',
    ])
      expect((await start(to)).answer.status, to).toBe(400);
    const dots = await signIn('ada', '/.//evil.example/');
    expect(locationOf(dots)).toBe(`${PUBLIC}//evil.example/`);
    // a cookie that somebody has made up
    const { url, cookie } = await start();
    const pending = JSON.parse(
      Buffer.from(cookie.replace(`${PENDING}=`, ''), 'base64url').toString(),
    ) as object;
    const forged = Buffer.from(JSON.stringify({ ...pending, returnTo: '//evil.example' })).toString(
      'base64url',
    );
    const answer = await comeBack(await signInAt(url, 'ada'), { cookie: `${PENDING}=${forged}` });
    expect(locationOf(answer)).toBe(`${PUBLIC}/`);
  });

  it('fixes no session, and changes nothing from another website', async () => {
    const planted = `${SESSION}=${randomBytes(32).toString('base64url')}`;
    const { url, cookie: pending } = await start();
    const signedIn = await comeBack(await signInAt(url, 'grace'), {
      cookie: `${planted}; ${pending}`,
    });
    expect(await sessionOf({ cookie: planted })).toMatchObject({ role: null });
    const cookie = cookieOf(signedIn, SESSION);
    const post = async (path: string, headers: Record<string, string>) =>
      (await send(system, 'POST', path, { ...HOST, cookie, ...headers })).status;
    for (const path of ['/run-loader', '/sign-out']) {
      expect(await post(path, { origin: 'https://evil.example' })).toBe(403);
      expect(await post(path, { origin: 'null' })).toBe(403);
      expect(await post(path, { 'sec-fetch-site': 'same-site' })).toBe(403);
    }
    expect(await post('/run-loader', {})).toBe(401);
    expect(await post('/run-loader', { origin: PUBLIC })).toBe(409);
    expect(await sessionOf({ cookie })).toMatchObject({ role: 'admin' });
    // a new sign-in ends the session from before
    const next = await start();
    await comeBack(await signInAt(next.url, 'grace'), { cookie: `${cookie}; ${next.cookie}` });
    expect(await sessionOf({ cookie })).toMatchObject({ role: null });
    // under https the name without a prefix, which other hosts could set, counts for nothing
    const bare = cookieOf(await signIn('ada'), SESSION).replace('__Host-', '');
    expect(await sessionOf({ cookie: bare })).toMatchObject({ role: null });
  });
});

describe('a token', () => {
  const now = () => Math.floor(Date.now() / 1000);
  it.each([
    ['for another client', () => ({ claims: { aud: 'another' } }), 'OIDC_CLIENT_ID'],
    [
      'for several clients that names none as its own',
      () => ({ claims: { aud: [CLIENT.id, 'another'] } }),
      'OIDC_CLIENT_ID',
    ],
    [
      'for several clients that was issued to another',
      () => ({ claims: { aud: [CLIENT.id, 'another'], azp: 'another' } }),
      'OIDC_CLIENT_ID',
    ],
    [
      'for this client that was issued to another',
      () => ({ claims: { azp: 'another' } }),
      'OIDC_CLIENT_ID',
    ],
    ['of another provider', () => ({ claims: { iss: 'https://evil.example' } }), 'OIDC_ISSUER'],
    ['of another sign-in', () => ({ claims: { nonce: 'another' } }), 'OIDC_ISSUER'],
    ['from another time', () => ({ claims: { exp: now() - 3600 } }), 'clocks'],
    ['with an unknown key', () => ({ kid: 'two' }), 'changed its keys'],
    ['of another person', () => ({ claims: { sub: 'ada' } }), 'OIDC_ISSUER'],
    [
      'without a usable subject',
      () => ({ claims: { sub: 'é', name: 'é', groups: ['staff'] } }),
      'log',
    ],
  ])('%s signs nobody in, and the problem says why', async (_, fault, hint) => {
    provider.fault = fault();
    const answer = await signIn('grace');
    expect(problemOf(answer)).toMatchObject({
      status: 502,
      code: 'provider-answer',
      hint: expect.stringContaining(hint) as string,
    });
    expect(cookieOf(answer, SESSION)).toBe('');
  });

  it('for several clients that was issued to this one signs in', async () => {
    provider.fault = { claims: { aud: [CLIENT.id, 'another'], azp: CLIENT.id } };
    expect(locationOf(await signIn('grace'))).toBe(`${PUBLIC}/data`);
  });
});

describe('a session', () => {
  /** Another process of the API, on the same database. */
  async function startOther(settings: Record<string, string> = {}) {
    const API_PORT = await freePort();
    const { url } = system.database;
    const config = ApiConfig.parse({
      ...SETTINGS,
      ...settings,
      API_PORT,
      GRPC_PORT: 0,
      DATABASE_URL: url,
      QUEUE_URL: url,
      SNAPSHOT_DIR: system.snapshots,
    });
    const stop = await startApi(config, createLog('test', 'silent'));
    return { apiUrl: `http://127.0.0.1:${API_PORT}`, stop };
  }

  /** The provider tells that sessions have ended. */
  async function sendNotice(token: string): Promise<Response> {
    const url = new URL('/sign-out/notice', system.apiUrl);
    return fetch(url, { method: 'POST', body: new URLSearchParams({ logout_token: token }) });
  }

  it('is that of every process, until it is unused, too old, or ended anywhere', async () => {
    const other = await startOther();
    try {
      const [first, second, third, fourth] = (await Promise.all(
        ['ada', 'ada', 'grace', 'grace'].map(async (login) =>
          cookieOf(await signIn(login), SESSION),
        ),
      )) as [string, string, string, string];
      const hashOf = (cookie: string) =>
        createHash('sha256')
          .update(cookie.replace(`${SESSION}=`, ''))
          .digest('hex');
      const change = async (column: string, cookie: string) =>
        system.query(
          `update access.person_session set ${column} = now() - interval '3 h' where hash = decode($1::text, 'hex')`,
          [hashOf(cookie)],
        );
      const roleAt = async (at: string, cookie: string) => (await sessionOf({ cookie }, at)).role;
      // unused for longer than OIDC_IDLE_MINUTES: read anew, as no process has it in memory
      await change('used_at', first);
      expect(await roleAt(other.apiUrl, first)).toBeNull();
      expect(await roleAt(other.apiUrl, second)).toBe('operator');
      expect(await roleAt(system.apiUrl, second)).toBe('operator');
      await change('expires_at', second);
      for (const at of [system.apiUrl, other.apiUrl])
        await expect.poll(async () => roleAt(at, second), { interval: 5 }).toBeNull();
      // signed out at one, and by the provider at the other
      for (const cookie of [third, fourth])
        expect(await roleAt(other.apiUrl, cookie)).toBe('admin');
      await send(system, 'POST', '/sign-out', { ...OWN_PAGE, cookie: third });
      await expect.poll(async () => roleAt(other.apiUrl, third), { interval: 5 }).toBeNull();
      expect(await roleAt(other.apiUrl, fourth)).toBe('admin');
      for (const claims of [
        { sub: 'grace', aud: 'another' },
        { sub: 'grace', events: {} },
        { sub: 'grace\0' },
        {},
      ])
        expect((await sendNotice(await provider.logoutToken(claims))).status).toBe(400);
      expect(await roleAt(system.apiUrl, fourth)).toBe('admin');
      expect((await sendNotice(await provider.logoutToken({ sub: 'grace' }))).status).toBe(200);
      expect(await roleAt(system.apiUrl, fourth)).toBeNull();
      await expect.poll(async () => roleAt(other.apiUrl, fourth), { interval: 5 }).toBeNull();
    } finally {
      await other.stop();
    }
  });

  it('goes on while the provider is down, as keys do; its role follows OIDC_ROLES', async () => {
    const cookie = cookieOf(await signIn('ada'), SESSION);
    const other = await startOther({ OIDC_ROLES: 'staff=reader', OIDC_CLIENT_SECRET: 'wrong' });
    try {
      const begun = await send(other, 'GET', '/sign-in/start', HOST);
      const { pathname, search } = new URL(await signInAt(locationOf(begun), 'ada'));
      const pending = { ...HOST, cookie: cookieOf(begun, PENDING) };
      expect(problemOf(await send(other, 'GET', pathname + search, pending))).toMatchObject({
        code: 'provider-answer',
        hint: expect.stringContaining('OIDC_CLIENT_SECRET') as string,
      });
      await provider.stop();
      expect(await sessionOf({ cookie })).toMatchObject({ role: 'operator' });
      expect(await sessionOf({ cookie }, other.apiUrl)).toMatchObject({ role: 'reader' });
      const answer = await send(other, 'GET', pathname + search, pending);
      expect(problemOf(answer)).toMatchObject({ status: 503, code: 'provider-unavailable' });
      expect(answer.headers['retry-after']).toBe('5');
      const page = { ...pending, accept: 'text/html' };
      expect(locationOf(await send(other, 'GET', pathname + search, page))).toBe(
        '/sign-in?problem=provider-unavailable',
      );
      expect((await send(other, 'GET', '/stats', { ...HOST, ...bearer(ADMIN) })).status).toBe(200);
    } finally {
      await other.stop();
      provider = await TestProvider.start(providerPort, [PUBLIC]);
    }
  });
});

describe('the site', { tags: ['long'] }, () => {
  let sitePort: number;
  let siteProvider: TestProvider;
  beforeAll(async () => {
    sitePort = await freePort();
  });
  const site = useSite(() => ({
    workers: false,
    api: {
      READING: 'keyed',
      OPERATING: 'keyed',
      API_ADMIN_KEY: ADMIN,
      OIDC_ISSUER: `http://127.0.0.1:${sitePort}`,
      OIDC_NAME: 'Example ID',
      OIDC_CLIENT_ID: CLIENT.id,
      OIDC_CLIENT_SECRET: CLIENT.secret,
      OIDC_SCOPES: 'openid profile groups',
      OIDC_ROLES: 'film-crew=operator,film-admins=admin',
    },
  }));
  beforeAll(async () => {
    const { port } = new URL(site.system.apiUrl);
    siteProvider = await TestProvider.start(sitePort, [`http://localhost:${port}`]);
  });
  afterAll(async () => siteProvider.stop());

  it('sends people to the provider and back, lets them operate, and signs them out there too', async () => {
    const { page, heading, errors } = site;
    const login = async (name: string) => {
      await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
      await page.getByPlaceholder('Enter any login').fill(name);
      await page.getByPlaceholder('and password').fill('any');
      await page.getByRole('button', { name: 'Sign-in' }).click();
    };
    const expectFit = async () => {
      for (const width of [360, 768, 1200]) {
        await page.setViewportSize({ width, height: 800 });
        await site.settled();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
    };
    await page.goto('/data?from=here');
    await heading('Sign in').waitFor();
    await expectFit();
    await login('mallory');
    await page.getByRole('alert').getByText('You have no role on this server').waitFor();
    await page.context().clearCookies();
    await page.goto('/data?from=here');
    await login('ada');
    await heading('Data').waitFor();
    expect(new URL(page.url())).toMatchObject({
      hostname: 'localhost',
      pathname: '/data',
      search: '?from=here',
    });
    await page.getByRole('link', { name: 'marquee' }).click();
    await page.getByRole('button', { name: 'Download the data' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('cancelled', { exact: true }).waitFor();
    await expectFit();
    await page.getByRole('banner').getByText('ada of the films').waitFor();
    expect(
      await page.evaluate('JSON.stringify([document.cookie, localStorage, sessionStorage])'),
    ).not.toMatch(/eyJ|marquee_person/u);
    await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await heading('Sign in').waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
    // the browser logs the status 401, and what the provider's pages ask for
    const others = errors.filter((text) => !/status of 40[14]|ERR_NAME_NOT_RESOLVED/u.test(text));
    errors.splice(0, errors.length, ...others);
  });
});
