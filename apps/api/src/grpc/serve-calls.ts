import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { createConnectRouter, createContextValues } from '@connectrpc/connect';
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import type { Logger } from '@marquee/process';
import {
  DataProviderService,
  Health,
  MovieQueryService,
  ServerReflection,
  ServerReflectionV1Alpha,
} from '@marquee/proto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PUBLIC, type AccessPolicy } from '../http/auth/access-policy.ts';
import { answerProblems } from '../http/errors/problem.filter.ts';
import { noCall } from '../http/guard/request-errors.ts';
import { explainErrors, openCall, REQUEST } from './calls.ts';
import { DataProvider, type DataProviderParts } from './data-provider.ts';
import { healthService, type HealthParts } from './health.ts';
import { MovieQuery, type MovieQueryParts } from './movie-query.ts';
import { Reflection } from './reflection.ts';

/** Who may call the methods of a service; those of {@link METHODS} have their own. */
const SERVICES = new Map<DescService, AccessPolicy>([
  [MovieQueryService, { read: 'reader', change: 'reader', published: true, movies: true }],
  [DataProviderService, { read: 'reader', change: 'reader', sourceInMessage: true }],
  [Health, { ...PUBLIC, monitoring: true }],
  [ServerReflection, PUBLIC],
  [ServerReflectionV1Alpha, PUBLIC],
]);

const METHODS = new Map<DescMethod, Partial<AccessPolicy>>([
  [DataProviderService.method.deliver, { read: 'operator', change: 'operator' }],
]);

/** Messages contain a few names and numbers, as bodies do. */
const MAX_MESSAGE_BYTES = 64 * 1024;

/** A chunk of a file, and what is around it. */
const MAX_CHUNK_BYTES = 1024 * 1024 + 1024;

/** What calls are answered with. */
export type CallParts = MovieQueryParts &
  DataProviderParts &
  HealthParts & { readonly log: Logger };

/** Whether a path is that of a service. */
export function isCall(path: string): boolean {
  return [...SERVICES.keys()].some(({ typeName }) => path.startsWith(`/${typeName}/`));
}

/**
 * Adds the services of gRPC as routes: by gRPC, gRPC-Web and Connect, whichever a request speaks.
 * Comes after the hooks of requests, which its calls pass too.
 */
export async function serveCalls(fastify: FastifyInstance, parts: CallParts): Promise<void> {
  const { log } = parts;
  const reflection = new Reflection([...SERVICES.keys()]);
  const router = createConnectRouter({
    acceptCompression: [compressionGzip],
    readMaxBytes: MAX_MESSAGE_BYTES,
    requestGate: openCall(log),
    interceptors: [explainErrors(log)],
  })
    .service(MovieQueryService, new MovieQuery(parts))
    .service(DataProviderService, new DataProvider(parts), { readMaxBytes: MAX_CHUNK_BYTES })
    .service(Health, healthService(parts))
    .service(ServerReflection, {
      serverReflectionInfo: (questions) => reflection.answer(questions),
    })
    .service(ServerReflectionV1Alpha, {
      serverReflectionInfo: (questions) => reflection.answer(questions),
    });
  await fastify.register((scope, _, done) => {
    // the bodies are the router's, which reads them as the protocol says
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    for (const handler of router.handlers)
      scope.route({
        method: handler.allowedMethods,
        url: handler.requestPath,
        config: { access: policyOf(handler.service, handler.method) },
        errorHandler: answerProblems(log),
        handler: async (request, reply) => {
          if (!isOfProtocol(handler, request)) {
            if (request.refusal !== null) throw request.refusal.error;
            throw noCall(
              request.headers['content-type'] ?? '',
              handler.method.methodKind !== 'unary',
            );
          }
          void reply.hijack();
          await answer(handler, request, reply).catch((error: unknown) => {
            // the client has gone, as a rule
            log.debug({ err: error, request: request.id }, 'a call has no end');
            reply.raw.destroy();
          });
        },
      });
    done();
  });
}

type Handler = ReturnType<typeof createConnectRouter>['handlers'][number];

/** Whether a request speaks one of the protocols of calls; if not, it is answered as HTTP is. */
function isOfProtocol(
  { supportedContentType }: Handler,
  { method, headers, query }: FastifyRequest,
): boolean {
  return method === 'GET'
    ? ['json', 'proto'].includes(String((query as { encoding?: unknown }).encoding))
    : supportedContentType(headers['content-type'] ?? null);
}

async function answer(
  handler: Handler,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const values = createContextValues().set(REQUEST, request);
  const call = universalRequestFromNodeRequest(request.raw, reply.raw, undefined, values);
  for (const name of ['grpc-timeout', 'connect-timeout-ms'])
    if (isFar(call.header.get(name))) call.header.delete(name);
  const response = await handler(call);
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  await universalResponseToNodeResponse(response, reply.raw);
}

/** The units of deadlines in gRPC, in ms; those of Connect are ms without a unit. */
const DEADLINE_UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000 };

/** The longest time of a timer in ms, 24 days: Node takes a longer one for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Whether a deadline is so far away that it counts as none. */
function isFar(deadline: string | null): boolean {
  const [, amount, unit = ''] = /^(\d+)([HMS]?)$/u.exec(deadline ?? '') ?? [];
  return amount !== undefined && Number(amount) * (DEADLINE_UNITS[unit] ?? 1) > MAX_TIMER_MS;
}

function policyOf(service: DescService, method: DescMethod): AccessPolicy {
  return {
    ...(SERVICES.get(service) ?? { read: 'admin', change: 'admin' }),
    ...METHODS.get(method),
    call:
      method.methodKind === 'unary' || method.methodKind === 'server_streaming'
        ? 'unary'
        : 'stream',
  };
}
