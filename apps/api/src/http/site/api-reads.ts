import type { FastifyRequest } from 'fastify';

/** A response of the API to the visitor of a page. */
export interface ApiResponse {
  readonly status: number;
  readonly json: string;
}

/** Reads a path of the API. */
export type ReadApi = (path: string) => Promise<ApiResponse>;

/** Headers that say who asks, and for which server. */
const PASSED_ON = ['host', 'cookie', 'authorization', 'x-api-key'] as const;

/**
 * Reads the API as the visitor of a page would, without a connection: with the same guard, keys,
 * limits and response cache. What the visitor may not read is not in the page.
 */
export function readAs({ headers, ip, server }: FastifyRequest): ReadApi {
  const passedOn = Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return async (path) => {
    const { statusCode, payload } = await server.inject({
      method: 'GET',
      url: path,
      headers: { ...passedOn, accept: 'application/json' },
      remoteAddress: ip,
    });
    return { status: statusCode, json: payload };
  };
}
