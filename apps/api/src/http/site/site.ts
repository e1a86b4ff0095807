import fastifyStatic from '@fastify/static';
import { hash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { declareAccess, PUBLIC } from '../auth/access-policy.ts';
import { readAs } from './api-reads.ts';
import {
  findPage,
  moviePage,
  namePage,
  staticPage,
  titlePage,
  type DescribePage,
  type PageParameters,
} from './page-content.ts';
import { SiteDocument } from './site-document.ts';

/** The built site; the relative path is the same from src and from dist. */
const BUILT = fileURLToPath(new URL('../../../../web/dist/', import.meta.url));

/**
 * The pages of the site, which routes them itself. None is a path of the API, so that a reload
 * never shows JSON.
 */
const PAGES: Readonly<Record<string, DescribePage>> = {
  '/': staticPage(() => 'marquee'),
  '/find': findPage,
  '/title/:id': titlePage,
  '/name/:id': namePage,
  '/movie': staticPage(() => 'Movies'),
  '/movie/:id': moviePage,
  '/genre/:genre': staticPage(({ genre = '' }) => genre),
  '/decade/:decade': staticPage(({ decade = '' }) => `${decade.replace(/s$/u, '')}s`),
  '/new': staticPage(() => 'New titles'),
  '/explore': staticPage(() => 'Explore'),
  '/data': staticPage(() => 'Data'),
  '/data/sources': staticPage(() => 'Sources'),
  '/data/sources/:id': staticPage(({ id = '' }) => id),
  '/data/matches': staticPage(() => 'Matches'),
  '/data/rules': staticPage(() => 'Rules'),
  '/sign-in': staticPage(() => 'Sign in'),
};

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** The content of a page depends on the caller. */
const VARY = 'Cookie, Authorization, X-API-Key';

/**
 * Serves the site: its assets, whose names contain their hashes, the files beside them, and one
 * HTML document for all its pages, with the content of each. If the site has not been built, `/`
 * redirects to /docs.
 *
 * @param errorHandler answers errors, such as those of the request guard
 */
export async function serveSite(
  fastify: FastifyInstance,
  errorHandler: NonNullable<RouteShorthandOptions['errorHandler']>,
): Promise<void> {
  // a page needs no key; it shows what its visitor may read
  const options = { config: { access: PUBLIC }, errorHandler };
  if (!existsSync(`${BUILT}index.html`)) {
    fastify.get('/', options, (_, reply) => reply.redirect('/docs'));
    return;
  }
  declareAccess(fastify, ['/assets'], PUBLIC);
  await fastify.register(fastifyStatic, {
    root: `${BUILT}assets`,
    prefix: '/assets/',
    index: false,
    maxAge: YEAR_MS,
    immutable: true,
  });
  const files = filesBesideDocument();
  for (const file of files)
    fastify.get(`/${file}`, options, (_, reply) =>
      reply.sendFile(file, BUILT, { maxAge: 0, immutable: false }),
    );
  // browsers that know no SVG icons, and programs, ask for this name
  if (!files.includes('favicon.ico'))
    fastify.get('/favicon.ico', options, (_, reply) => reply.redirect('/icon.svg', 301));
  const document = new SiteDocument(`${BUILT}index.html`);
  for (const [page, describe] of Object.entries(PAGES))
    fastify.get(page, options, async (request, reply) =>
      sendPage(request, reply, document, describe),
    );
}

/** Icons, the manifest, robots.txt. */
function filesBesideDocument(): string[] {
  return readdirSync(BUILT, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'index.html')
    .map(({ name }) => name);
}

async function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  document: SiteDocument,
  describe: DescribePage,
): Promise<FastifyReply> {
  const address = addressOf(request.url);
  if (address !== request.url) return reply.redirect(address, 301);
  const parameters = { ...(request.query as object), ...(request.params as object) };
  const content = await describe(onlyTexts(parameters), readAs(request));
  const body = document.render(content);
  const etag = `W/"${hash('sha256', body, 'base64url').slice(0, 22)}"`;
  // it names the current assets, and must be revalidated each time
  void reply
    .headers({ 'Cache-Control': 'private, no-cache', ETag: etag, Vary: VARY })
    .type('text/html; charset=utf-8')
    .status(content.status);
  return request.headers['if-none-match'] === etag && content.status === 200
    ? reply.status(304).send()
    : reply.send(body);
}

/** A parameter that is given twice counts as none. */
function onlyTexts(parameters: object): PageParameters {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]: [string, unknown]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

/** Pages of what has an id, by the first letters of the id. */
const PAGES_OF_IDS: Readonly<Record<string, string>> = { tt: 'title', nm: 'name', mq: 'movie' };

/**
 * The address of a page as the site writes it: pages and ids in lower case, and each id under its
 * own page. Other URLs stay as they are.
 */
function addressOf(url: string): string {
  const [path = '', query] = url.split('?', 2);
  const [, first = '', ...rest] = path.split('/');
  const page = first.toLowerCase();
  if (!Object.keys(PAGES).some((route) => route.split('/')[1] === page)) return url;
  const [id = ''] = rest;
  const isId = /^(?:tt|nm|mq)\d+$/iu.test(id) && Object.values(PAGES_OF_IDS).includes(page);
  const lower = id.toLowerCase();
  const parts = isId ? [PAGES_OF_IDS[lower.slice(0, 2)], lower] : [page, ...rest];
  return `/${parts.join('/')}${query === undefined ? '' : `?${query}`}`;
}

/**
 * Answers a browser's request for a missing page: a page in another case with a redirect to it, any
 * other with 404 and the site's document, which shows its own message.
 *
 * @returns false if no response was sent: to a program, or if the site has not been built
 */
export function sendMissingPage(
  { method, headers, server, url }: FastifyRequest,
  reply: FastifyReply,
): boolean {
  if (
    method !== 'GET' ||
    headers.accept?.includes('text/html') !== true ||
    !server.hasReplyDecorator('sendFile')
  )
    return false;
  const address = addressOf(url);
  if (address !== url) {
    void reply.header('Cache-Control', 'no-store').redirect(address, 301);
    return true;
  }
  void reply
    .status(404)
    .header('Cache-Control', 'no-store')
    .sendFile('index.html', BUILT, { cacheControl: false });
  return true;
}
