import fastifyStatic from '@fastify/static';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { declareAccess, PUBLIC } from '../auth/access-policy.ts';

/**
 * Where the site is built to; the way there is the same from the sources and from what is made of
 * them.
 */
const BUILT = fileURLToPath(new URL('../../../../web/dist/', import.meta.url));

/**
 * The pages of the site, which it tells apart by itself. None is a path of the API, so that a
 * reload never shows JSON.
 */
const PAGES = ['/', '/find', '/title/:id', '/name/:id', '/explore', '/data'];

/** A page needs no key; what it shows it requests from the API like any other client. */
const PAGE = { config: { access: PUBLIC } };

const YEAR_MS = 365 * 24 * 3600 * 1000;

/**
 * Serves the site: its files, which have their hashes in their names and never change, and one
 * document for all its pages. Where it has not been built, `/` leads to the documents of the API.
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
  // which files there are is said here, and must be asked for each time
  for (const page of PAGES)
    fastify.get(page, PAGE, (_, reply) =>
      reply.sendFile('index.html', BUILT, { maxAge: 0, immutable: false }),
    );
}

/**
 * Answers a browser that asks for a page there is not with the site's document and 404: the site
 * says so, in its own words.
 *
 * @returns whether it was answered: a program is not, nor anybody where the site has not been built
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
