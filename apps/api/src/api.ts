import { migrate } from '@marquee/catalogue';
import type { Logger } from '@marquee/process';
import { prepareQueue, RunQueue, UpdateSchedule } from '@marquee/runs';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiModule } from './api.module.ts';
import { ApiConfig } from './config.ts';
import { describeApi } from './document.ts';
import { badInput } from './problems/bad-input.ts';
import { ProblemFilter, sendProblem } from './problems/problem.filter.ts';

export { ApiConfig };

/** Everything we take in is a few names and numbers. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Builds the API on its database and queue, without listening yet.
 *
 * @param queue is closed by whoever made it
 */
export async function createApi(config: ApiConfig, queue: RunQueue, log: Logger): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    // a body that drips is given up, and one connection cannot have any number of answers made and waiting
    requestTimeout: 15_000,
    maxRequestsPerSocket: 1000,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, { status: error.statusCode ?? 400, code: 'bad-request', detail: error.message }, request.id),
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.of(config, queue, log), adapter, { logger: false, abortOnError: false, bodyParser: false });
  takeJsonOnly(adapter.getInstance());
  refuseOtherSites(adapter.getInstance());
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: badInput }));
  app.useGlobalFilters(new ProblemFilter(log));
  adapter.getInstance().get('/', (_, reply) => reply.redirect('/docs'));
  SwaggerModule.setup('docs', app, () => describeApi(app), { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'marquee' });
  return app;
}

/**
 * Leaves JSON as the one kind of body there is: a page on any website can send text or a form to a local server, but not JSON. An empty body is no
 * body, whatever it is said to be.
 */
function takeJsonOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body.toString(), done);
  });
}

/**
 * Refuses what a page of another website makes a browser send: it cannot read the answer, but a run would have been started. Browsers say where a
 * request comes from; programs do not, and are not meant.
 */
function refuseOtherSites(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { 'sec-fetch-site': site, origin, host } = request.headers;
    const foreign = site === 'cross-site' || site === 'same-site' || (origin !== undefined && origin !== `http://${host ?? ''}` && origin !== `https://${host ?? ''}`);
    if (request.method === 'GET' || request.method === 'HEAD' || !foreign) done();
    else sendProblem(reply, { status: 403, code: 'other-site', detail: 'The request comes from a page of another website.', hint: 'Send it from a page of this server, or from a program.' }, request.id);
  });
}

/**
 * Brings the API up.
 *
 * @returns takes it down: what is under way is finished first
 */
export async function startApi(config: ApiConfig, log: Logger): Promise<() => Promise<void>> {
  await migrate(config.DATABASE_URL);
  await prepareQueue(config.QUEUE_URL);
  const queue = new RunQueue(config.QUEUE_URL, (error) => log.warn({ err: error }, 'lost a connection to the queue'));
  await queue.ready();
  const app = await createApi(config, queue, log);
  await app.listen(config.API_PORT, config.API_HOST);
  log.info(`listening on ${await app.getUrl()}`);
  return async () => {
    await app.get(UpdateSchedule).close();
    await app.close();
    await queue.close();
  };
}
