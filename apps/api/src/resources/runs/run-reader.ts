import type { RunEntity, RunStepEntity } from '@marquee/catalogue';
import { keysOf, Run, type RunStep } from '@marquee/contract';
import { isRetryable, readSteps, speedOf, stepsOf, type RunQueue } from '@marquee/runs';
import {
  defer,
  distinctUntilChanged,
  exhaustMap,
  filter,
  finalize,
  map,
  shareReplay,
  ReplaySubject,
  takeUntil,
  takeWhile,
  timer,
  type Observable,
} from 'rxjs';
import { In, type Repository } from 'typeorm';
import type { List } from '../../read-models/lists/list.ts';
import { notFound } from '../../problems/problem-exception.ts';
import type { ApiTimings } from '../../timings.ts';

/**
 * After so many polls a run is sent again although it has not changed: proxies take a silent
 * connection for a dead one.
 */
const POLLS_UNTIL_REPEATED = 30;

/** Reads runs: their progress from the queue while they are running, from the database afterwards. */
export class RunReader {
  readonly #runs: Repository<RunEntity>;
  readonly #steps: Repository<RunStepEntity>;
  readonly #queue: RunQueue;
  readonly #pollMs: number;
  readonly #watched = new Map<string, Observable<Run>>();
  readonly #closing = new ReplaySubject<void>(1);

  constructor(
    runs: Repository<RunEntity>,
    steps: Repository<RunStepEntity>,
    queue: RunQueue,
    { runPollMs }: Pick<ApiTimings, 'runPollMs'>,
  ) {
    this.#runs = runs;
    this.#steps = steps;
    this.#queue = queue;
    this.#pollMs = runPollMs;
  }

  /** Ends the event streams. */
  close(): void {
    this.#closing.next();
  }

  /** @throws ProblemException 404 */
  async get(id: string): Promise<Run> {
    const run = await this.#runs.findOneBy({ id });
    if (run === null) throw notFound('run', id, 'GET /runs lists them.');
    return this.#describe(run, await this.#recordedSteps([run]));
  }

  /** Runs, newest first. */
  get list(): List {
    return {
      name: 'runs',
      text: 'select id from ingest.run',
      values: [],
      sort: [{ column: 'id', type: 'uuid', descending: true }],
      describe: async (rows) => {
        const runs = await this.#runs.find({
          where: { id: In(rows.map(({ id }) => id)) },
          order: { id: 'desc' },
        });
        const steps = await this.#recordedSteps(runs);
        return Promise.all(
          runs.map((run) =>
            this.#describe(
              run,
              steps.filter(({ runId }) => runId === run.id),
            ),
          ),
        );
      },
      fields: keysOf(Run),
    };
  }

  /**
   * The run now, at each change, and for the last time when it has ended. All watchers of a run
   * share its polls, and a later one gets the last result first.
   *
   * @throws ProblemException 404
   */
  async watch(id: string): Promise<Observable<Run>> {
    await this.get(id);
    const watched =
      this.#watched.get(id) ??
      defer(() => this.#poll(id)).pipe(
        finalize(() => this.#watched.delete(id)),
        shareReplay({ bufferSize: 1, refCount: true }),
      );
    this.#watched.set(id, watched);
    return watched;
  }

  #poll(id: string): Observable<Run> {
    return timer(0, this.#pollMs).pipe(
      takeUntil(this.#closing),
      // a poll that takes longer than the interval is not overtaken by the next
      exhaustMap(async (poll) => ({ poll, run: await this.#getIfThere(id) })),
      filter((result): result is { poll: number; run: Run } => result.run !== null),
      takeWhile(({ run }) => run.state === 'running', true),
      distinctUntilChanged(
        (a, b) =>
          Math.floor(a.poll / POLLS_UNTIL_REPEATED) === Math.floor(b.poll / POLLS_UNTIL_REPEATED) &&
          JSON.stringify(a.run) === JSON.stringify(b.run),
      ),
      map(({ run }) => run),
    );
  }

  /**
   * The run; null while the database or the queue restarts, which does not end the streams of
   * watchers.
   */
  async #getIfThere(id: string): Promise<Run | null> {
    return this.get(id).catch((error: unknown) => {
      if (isRetryable(error)) return null;
      throw error;
    });
  }

  /** The recorded steps of the runs that have ended; a running one has none yet. */
  async #recordedSteps(runs: readonly RunEntity[]): Promise<RunStepEntity[]> {
    const ended = runs.filter(({ state }) => state !== 'running').map(({ id }) => id);
    return ended.length === 0 ? [] : this.#steps.findBy({ runId: In(ended) });
  }

  /** @param recorded its recorded steps */
  async #describe(run: RunEntity, recorded: readonly RunStepEntity[]): Promise<Run> {
    return {
      id: run.id,
      url: `/runs/${run.id}`,
      kind: run.kind,
      state: run.state,
      phase: run.state === 'running' ? ((await this.#queue.lastJob(run))?.phase ?? null) : null,
      datasets: run.datasets,
      requestedAt: run.requestedAt.toISOString(),
      endedAt: run.endedAt?.toISOString() ?? null,
      error: run.error,
      steps:
        run.state === 'running' ? await readSteps(this.#queue, run) : inStepOrder(run, recorded),
    };
  }
}

function inStepOrder(run: RunEntity, recorded: readonly RunStepEntity[]): RunStep[] {
  return stepsOf(run).flatMap(({ job, dataset }) =>
    recorded.filter((step) => step.job === job && step.dataset === dataset).map(describeStep),
  );
}

function describeStep({ runId, startedAt, endedAt, ...step }: RunStepEntity): RunStep {
  return {
    ...step,
    ...speedOf(step, startedAt?.getTime() ?? null, endedAt?.getTime() ?? null, false),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}
