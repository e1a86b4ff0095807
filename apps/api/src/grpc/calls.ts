import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConnectError,
  createContextKey,
  type ContextValues,
  type HandlerContext,
  type Interceptor,
} from '@connectrpc/connect';
import type { Logger } from '@marquee/process';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { StreamSlots } from '../database/stream-slots.ts';
import type { InputPipe } from '../http/errors/input-pipe.ts';
import { logProblem } from '../http/errors/problem.filter.ts';
import { streamClientOf } from '../http/formats/formats.ts';
import { serverStopping } from '../http/guard/request-errors.ts';
import { errorOfCall, failureOf } from './errors.ts';

/** The HTTP request of a call. */
export const REQUEST = createContextKey<FastifyRequest | null>(null);

/** The HTTP request of a call, with its caller and its id. */
export function requestOf(values: ContextValues): FastifyRequest {
  const request = values.get(REQUEST);
  if (request === null) throw new Error('the call came by no HTTP request');
  return request;
}

/** How calls that have no end of their own look for changes. */
export interface PollParts {
  /** How often they read what they watch, in milliseconds. */
  readonly pollMs: number;
  /** Ends them when the server stops. */
  readonly stopping: AbortSignal;
}

/**
 * What a call watches: now, and after each interval.
 *
 * @param watchers the calls that watch the same; this one takes a slot until it ends
 * @throws ProblemException 429 and 503 for too many watchers, 503 when the server stops; the reason
 *   of the call's signal
 */
export async function* poll<T>(
  read: () => Promise<T>,
  context: HandlerContext,
  watchers: StreamSlots,
  { pollMs, stopping }: PollParts,
): AsyncGenerator<T, void, undefined> {
  const free = watchers.take(streamClientOf({ request: requestOf(context.values) }));
  const signal = AbortSignal.any([context.signal, stopping]);
  try {
    for (;;) {
      yield await read();
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
      context.signal.throwIfAborted();
      if (stopping.aborted) throw serverStopping();
    }
  } finally {
    free();
  }
}

/**
 * Looks at a call before its messages are read: refuses what the request guard has refused, and
 * notes how the call fails.
 */
export function openCall(log: Logger): (context: HandlerContext) => void {
  return ({ values, signal }) => {
    const request = requestOf(values);
    // interceptors do not hear of a message that cannot be read
    signal.addEventListener('abort', () => {
      // the reason is no error of gRPC if the call has ended well
      if (signal.reason instanceof ConnectError) request.callFailure ??= failureOf(signal.reason);
    });
    if (request.refusal !== null) throw fail(request, request.refusal.error, signal, log);
  };
}

/** Turns whatever a call throws into an error of gRPC, at its end or in the middle of a stream. */
export function explainErrors(log: Logger): Interceptor {
  return (next) => async (call) => {
    const request = requestOf(call.contextValues);
    const explain = (error: unknown) => fail(request, error, call.signal, log);
    try {
      const response = await next(call);
      return response.stream
        ? { ...response, message: explained(response.message, explain) }
        : response;
    } catch (error) {
      throw explain(error);
    }
  };
}

async function* explained<T>(
  messages: AsyncIterable<T>,
  explain: (error: unknown) => Error,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* messages;
  } catch (error) {
    throw explain(error);
  }
}

/** The error of a call, which is logged as one of a request is. */
function fail(request: FastifyRequest, error: unknown, signal: AbortSignal, log: Logger): Error {
  // a deadline, or a client that has gone: what it interrupts fails in many ways
  const cause: unknown = signal.aborted ? ConnectError.from(signal.reason) : error;
  const failure = failureOf(cause);
  request.callFailure ??= failure;
  if (!signal.aborted) logProblem(log, request, error, failure);
  return errorOfCall(cause, request.id);
}

/**
 * Parses the fields of a message as the same input of the HTTP API.
 *
 * @throws ProblemException 400 that names each fault
 */
export async function parseInput<S extends z.ZodType>(
  inputs: InputPipe,
  schema: S,
  given: unknown,
): Promise<z.output<S>> {
  return (await inputs.transform(given, { type: 'body', schema })) as z.output<S>;
}
