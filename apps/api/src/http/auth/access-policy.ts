import type { Role } from '@marquee/contract';
import { SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Exposure } from './exposure.ts';
import type { ProblemFields } from '../../problems/problem-exception.ts';

/** How a route takes NDJSON. */
export interface NdjsonBody {
  readonly maxBytes: number;
  /** Returns the body that the handler gets. @throws ProblemException 400 */
  readonly read: (text: string) => unknown;
}

/**
 * Who may use a route, and how its requests and responses are treated. Controllers declare it with
 * {@link Access} and {@link Published}, other routes with `config: { access }` or
 * {@link declareAccess}. It is Fastify's route config, because authentication runs in onRequest,
 * before the body is read; a guard of Nest would run after that.
 */
export interface AccessPolicy {
  /** Role for GET, HEAD and OPTIONS. */
  readonly read: Role | 'anyone';
  /**
   * Role for every other method. Requests that need an operator or an admin are written to the
   * audit log: see {@link isAudited}.
   */
  readonly change: Role | 'anyone';
  /** A key is needed even if `READING` or `OPERATING` is open. */
  readonly evenWhenOpen?: true;
  /**
   * Responses depend on the published data alone: replicas may answer, and GET responses may be cached until the next
   * publish.
   */
  readonly published?: true;
  /** They depend on the merged movies too, which change between publishes. */
  readonly movies?: true;
  /** Polled by monitoring: no rate limit, and logged at the level debug. */
  readonly monitoring?: true;
  /** The body may be NDJSON too. */
  readonly ndjson?: NdjsonBody;
  /**
   * The handler gets the body as a stream, of any type and size: it limits the size itself. Such a
   * body may take any time, as long as bytes arrive.
   */
  readonly streamedBody?: true;
  /**
   * Calls of gRPC, of one message or a stream of them, which may take any time as long as bytes
   * arrive. Errors and the audit log are their handler's: see `grpc/calls.ts`.
   */
  readonly call?: 'unary' | 'stream';
  /** The body may be a form, of at most so many bytes: the handler gets its fields as an object. */
  readonly formMaxBytes?: number;
  /**
   * Pages of any website may use it, without a session: CORS for all. Only for what reads data that
   * is nobody's own.
   */
  readonly anyOrigin?: true;
  /** The path parameter with a source: a key for that source suffices, whatever its role. */
  readonly sourceParameter?: string;
  /** The source is in the message: any key for one passes, and the handler compares the two. */
  readonly sourceInMessage?: true;
  /** A key of any source suffices, whatever its role: the request is about that source. */
  readonly sourceOfKey?: true;
  /** Query parameter that may carry the key, for clients that cannot send a header. */
  readonly keyParameter?: string;
  /** Query parameters that the operation does not have are ignored; elsewhere they get a 400. */
  readonly ignoresUnknownParameters?: true;
  /** Builds the body of an error, for clients that expect another shape than problem+json. */
  readonly errorBody?: (problem: ProblemFields) => object;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessPolicy;
  }
}

/** A route without a declaration: admins only, so that a forgotten declaration exposes nothing. */
const UNDECLARED: AccessPolicy = { read: 'admin', change: 'admin' };

/** Pages, documents and errors: no key is needed. */
export const PUBLIC: AccessPolicy = { read: 'anyone', change: 'anyone' };

/**
 * Declares who may use a controller's routes or a single one; a method's declaration overrides that
 * of its class, field by field. What neither declares stays with admins.
 */
export function Access(
  policy: Partial<Omit<AccessPolicy, 'published' | 'movies'>>,
): ClassDecorator & MethodDecorator {
  return declare(policy);
}

/**
 * Declares that GET responses depend on the published data alone: they get an ETag, and may be
 * cached until the next publish.
 */
export function Published(): ClassDecorator & MethodDecorator {
  return declare({ published: true });
}

/**
 * Declares that GET responses depend on the published data and the merged movies alone: they get an
 * ETag, and are cached in memory until either changes. Clients ask each time whether it has.
 */
export function PublishedMovies(): ClassDecorator & MethodDecorator {
  return declare({ published: true, movies: true });
}

const DECLARED = 'marquee:access';

function declare(part: Partial<AccessPolicy>): ClassDecorator & MethodDecorator {
  return (target: object, _key?: string | symbol, descriptor?: { readonly value?: unknown }) => {
    const handlers =
      descriptor === undefined ? methodsOf(target as { prototype: object }) : [descriptor.value];
    for (const handler of handlers) {
      if (typeof handler !== 'function') continue;
      const declared = Reflect.getMetadata(DECLARED, handler) as Partial<AccessPolicy> | undefined;
      // decorators of methods run before those of their class: what is there already wins
      const merged = { ...part, ...declared };
      SetMetadata(DECLARED, merged)(handler);
      RouteConfig({ access: { ...UNDECLARED, ...merged } })(handler);
    }
  };
}

function methodsOf({ prototype }: { prototype: object }): unknown[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name]) => name !== 'constructor')
    .map(([, { value }]) => value as unknown);
}

/**
 * Declares the access of routes that a plugin registers from now on.
 *
 * @param urls as they are registered; each includes everything below it
 */
export function declareAccess(
  fastify: FastifyInstance,
  urls: readonly string[],
  access: AccessPolicy,
): void {
  fastify.addHook('onRoute', (route) => {
    if (urls.some((url) => route.url === url || route.url.startsWith(`${url}/`)))
      route.config = { ...route.config, access };
  });
}

/** The policy of a request's route. A URL without a route is public: the answer is a 404. */
export function accessPolicyOf({
  is404,
  routeOptions,
}: Pick<FastifyRequest, 'is404' | 'routeOptions'>): AccessPolicy {
  return is404 ? PUBLIC : policyOfConfig(routeOptions.config);
}

/** The policy in a route's config. */
export function policyOfConfig(config: { readonly access?: AccessPolicy } = {}): AccessPolicy {
  return config.access ?? UNDECLARED;
}

/** Whether a method only reads. */
export function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** The role that a request with this method needs. */
export function requiredRole(policy: AccessPolicy, method: string): Role | 'anyone' {
  return isReading(method) ? policy.read : policy.change;
}

/** Whether a server needs a key for what a role may do. */
export function needsKey(
  { evenWhenOpen }: AccessPolicy,
  needed: Role,
  { reading, operating }: Exposure,
): boolean {
  return evenWhenOpen === true || (needed === 'reader' ? reading : operating) === 'keyed';
}

/** Whether requests with this method are audited: changes that need an operator or an admin. */
export function isAudited(policy: AccessPolicy, method: string): boolean {
  return !isReading(method) && policy.change !== 'reader' && policy.change !== 'anyone';
}
