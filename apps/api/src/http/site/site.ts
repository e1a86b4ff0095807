import fastifyStatic from '@fastify/static';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { declareAccess, PUBLIC } from '../auth/access-policy.ts';

/** The built site; the relative path is the same from src and from dist. */
const BUILT = fileURLToPath(new URL('../../../../web/dist/', import.meta.url));

/**
 * The pages of the site, which routes them itself. None is a path of the API, so that a reload
 * never shows JSON.
 */
const PAGES = ['/', '/find', '/title/:id', '/name/:id', '/explore', '/data'];

/** A page needs no key; what it shows it requests from the API like any other client. */
const PAGE = { config: { access: PUBLIC } };

const YEAR_MS = 365 * 24 * 3600 * 1000;

/**
 * Serves the site: its assets, whose names contain their hashes, and one HTML document for all its
 * pages. If the site has not been built, `/` redirects to /docs.
 */
export async function serveSite(fastify: FastifyInstance): Promise<void> {
  if (!existsSync(`${BUILT}index.html`)) {
    fastify.get('/', PAGE, (_, reply) => reply.redirect('/docs'));
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
  // the document names the current assets, and must be revalidated each time
  for (const page of PAGES)
    fastify.get(page, PAGE, (_, reply) =>
      reply.sendFile('index.html', BUILT, { maxAge: 0, immutable: false }),
    );
}

/**
 * Answers a browser's request for a missing page with 404 and the site's document, which shows its
 * own message.
 *
 * @returns false if no response was sent: to a program, or if the site has not been built
 */
export function sendMissingPage(
  { method, headers, server }: FastifyRequest,
  reply: FastifyReply,
): boolean {
  if (
    method !== 'GET' ||
    headers.accept?.includes('text/html') !== true ||
    !server.hasReplyDecorator('sendFile')
  )
    return false;
  void reply
    .status(404)
    .header('Cache-Control', 'no-store')
    .sendFile('index.html', BUILT, { cacheControl: false });
  return true;
}
