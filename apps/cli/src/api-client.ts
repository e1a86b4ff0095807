import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem, Run } from '@marquee/contract';
import type { z } from 'zod';
import { CliFault, EXIT, Refused } from './faults.ts';
import type { Make } from './make-command.ts';

const ASK_MS = 30_000;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ApiClientOptions {
  readonly url: string;
  readonly key: string | undefined;
  /** Ends what is being asked for. */
  readonly signal: AbortSignal;
  readonly make: Make;
  /** What to do where nothing answers. */
  readonly toStart: string;
  /** How long to wait, while a run is being watched, before asking for it anew. */
  readonly againMs?: number;
  /** How long the API may be away meanwhile: it may be starting anew. */
  readonly awayMs?: number;
}

/** Asks the API, and reads its answers by the shapes of the contract. */
export class ApiClient {
  readonly url: string;
  readonly #options: ApiClientOptions;
  readonly #signal: AbortSignal;

  constructor(options: ApiClientOptions) {
    this.url = options.url.replace(/\/+$/u, '');
    this.#options = options;
    this.#signal = options.signal;
  }

  /** @throws CliFault where nothing answers, Refused where the answer is an error */
  async get<S extends z.ZodType>(shape: S, path: string, query: Query = {}): Promise<z.infer<S>> {
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    );
    const search = new URLSearchParams(Object.fromEntries(given)).toString();
    return this.#read(shape, await this.#ask(search === '' ? path : `${path}?${search}`, {}));
  }

  /** @throws as get does */
  async send<S extends z.ZodType>(
    method: 'POST' | 'DELETE',
    shape: S,
    path: string,
    body?: unknown,
  ): Promise<z.infer<S>> {
    const json =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return this.#read(shape, await this.#ask(path, { method, ...json }));
  }

  /**
   * A run, at each change and for the last time when it has ended, by server-sent events; asks anew
   * where the line breaks.
   */
  async *watch(id: string): AsyncGenerator<Run> {
    const { againMs = 1000, awayMs = 30_000 } = this.#options;
    let heardAt = performance.now();
    for (;;) {
      try {
        for await (const run of this.#events(id)) {
          heardAt = performance.now();
          yield run;
          if (run.state !== 'running') return;
        }
      } catch (error) {
        const isGone = error instanceof Refused && error.problem.status < 500;
        if (isGone || this.#signal.aborted || performance.now() - heardAt > awayMs) throw error;
      }
      await sleep(againMs, undefined, { signal: this.#signal });
    }
  }

  async *#events(id: string): AsyncGenerator<Run> {
    const { body } = await this.#ask(
      `/runs/${encodeURIComponent(id)}/events`,
      { headers: { accept: 'text/event-stream' } },
      null,
    );
    if (body === null) return;
    let event = '';
    for await (const line of createInterface({
      input: Readable.fromWeb(body),
      crlfDelay: Infinity,
    })) {
      if (line.startsWith('event:')) event = line.slice(6).trim();
      else if (line.startsWith('data:') && event === 'run')
        yield Run.parse(JSON.parse(line.slice(5)));
    }
  }

  async #ask(
    path: string,
    request: RequestInit,
    limitMs: number | null = ASK_MS,
  ): Promise<Response> {
    const { key, make, toStart } = this.#options;
    const headers = new Headers(request.headers);
    if (key !== undefined) setKey(headers, key);
    const signal =
      limitMs === null
        ? this.#signal
        : AbortSignal.any([this.#signal, AbortSignal.timeout(limitMs)]);
    let response;
    try {
      response = await fetch(this.url + path, { ...request, headers, signal });
    } catch (cause) {
      if (this.#signal.aborted) throw cause;
      throw new CliFault(`Nothing answers at ${this.url}, where the API should be.`, {
        exitCode: EXIT.unreachable,
        hint: `${toStart} Another address: --url or MARQUEE_URL`,
        code: 'unreachable',
        cause,
      });
    }
    if (response.ok) return response;
    const problem = Problem.safeParse(await response.json().catch(() => null));
    if (problem.success) throw new Refused(problem.data, make);
    throw new CliFault(
      `${request.method ?? 'GET'} ${this.url}${path} answered ${response.status}, and not as marquee does.`,
      { hint: 'Is another server there? See --url', code: 'not-marquee' },
    );
  }

  async #read<S extends z.ZodType>(shape: S, response: Response): Promise<z.infer<S>> {
    const body: unknown = await response.json().catch(() => null);
    // an answer that Ctrl-C has cut off is no other server's
    this.#signal.throwIfAborted();
    const result = shape.safeParse(body);
    if (result.success) return result.data;
    const hint = 'Is the API of another version, or another server? See: marquee doctor';
    throw new CliFault(`${response.url} answered with something else than was expected.`, {
      hint,
      code: 'not-marquee',
      cause: result.error,
    });
  }
}

/** @throws CliFault 2 where no header can hold the key; the error's own message would show it */
function setKey(headers: Headers, key: string): void {
  try {
    headers.set('authorization', `Bearer ${key}`);
  } catch {
    throw new CliFault('The key has characters that no key has.', {
      exitCode: EXIT.usage,
      code: 'usage',
      hint: 'Is it copied as it was shown? See --key and MARQUEE_KEY',
    });
  }
}
