import type { ApiKey } from './api-keys.ts';

/** Who asks: the key that a request carries, if it does. */
export interface Caller {
  readonly key: ApiKey | null;
  /** As the nearest proxy that is not trusted saw it; an IPv4 address is written as one. */
  readonly address: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Known to every handler; null only before the door has looked. */
    caller: Caller | null;
  }
}
