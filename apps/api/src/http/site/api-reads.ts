import type { FastifyRequest } from 'fastify';
import { addressOf } from '../auth/caller.ts';

/** A response of the API to the visitor of a page. */
export interface ApiResponse {
  readonly status: number;
  readonly json: string;
}

/** Reads a path of the API. @param body is sent as JSON by POST; for routes that read by POST */
export type ReadApi = (path: string, body?: object) => Promise<ApiResponse>;

/** Headers that say who asks, and for which server. */
const PASSED_ON = ['host', 'cookie', 'authorization', 'x-api-key'] as const;

/**
 * Reads the API as the visitor of a page, or the caller of a tool, would, without a connection: with
 * the same guard, keys, limits and response cache. What the caller may not read is not in the answer.
 */
export function readAs(request: FastifyRequest): ReadApi {
  const { headers, server } = request;
  const passedOn = Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return async (path, body) => {
    const { statusCode, payload } = await server.inject({
      ...(body === undefined ? { method: 'GET' } : { method: 'POST', payload: body }),
      url: path,
      headers: { ...passedOn, accept: 'application/json' },
      remoteAddress: addressOf(request),
    });
    return { status: statusCode, json: payload };
  };
}
