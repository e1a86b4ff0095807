import type { FastifyInstance, RouteOptions } from 'fastify';
import { policyOfConfig, type AccessPolicy } from '../auth/access-policy.ts';

/**
 * All registered routes: tells 405 from 404 for a request without a route, and the access policy of
 * any route.
 */
export class RouteTable {
  readonly #methods = new Map<string, Set<string>>();
  readonly #routes = new Map<string, RouteOptions>();
  #patterns: { readonly pattern: RegExp; readonly methods: ReadonlySet<string> }[] | null = null;

  /** Records every route that is registered from now on. */
  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', (route) => {
      const { url, method } = route;
      // a catch-all route, as for preflight requests, would turn every 404 into a 405
      if (url === '*' || url === '/*') return;
      const methods = this.#methods.get(url) ?? new Set();
      for (const one of [method].flat()) {
        methods.add(one);
        this.#routes.set(`${one} ${url}`, route);
      }
      this.#methods.set(url, methods);
      this.#patterns = null;
    });
  }

  /** The access policy of a route. @param url as it was registered, such as `/titles/:tconst` */
  policyOf(method: string, url: string): AccessPolicy {
    return policyOfConfig(this.#routes.get(`${method} ${url}`)?.config);
  }

  /** The methods that a URL allows. */
  methodsAt(url: string): string[] {
    this.#patterns ??= [...this.#methods].map(([route, methods]) => ({
      pattern: patternOf(route),
      methods,
    }));
    const [path = ''] = url.split('?');
    return [
      ...new Set(
        this.#patterns
          .filter(({ pattern }) => pattern.test(path.replace(/(?<=.)\/$/u, '')))
          .flatMap(({ methods }) => [...methods]),
      ),
    ].sort();
  }
}

/** `:tconst` in `/titles/:tconst` matches one path segment; a final `*` matches the rest. */
function patternOf(route: string): RegExp {
  const parts = route
    .split('/')
    .map((part) =>
      part.startsWith(':')
        ? '[^/]+'
        : part === '*'
          ? '.*'
          : part.replaceAll(/[^\w-]/gu, String.raw`\$&`),
    );
  return new RegExp(`^${parts.join('/')}$`, 'u');
}
