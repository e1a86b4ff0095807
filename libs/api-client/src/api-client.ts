import { setTimeout as sleep } from 'node:timers/promises';
import { CloudEvent, EventPage, Problem, Run } from '@marquee/contract';
import { tlsHint } from '@marquee/process';
import { errorMessage } from '@marquee/process/error-message';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { z } from 'zod';
import { fetchWith, type ClientCertificate, type OwnServer } from './tls.ts';
import {
  ApiProblemError,
  ApiUnreachableError,
  InvalidKeyError,
  UnexpectedAnswerError,
} from './errors.ts';

const REQUEST_TIMEOUT_MS = 30_000;

/** How long a request waits in total, in seconds, while its client has sent too many. */
const MAX_WAIT_SECONDS = 120;
/** The pause if the API does not tell one, in seconds. */
const DEFAULT_WAIT_SECONDS = 5;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What to do about each kind of error, in the terms of the program that shows it. */
export interface ApiHints {
  readonly unreachable: string;
  readonly unexpectedAnswer: string;
  readonly invalidKey: string;
  readonly problem: (problem: Problem) => string | null;
  /** The name of a parameter in faults, such as `--type` for titleType. */
  readonly parameter?: (name: string) => string;
}

export interface ApiClientOptions {
  /** The API's base URL, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The API key, sent as a bearer token. */
  readonly key: string | undefined;
  /** Shown to a server that asks for one. */
  readonly certificate?: ClientCertificate | undefined;
  /** Where the server is, if it is this machine's and speaks TLS. */
  readonly server?: OwnServer | undefined;
  /** Aborts requests, such as on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly hints: ApiHints;
  /** Called before each pause that the API imposes by a 429, with its length in seconds. */
  readonly onRateLimit?: (seconds: number) => void;
  /** The pause before a broken event stream is opened again, in ms. */
  readonly retryMs?: number;
  /** How long the API may be unavailable while a stream is watched, in ms: it may be restarting. */
  readonly maxOutageMs?: number;
}

/** Sends requests to the API, and parses its answers with the schemas of the contract. */
export class ApiClient {
  readonly url: string;
  readonly #options: ApiClientOptions;
  readonly #signal: AbortSignal;
  #ownFetch: Promise<typeof fetch> | null = null;

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
    return this.#parse(schema, await this.#fetch(withQuery(path, query), {}));
  }

  /**
   * @param headers such as a range
   * @returns the answer's body as it arrives, such as a list as CSV
   * @throws as `get` does
   */
  async stream(
    path: string,
    query: Query,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#fetch(withQuery(path, query), { headers }, null);
    return body ?? new Blob([]).stream();
  }

  /**
   * Sends a file as it is, however large: it is read while it is sent.
   *
   * @param headers such as a digest
   * @throws as `get` does
   */
  async upload<S extends z.ZodType>(
    schema: S,
    path: string,
    query: Query,
    file: Blob,
    headers: Readonly<Record<string, string>> = {},
    method: 'POST' | 'PUT' = 'POST',
  ): Promise<z.infer<S>> {
    const request = {
      method,
      body: file,
      headers: { 'content-type': 'application/octet-stream', ...headers },
    };
    return this.#parse(schema, await this.#fetch(withQuery(path, query), request, null));
  }

  /**
   * Sends items as lines of NDJSON, and reads a line for each.
   *
   * @throws as `get` does
   */
  async sendLines<S extends z.ZodType>(
    schema: S,
    path: string,
    items: readonly object[],
  ): Promise<z.infer<S>[]> {
    const response = await this.#fetch(
      path,
      {
        method: 'POST',
        body: items.map((item) => `${JSON.stringify(item)}\n`).join(''),
        headers: { 'content-type': 'application/x-ndjson' },
      },
      null,
    );
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    const result = z.array(schema).safeParse(lines.map((line): unknown => JSON.parse(line)));
    if (result.success && result.data.length === items.length) return result.data;
    throw new UnexpectedAnswerError(`${response.url} did not answer each line.`, {
      hint: this.#options.hints.unexpectedAnswer,
      code: 'not-marquee',
      cause: result.error,
    });
  }

  /** Sends a request that answers nothing. @throws as `get` does */
  async remove(path: string): Promise<void> {
    await this.#fetch(path, { method: 'DELETE' });
  }

  /** @throws as `get` does */
  async send<S extends z.ZodType>(
    method: 'POST' | 'PUT' | 'DELETE',
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
    const open = (onRead: () => void) => this.#runEvents(id, onRead);
    for await (const run of this.#reopening(open)) {
      yield run;
      if (run.state !== 'running') return;
    }
  }

  /**
   * Yields the events after a point, and then each new one, without an end. A broken stream is opened
   * again after the last event.
   *
   * @param since the id of an event, a time, or now
   * @param filters the parameters `type` and `subject`
   * @throws as `watchRun` does
   */
  async *watchEvents(since: string, filters: Query): AsyncGenerator<CloudEvent> {
    // an exact point: now is another one when the stream is opened again
    let after =
      since === 'now' ? (await this.get(EventPage, '/events', { since, limit: 1 })).cursor : since;
    const open = (onRead: () => void) =>
      this.#eventsOf(withQuery('/events', { ...filters, since: after }), (id) => {
        // an id without an event is the end of the log: older events may be deleted meanwhile
        after = id ?? after;
        onRead();
      });
    for await (const { data } of this.#reopening(open)) {
      const event = CloudEvent.parse(JSON.parse(data));
      after = event.id;
      yield event;
    }
  }

  /**
   * Yields what a stream does, and opens it again whenever it ends.
   *
   * @param open calls back whenever it has read something, be it only comments
   */
  async *#reopening<T>(open: (onRead: () => void) => AsyncIterable<T>): AsyncGenerator<T> {
    const { retryMs = 1000, maxOutageMs = 30_000 } = this.#options;
    let lastSignAt = performance.now();
    const noteSign = () => void (lastSignAt = performance.now());
    for (;;) {
      try {
        for await (const event of open(noteSign)) {
          noteSign();
          yield event;
        }
      } catch (error) {
        const isFinal = error instanceof ApiProblemError && isClientFault(error.problem);
        if (isFinal || this.#signal.aborted || performance.now() - lastSignAt > maxOutageMs)
          throw error;
      }
      await sleep(retryMs, undefined, { signal: this.#signal });
    }
  }

  async *#runEvents(id: string, onRead: () => void): AsyncGenerator<Run> {
    const path = `/runs/${encodeURIComponent(id)}/events`;
    for await (const { event, data } of this.#eventsOf(path, onRead))
      if (event === 'run') yield Run.parse(JSON.parse(data));
  }

  /**
   * The server-sent events of a path, until the stream ends.
   *
   * @param onRead called with the last id, if any, once all events read so far have been taken
   */
  async *#eventsOf(
    path: string,
    onRead: (id: string | undefined) => void,
  ): AsyncGenerator<EventSourceMessage> {
    const { body } = await this.#fetch(path, { headers: { accept: 'text/event-stream' } }, null);
    if (body === null) return;
    let lastId: string | undefined;
    const events: EventSourceMessage[] = [];
    const parser = createParser({
      onId: (id) => (lastId = id),
      onEvent: (event) => events.push(event),
    });
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      parser.feed(text);
      yield* events.splice(0);
      onRead(lastId);
    }
  }

  /** Sends a request; waits and sends it again as long as the API asks for that by a 429. */
  async #fetch(
    path: string,
    request: RequestInit,
    timeoutMs: number | null = REQUEST_TIMEOUT_MS,
  ): Promise<Response> {
    const { hints, onRateLimit } = this.#options;
    for (let waited = 0; ;) {
      const response = await this.#fetchOnce(path, request, timeoutMs);
      if (response.ok) return response;
      const seconds = retryAfterSeconds(response);
      const isRateLimit = response.status === 429 && waited + seconds <= MAX_WAIT_SECONDS;
      const problem = Problem.safeParse(await response.json().catch(() => null));
      if (isRateLimit) {
        onRateLimit?.(seconds);
        await sleep(seconds * 1000, undefined, { signal: this.#signal });
        waited += seconds;
        continue;
      }
      if (problem.success)
        throw new ApiProblemError(problem.data, hints.problem(problem.data), hints.parameter);
      throw new UnexpectedAnswerError(
        `${request.method ?? 'GET'} ${this.url}${path} answered ${response.status}, without a problem document.`,
        { hint: hints.unexpectedAnswer, code: 'not-marquee' },
      );
    }
  }

  async #fetchOnce(
    path: string,
    request: RequestInit,
    timeoutMs: number | null,
  ): Promise<Response> {
    const headers = this.#headers(request.headers);
    const signal =
      timeoutMs === null
        ? this.#signal
        : AbortSignal.any([this.#signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const send = await this.#fetchFunction();
      return await send(this.url + path, { ...request, headers, signal });
    } catch (cause) {
      if (this.#signal.aborted) throw cause;
      const hint = tlsHint(cause) ?? nameHint(cause);
      const fault =
        hint === null
          ? `Nothing answers at ${this.url}, the address of the API.`
          : `No connection to ${this.url}, the address of the API: ${errorMessage((cause as Error).cause)}`;
      throw new ApiUnreachableError(fault, {
        hint: hint ?? this.#options.hints.unreachable,
        code: 'unreachable',
        cause,
      });
    }
  }

  #fetchFunction(): typeof fetch | Promise<typeof fetch> {
    const { certificate, server } = this.#options;
    if (certificate === undefined && server === undefined) return fetch;
    return (this.#ownFetch ??= fetchWith(certificate, server));
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

function withQuery(path: string, query: Query): string {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  const search = new URLSearchParams(Object.fromEntries(parameters)).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** Whether a request that is repeated unchanged gets the same problem again. */
function isClientFault({ status }: Problem): boolean {
  return status < 500 && status !== 429;
}

/** The seconds to wait before the next request: at least one, so that nothing is sent in a loop. */
function retryAfterSeconds({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? DEFAULT_WAIT_SECONDS);
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : DEFAULT_WAIT_SECONDS;
}

/** What to do about a name that this machine does not know; null for other errors. */
function nameHint(error: unknown): string | null {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return cause?.code === 'ENOTFOUND'
    ? 'Is the name right? Then DNS or /etc/hosts has to know its address.'
    : null;
}
