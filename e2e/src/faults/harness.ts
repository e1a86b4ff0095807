import type { Days } from '../sample-days.ts';
import { runCase, type CaseContext } from './run-case.ts';
import { expectNothingLeft } from './leftovers.ts';
import { Machine, type QueueBackend } from './machine.ts';
import { FaultyOrigin } from './faulty-origin.ts';
import { DAY_COUNT, type CasePlan } from './case-plan.ts';
import { DayChecksums } from './published-day.ts';
import type { CaseResult } from './report.ts';
import { forceOf, type RunKind } from './run-kind.ts';
import { countStatements, expectPatternsMatch, type StatementCounts } from './statements.ts';

/** Measurements of runs without faults. */
interface Baseline {
  /** Duration in ms. */
  readonly ms: Readonly<Record<RunKind, number>>;
  /** Number of occurrences of each statement, including the maintenance that follows. */
  readonly counts: Readonly<Record<RunKind, StatementCounts>>;
}

/** Runs cases on machines; starts a new machine if the current one cannot run the next case. */
export class Harness {
  readonly #origin: FaultyOrigin;
  readonly #checksums: DayChecksums;
  readonly #baselineMs: Record<RunKind, number> = { first: 2000, full: 2000, refresh: 2000 };
  #machine: Machine | null = null;

  private constructor(days: Days, origin: FaultyOrigin) {
    this.#origin = origin;
    this.#checksums = new DayChecksums(days);
  }

  /** @param days at least {@link DAY_COUNT} days */
  static async start(days: Days): Promise<Harness> {
    return new Harness(days, await FaultyOrigin.start(days, DAY_COUNT));
  }

  /**
   * Records the checksums of each day, and duration and statements of each kind of run.
   *
   * @throws Error if the pattern of a statement matches nothing
   */
  async calibrate(queue: QueueBackend): Promise<Baseline> {
    const machine = await this.#newMachine(queue);
    const counts: Partial<Record<RunKind, StatementCounts>> = {};
    for (const [kind, day] of [
      ['first', 0],
      ['full', 1],
      ['refresh', 0],
    ] as const) {
      counts[kind] = await this.#countWhile(machine, async () => {
        this.#baselineMs[kind] = await this.#publish(machine, kind, day);
      });
      await this.#checksums.learn(machine.pool, day);
    }
    const baseline = { ms: this.#baselineMs, counts: counts as Baseline['counts'] };
    expectPatternsMatch(baseline.counts);
    return baseline;
  }

  /** Runs a case. After a failure its machine is stopped, and its files are kept. */
  async run(plan: CasePlan): Promise<CaseResult> {
    let hit = false;
    try {
      const scene: CaseContext = {
        machine: await this.#machineFor(plan),
        origin: this.#origin,
        checksums: this.#checksums,
        baselineMs: this.#baselineMs,
        onHit: () => {
          hit = true;
        },
      };
      const outcome = await runCase(scene, plan);
      return { plan, hit, outcome, failure: null, folder: null };
    } catch (error) {
      const folder = this.#machine?.folder ?? null;
      await this.#machine?.stop().catch(() => undefined);
      this.#machine = null;
      const failure = error instanceof Error ? error : new Error(String(error));
      return { plan, hit, outcome: null, failure, folder };
    }
  }

  async close(): Promise<void> {
    await this.#removeMachine();
    await this.#origin.close();
  }

  /** A machine with the old day of the case published. */
  async #machineFor({ queue, run, day }: CasePlan): Promise<Machine> {
    if (run === 'first') return this.#newMachine(queue);
    const machine = this.#machine?.queue === queue ? this.#machine : await this.#newMachine(queue);
    const old = day === 0 ? 1 : 0;
    const published = await this.#checksums.read(machine.pool);
    if (published !== old)
      await this.#publish(machine, published === 'empty' ? 'first' : 'refresh', old);
    return machine;
  }

  /** Publishes a day without faults. @returns the duration in ms */
  async #publish(machine: Machine, kind: RunKind, day: number): Promise<number> {
    this.#origin.serve(day);
    const began = performance.now();
    const run = await machine.ended(await machine.startRun(forceOf(kind)));
    if (run.state !== 'succeeded')
      throw new Error(`A run without faults failed: ${JSON.stringify(run.error)}`);
    return performance.now() - began;
  }

  /** Counts the statements of a run and of the maintenance that follows it. */
  async #countWhile(machine: Machine, run: () => Promise<void>): Promise<StatementCounts> {
    await machine.drainLog();
    const lines: string[] = [];
    machine.onStatement = (line) => lines.push(line);
    await run();
    await expectNothingLeft(machine);
    await machine.drainLog();
    machine.onStatement = () => undefined;
    return countStatements(lines);
  }

  async #newMachine(queue: QueueBackend): Promise<Machine> {
    await this.#removeMachine();
    this.#machine = await Machine.start(queue, this.#origin);
    return this.#machine;
  }

  async #removeMachine(): Promise<void> {
    await this.#machine?.stop();
    await this.#machine?.remove();
    this.#machine = null;
  }
}
