import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { randomBytes, randomUUID } from 'node:crypto';
import { NewKey } from '@marquee/contract';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, send } from './raw-request.ts';
import { useSharedSystem, type System } from './system.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const NO_LIMITS = { ADDRESS_REQUESTS_PER_MINUTE: '0', KEY_REQUESTS_PER_MINUTE: '0' };

/** The routes of each server, in the order in which the servers start. */
const registered: RouteOptions[][] = [];

/** Hears of every route that a server registers, and adds two without a declaration of access. */
function collectRoutes(message: unknown): void {
  const { fastify } = message as { fastify: FastifyInstance };
  const routes: RouteOptions[] = [];
  registered.push(routes);
  fastify.addHook('onRoute', (route) => void routes.push(route));
  fastify.get('/undeclared', () => 'read');
  fastify.post('/undeclared', () => 'changed');
}
beforeAll(() => subscribe('fastify.initialization', collectRoutes));
afterAll(() => unsubscribe('fastify.initialization', collectRoutes));

const keyed = useSharedSystem(() => ({
  workers: false,
  api: {
    ...NO_LIMITS,
    API_PUBLISHED_ON: '0.0.0.0',
    API_ADMIN_KEY: ADMIN,
    CORS_ORIGINS: 'https://films.example.org',
  },
}));
const open = useSharedSystem(() => ({ workers: false, api: NO_LIMITS }));

beforeAll(async () => {
  for (const system of [keyed, open])
    await system.query(`
      with title as (insert into imdb.title_basics values
        ('tt0000001', 'tvSeries', 'The Harbour', 'The Harbour', false, 2008, 2013, 45, '{Drama}'),
        ('tt0000002', 'tvEpisode', 'Low Tide', 'Low Tide', false, 2008, null, 58, '{Drama}')
      ), episode as (insert into imdb.title_episode values ('tt0000002', 'tt0000001', 1, 1))
      insert into imdb.name_basics values ('nm0000001', 'Ada Winter')`);
});

/**
 * The role that each route needs; whether its responses are cached until the next publish, whether
 * its requests are audited, and whether it needs a key on an open server too. HEAD is as GET.
 */
const ROUTES = {
  'GET /search': 'reader, cached',
  'GET /suggest': 'reader, cached',
  'GET /match': 'reader, cached',
  'POST /match': 'reader',
  'GET /reconcile': 'reader',
  'POST /reconcile': 'reader',
  'GET /reconcile/suggest/:kind': 'reader',
  'GET /reconcile/flyout/:kind': 'reader',
  'GET /reconcile/properties': 'reader',
  'GET /reconcile/preview': 'reader',
  'GET /reconcile/view': 'reader',
  'POST /mcp': 'reader',
  'POST /sql': 'reader',
  'GET /movies/:id/pictures': 'reader',
  'PUT /movies/:id/pictures': 'operator, audited',
  'DELETE /movies/:id/pictures': 'operator, audited',
  'GET /names/:nconst/pictures': 'reader',
  'PUT /names/:nconst/pictures': 'operator, audited',
  'DELETE /names/:nconst/pictures': 'operator, audited',
  'GET /pictures/:sha256/:file': 'reader',
  'GET /titles': 'reader, cached',
  'GET /titles/:tconst': 'reader, cached',
  'GET /titles/:tconst/akas': 'reader, cached',
  'GET /titles/:tconst/credits': 'reader, cached',
  'GET /titles/:tconst/episodes': 'reader, cached',
  'GET /titles/:tconst/episode-grid': 'reader, cached',
  'GET /titles/:tconst/seasons': 'reader, cached',
  'GET /titles/:tconst/series': 'reader, cached',
  'GET /titles/:tconst/similar': 'reader, cached',
  'GET /titles/:tconst/rating-history': 'reader, cached',
  'POST /titles/batch': 'reader',
  'GET /movies': 'reader, cached',
  'GET /movies/changes': 'reader, cached',
  'GET /movies/:id': 'reader, cached',
  'GET /movies/:id/explain': 'reader, cached',
  'GET /movies/:id/changes': 'reader, cached',
  'GET /movies/:id/locks': 'reader',
  'PUT /movies/:id/locks/:field': 'operator, audited',
  'DELETE /movies/:id/locks/:field': 'operator, audited',
  'GET /rules': 'reader',
  'PUT /rules/:field': 'operator, audited',
  'DELETE /rules/:field': 'operator, audited',
  'GET /aggregates/profit': 'reader, cached',
  'GET /ratings': 'reader, cached',
  'POST /ratings': 'reader',
  'GET /names': 'reader, cached',
  'GET /names/:nconst': 'reader, cached',
  'GET /names/:nconst/filmography': 'reader, cached',
  'GET /names/:nconst/works': 'reader, cached',
  'GET /names/:nconst/summary': 'reader, cached',
  'GET /names/:nconst/costars': 'reader, cached',
  'GET /names/:nconst/shared': 'reader, cached',
  'GET /names/:nconst/connection': 'reader, cached',
  'POST /names/batch': 'reader',
  'GET /charts/top': 'reader, cached',
  'GET /charts/popular': 'reader, cached',
  'GET /charts/people': 'reader, cached',
  'GET /charts/new': 'reader, cached',
  'GET /charts/movers': 'reader, cached',
  'GET /facets': 'reader, cached',
  'GET /stats': 'reader, cached',
  'GET /changes': 'reader, cached',
  'GET /events': 'reader',
  'GET /events/sinks': 'admin',
  'GET /omdb': 'reader, cached',
  'GET /published': 'reader',
  'GET /snapshots': 'reader',
  'GET /exports': 'reader',
  'POST /exports': 'operator, audited',
  'GET /exports/:id': 'reader',
  'GET /exports/:id/:file': 'reader',
  'GET /disk': 'reader',
  'GET /runs': 'reader',
  'GET /runs/:id': 'reader',
  'GET /runs/:id/rejects': 'reader',
  'GET /runs/:id/changes': 'reader',
  'GET /runs/:id/events': 'reader',
  'POST /run-downloader': 'operator, audited',
  'POST /run-loader': 'operator, audited',
  'POST /updatedata': 'operator, audited',
  'POST /runs/:id/cancel': 'operator, audited',
  'GET /deliveries': 'reader',
  'POST /deliveries': 'operator, audited',
  'GET /deliveries/:delivery': 'reader',
  'POST /deliveries/:delivery/retry': 'operator, audited',
  'GET /sources': 'reader',
  'GET /sources/:id': 'reader',
  'PUT /sources/:id': 'admin, audited',
  'DELETE /sources/:id': 'admin, audited',
  'POST /sources/:id/check': 'operator, audited',
  'GET /sources/:id/deliveries': 'reader',
  'POST /sources/:id/deliveries': 'operator, audited',
  'GET /sources/:id/deliveries/:delivery': 'reader',
  'GET /sources/:id/deliveries/:delivery/rejects': 'reader',
  'GET /sources/:id/deliveries/:delivery/content': 'operator',
  'POST /sources/:id/deliveries/:delivery/withdraw': 'operator, audited',
  'POST /sources/:id/deliveries/:delivery/take': 'operator, audited',
  'GET /sources/:id/records': 'reader',
  'GET /sources/:id/records/:record': 'reader',
  'GET /matches': 'reader',
  'GET /matches/decisions': 'reader',
  'POST /matches/decisions': 'operator, audited',
  'DELETE /matches/decisions/:id': 'operator, audited',
  // calls of gRPC; of those with streams, this test sees what is refused as HTTP: their protocol is not JSON
  'GET /marquee.v1.MovieQueryService/GetMovie': 'reader',
  'POST /marquee.v1.MovieQueryService/GetMovie': 'reader',
  'GET /marquee.v1.MovieQueryService/ListMovies': 'reader',
  'POST /marquee.v1.MovieQueryService/ListMovies': 'reader',
  'POST /marquee.v1.MovieQueryService/StreamMovies': 'reader',
  'POST /marquee.v1.DataProviderService/Deliver': 'operator',
  'POST /marquee.v1.DataProviderService/WatchDeliveries': 'reader',
  'POST /grpc.health.v1.Health/Check': 'anyone',
  'POST /grpc.health.v1.Health/List': 'anyone',
  'POST /grpc.health.v1.Health/Watch': 'anyone',
  'POST /grpc.reflection.v1.ServerReflection/ServerReflectionInfo': 'anyone',
  'POST /grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo': 'anyone',
  'GET /metrics': 'operator',
  'GET /webhooks': 'admin',
  'GET /webhooks/:id': 'admin',
  'GET /webhooks/:id/deliveries': 'admin',
  'POST /webhooks': 'admin, audited',
  'PATCH /webhooks/:id': 'admin, audited',
  'DELETE /webhooks/:id': 'admin, audited',
  'POST /webhooks/:id/test': 'admin, audited',
  'GET /audit': 'admin',
  'GET /keys': 'admin, even when open',
  'POST /keys': 'admin, even when open, audited',
  'DELETE /keys/:id': 'admin, even when open, audited',
  'GET /session': 'anyone',
  'POST /session': 'anyone',
  'DELETE /session': 'anyone',
  'GET /sign-in/start': 'anyone',
  'GET /sign-in/callback': 'anyone',
  'POST /sign-out': 'anyone',
  'POST /sign-out/notice': 'anyone',
  'GET /health/live': 'anyone',
  'GET /health/ready': 'anyone',
  'GET /docs': 'anyone',
  'GET /docs/': 'anyone',
  'GET /docs/*': 'anyone',
  'GET /docs/LICENSE': 'anyone',
  'GET /docs/index.html': 'anyone',
  'GET /docs/swagger-ui-init.js': 'anyone',
  'GET /docs/docs/swagger-ui-init.js': 'anyone',
  'GET /openapi.json': 'anyone',
  'GET /': 'anyone',
  'GET /assets/*': 'anyone',
  'GET /find': 'anyone',
  'GET /title/:id': 'anyone',
  'GET /name/:id': 'anyone',
  'GET /genre/:genre': 'anyone',
  'GET /decade/:decade': 'anyone',
  'GET /new': 'anyone',
  'GET /movie': 'anyone',
  'GET /movie/:id': 'anyone',
  'GET /data/sources': 'anyone',
  'GET /data/sources/:id': 'anyone',
  'GET /data/matches': 'anyone',
  'GET /data/rules': 'anyone',
  'GET /sign-in': 'anyone',
  'GET /robots.txt': 'anyone',
  'GET /favicon.ico': 'anyone',
  'GET /explore': 'anyone',
  'GET /data': 'anyone',
  'GET /icon.svg': 'anyone',
  'GET /manifest.webmanifest': 'anyone',
  'GET /scheme.js': 'anyone',
  // preflight requests
  'OPTIONS /reconcile': 'anyone',
  'OPTIONS /reconcile/suggest/:kind': 'anyone',
  'OPTIONS /reconcile/flyout/:kind': 'anyone',
  'OPTIONS /reconcile/properties': 'anyone',
  'OPTIONS /reconcile/preview': 'anyone',
  'OPTIONS /reconcile/view': 'anyone',
  'OPTIONS *': 'anyone',
  // without a declaration
  'GET /docs-yaml': 'admin',
  'GET /undeclared': 'admin',
  'POST /undeclared': 'admin, audited',
};

/** Paths whose title is not {@link PARAMETERS}' episode, but its series. */
const OF_SERIES = '/titles/:tconst/episode-grid';

const PARAMETERS: Readonly<Record<string, string>> = {
  tconst: 'tt0000002',
  nconst: 'nm0000001',
  id: randomUUID(),
};
const QUERIES: Readonly<Record<string, string>> = {
  '/search': '?q=tide',
  '/suggest': '?q=tide',
  '/match': '?title=tide',
  '/omdb': '?i=tt0000001',
  '/ratings': '?id=tt0000001',
  '/names/:nconst/shared': '?with=nm0000001',
  '/names/:nconst/connection': '?to=nm0000001',
  '/charts/people': '?as=director',
};

interface Route {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly isDeclaredPublished: boolean;
}

const nameOf = ({ method, url }: Pick<Route, 'method' | 'url'>) => `${method} ${url}`;

function routesOf(server: number): Route[] {
  return (registered[server] ?? []).flatMap(({ method: methods, url, config }) => {
    const path = url
      .replace(OF_SERIES, '/titles/tt0000001/episode-grid')
      .replace('/movies/:id', '/movies/tt0000002')
      .replaceAll(/:(\w+)/gu, (_, name: string) => PARAMETERS[name] ?? name)
      .replace(/\*$/u, url === '*' ? '/x' : 'x');
    const { access } = (config ?? {}) as {
      access?: { published?: boolean; call?: unknown };
    };
    // calls of gRPC have no ETag
    const isDeclaredPublished = access?.published === true && access.call === undefined;
    return [methods].flat().map((method) => ({ method, url, path, isDeclaredPublished }));
  });
}

/** Sends a request that changes nothing: bodies are invalid, and ids belong to nothing. */
async function request(system: System, { method, url, path }: Route, secret: string | null) {
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? '{"unknown":1}' : '';
  const headers = secret === null ? {} : bearer(secret);
  return send(system, method, path + (QUERIES[url] ?? ''), headers, body);
}

const isRefused = (status: number) => status === 401 || status === 403;

async function makeKey(role: 'reader' | 'operator'): Promise<string> {
  const body = JSON.stringify({ name: role, role });
  const { text } = await send(keyed, 'POST', '/keys', bearer(ADMIN), body);
  return NewKey.parse(JSON.parse(text)).secret;
}

/** The lowest role that a route lets in, and whether its responses are cached. */
async function accessOf(
  route: Route,
  secrets: Readonly<Record<string, string | null>>,
): Promise<string[]> {
  for (const [role, secret] of Object.entries(secrets)) {
    const { status, headers } = await request(keyed, route, secret);
    if (isRefused(status)) continue;
    const isGet = route.method === 'GET' || route.method === 'HEAD';
    const isPublished = isGet && route.isDeclaredPublished;
    const answer = { route, status, hasEtag: headers['etag'] !== undefined };
    if (isPublished) expect(answer).toEqual({ route, status: 200, hasEtag: true });
    // files of the site and the documents have ETags of their own
    else if (role !== 'anyone') expect(answer).toMatchObject({ hasEtag: false });
    return isPublished ? [role, 'cached'] : [role];
  }
  return ['nobody'];
}

describe('every route', () => {
  it('is open to the roles of its declaration, cached and audited as it says', async () => {
    const secrets = {
      anyone: null,
      reader: await makeKey('reader'),
      operator: await makeKey('operator'),
      admin: ADMIN,
    };
    await keyed.query('truncate access.audit');
    const routes = routesOf(0);
    const access = new Map<string, string[]>();
    for (const route of routes) access.set(nameOf(route), await accessOf(route, secrets));
    const withoutKey = await Promise.all(
      routes.map(async (route) => ({ route, ...(await request(open, route, null)) })),
    );
    for (const { route, status } of withoutKey)
      if (isRefused(status)) access.get(nameOf(route))?.push('even when open');
    const audited = await keyed.query('select distinct method, path from access.audit');
    for (const route of routes)
      if (audited.some(({ method, path }) => method === route.method && path === route.path))
        access.get(nameOf(route))?.push('audited');
    const found = [...access].map(([name, words]) => [name, words.join(', ')] as const);
    const heads = found.filter(([name]) => name.startsWith('HEAD '));
    const others = Object.fromEntries(found.filter((one) => !heads.includes(one)));
    for (const [name, words] of heads)
      expect(words, name).toBe(others[name.replace('HEAD', 'GET')]);
    expect(heads.length).toBeGreaterThan(40);
    expect(others).toEqual(ROUTES);
  });

  it('is the same on a server without keys', () => {
    const names = (server: number) => routesOf(server).map(nameOf);
    expect(names(1)).toEqual(names(0).filter((name) => name !== 'OPTIONS *'));
  });
});
