import type { FastifyInstance } from 'fastify';

/** All routes there are, to tell for a request that has none whether only its method is wrong. */
export class RouteTable {
  readonly #methods = new Map<string, Set<string>>();
  #patterns: { readonly pattern: RegExp; readonly methods: ReadonlySet<string> }[] | null = null;

  /** Hears of every route that is added from now on. */
  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ url, method }) => {
      // what takes everything, as for preflight requests, says nothing
      if (url === '*' || url === '/*') return;
      const methods = this.#methods.get(url) ?? new Set();
      for (const one of [method].flat()) methods.add(one);
      this.#methods.set(url, methods);
      this.#patterns = null;
    });
  }

  /** The methods that go with a URL. */
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

/** `/titles/:tconst` takes one part there; a `*` at the end takes the rest. */
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
