import { setTimeout as sleep } from 'node:timers/promises';
import { Problem, Run } from '@marquee/contract';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { z } from 'zod';
import {
  ApiProblemError,
  ApiUnreachableError,
  InvalidKeyError,
  UnexpectedAnswerError,
} from './errors.ts';

const REQUEST_TIMEOUT_MS = 30_000;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What to do about each kind of error, in the terms of the program that shows it. */
export interface ApiHints {
  readonly unreachable: string;
  readonly unexpectedAnswer: string;
  readonly invalidKey: string;
  readonly problem: (problem: Problem) => string | null;
}

export interface ApiClientOptions {
  /** The API's base URL, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The API key, sent as a bearer token. */
  readonly key: string | undefined;
  /** Aborts requests, such as on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly hints: ApiHints;
  /** The pause before a broken event stream is opened again, in ms. */
  readonly retryMs?: number;
  /** How long the API may be unavailable while a run is watched, in ms: it may be restarting. */
  readonly maxOutageMs?: number;
}

/** Sends requests to the API, and parses its answers with the schemas of the contract. */
export class ApiClient {
  readonly url: string;
  readonly #options: ApiClientOptions;
  readonly #signal: AbortSignal;

  constructor(options: ApiClientOptions) {
    this.url = options.url.replace(/\/+$/u, '');
    this.#options = options;
    this.#signal = options.signal;
  }

  /**
   * @returns the answer's body
   * @throws ApiUnreachableError, ApiProblemError, UnexpectedAnswerError, InvalidKeyError
   */
  async get<S extends z.ZodType>(schema: S, path: string, query: Query = {}): Promise<z.infer<S>> {
    const parameters = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    );
    const search = new URLSearchParams(Object.fromEntries(parameters)).toString();
    return this.#parse(schema, await this.#fetch(search === '' ? path : `${path}?${search}`, {}));
  }

  /** @throws as `get` does */
  async send<S extends z.ZodType>(
    method: 'POST' | 'DELETE',
    schema: S,
    path: string,
    body?: unknown,
  ): Promise<z.infer<S>> {
    const json =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return this.#parse(schema, await this.#fetch(path, { method, ...json }));
  }

  /**
   * Yields a run now, at each change, and for the last time when it has ended. Reads server-sent
   * events; a broken stream is opened again.
   *
   * @throws as `get` does; while the API is unavailable, only after `maxOutageMs`
   */
  async *watchRun(id: string): AsyncGenerator<Run> {
    const { retryMs = 1000, maxOutageMs = 30_000 } = this.#options;
    let lastEventAt = performance.now();
    for (;;) {
      try {
        for await (const run of this.#runEvents(id)) {
          lastEventAt = performance.now();
          yield run;
          if (run.state !== 'running') return;
        }
      } catch (error) {
        const isFinal = error instanceof ApiProblemError && error.problem.status < 500;
        if (isFinal || this.#signal.aborted || performance.now() - lastEventAt > maxOutageMs)
          throw error;
      }
      await sleep(retryMs, undefined, { signal: this.#signal });
    }
  }

  async *#runEvents(id: string): AsyncGenerator<Run> {
    const { body } = await this.#fetch(
      `/runs/${encodeURIComponent(id)}/events`,
      { headers: { accept: 'text/event-stream' } },
      null,
    );
    if (body === null) return;
    const events = body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { event, data } of events)
      if (event === 'run') yield Run.parse(JSON.parse(data));
  }

  async #fetch(
    path: string,
    request: RequestInit,
    timeoutMs: number | null = REQUEST_TIMEOUT_MS,
  ): Promise<Response> {
    const { hints } = this.#options;
    const headers = this.#headers(request.headers);
    const signal =
      timeoutMs === null
        ? this.#signal
        : AbortSignal.any([this.#signal, AbortSignal.timeout(timeoutMs)]);
    let response;
    try {
      response = await fetch(this.url + path, { ...request, headers, signal });
    } catch (cause) {
      if (this.#signal.aborted) throw cause;
      throw new ApiUnreachableError(`Nothing answers at ${this.url}, the address of the API.`, {
        hint: hints.unreachable,
        code: 'unreachable',
        cause,
      });
    }
    if (response.ok) return response;
    const problem = Problem.safeParse(await response.json().catch(() => null));
    if (problem.success) throw new ApiProblemError(problem.data, hints.problem(problem.data));
    throw new UnexpectedAnswerError(
      `${request.method ?? 'GET'} ${this.url}${path} answered ${response.status}, without a problem document.`,
      { hint: hints.unexpectedAnswer, code: 'not-marquee' },
    );
  }

  #headers(given: RequestInit['headers']): Headers {
    const headers = new Headers(given);
    const { key, hints } = this.#options;
    if (key === undefined) return headers;
    try {
      headers.set('authorization', `Bearer ${key}`);
    } catch {
      // no cause: its message contains the key
      throw new InvalidKeyError('The key contains characters that no API key has.', {
        hint: hints.invalidKey,
        code: 'usage',
      });
    }
    return headers;
  }

  async #parse<S extends z.ZodType>(schema: S, response: Response): Promise<z.infer<S>> {
    const body: unknown = await response.json().catch(() => null);
    // an answer that Ctrl-C cut off says nothing about the server
    this.#signal.throwIfAborted();
    const result = schema.safeParse(body);
    if (result.success) return result.data;
    throw new UnexpectedAnswerError(`${response.url} did not answer in the expected format.`, {
      hint: this.#options.hints.unexpectedAnswer,
      code: 'not-marquee',
      cause: result.error,
    });
  }
}
