import { setTimeout as sleep } from 'node:timers/promises';
import { Problem, Run, RunAccepted } from '@marquee/contract';
import { UserError } from './user-error.ts';

/** How long the API may be away (it may be starting anew) while a run is being watched. */
const AWAY_MS = 30_000;
const ASK_MS = 30_000;

/**
 * What `POST /updatedata` answered: a run that was started, or why none was, with the run that
 * stands in the way.
 */
type UpdateAnswer = { readonly started: string } | { readonly refused: Problem };

/** Whether to update although it was done today; `full`: and to load everything anew. */
export type Force = boolean | 'full';

/** The parts of the API that the commands use. */
export class ApiClient {
  readonly url: string;
  readonly #key: string | undefined;

  /** @param key where the API needs one */
  constructor(url: string, key?: string) {
    this.url = url;
    this.#key = key === '' ? undefined : key;
  }

  /** Asks for an update of everything. */
  async startUpdate(force: Force): Promise<UpdateAnswer> {
    const response = await this.#ask('/updatedata', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ force }),
    });
    if (response.status === 202) return { started: RunAccepted.parse(await response.json()).id };
    const problem = Problem.safeParse(await response.json().catch(() => null));
    if (problem.success && response.status === 409) return { refused: problem.data };
    const why = problem.success
      ? [problem.data.detail, problem.data.hint].join(' ')
      : 'The log of the API may say more.';
    throw new UserError(
      `The API did not start an update: POST ${this.url}/updatedata answered ${response.status}. ${why}`,
    );
  }

  /** How a run is; tries for a while where the API is away. */
  async run(id: string, signal: AbortSignal): Promise<Run> {
    const until = performance.now() + AWAY_MS;
    for (;;) {
      try {
        const response = await this.#ask(`/runs/${id}`, { signal });
        if (response.ok) return Run.parse(await response.json());
        if (response.status < 500 || performance.now() > until)
          throw new UserError(`GET ${this.url}/runs/${id} answered ${response.status}.`);
      } catch (error) {
        if (signal.aborted || !(error instanceof Unreachable) || performance.now() > until)
          throw error;
      }
      await sleep(1000, undefined, { signal });
    }
  }

  /** The JSON at a path; null where it answers anything but 200. */
  async get(path: string, signal?: AbortSignal): Promise<unknown> {
    const response = await this.#ask(path, signal ? { signal } : {});
    if (response.status === 200) return response.json();
    await response.body?.cancel();
    return null;
  }

  async #ask(path: string, request: RequestInit): Promise<Response> {
    const limit = AbortSignal.timeout(ASK_MS);
    try {
      const headers = new Headers(request.headers);
      if (this.#key !== undefined) headers.set('authorization', `Bearer ${this.#key}`);
      return await fetch(this.url + path, {
        ...request,
        headers,
        signal: request.signal ? AbortSignal.any([request.signal, limit]) : limit,
      });
    } catch (cause) {
      throw new Unreachable(
        `Nothing answers at ${this.url}, where the API should be. Start the stack: make up. To see what runs: make ps`,
        { cause },
      );
    }
  }
}

/** The API does not answer. */
class Unreachable extends UserError {}
