import type { Days } from '../sample-days.ts';
import { runCase, type Scene } from './case.ts';
import { expectNothingLeft } from './leftovers.ts';
import { Machine, type Home } from './machine.ts';
import { FaultyOrigin } from './origin.ts';
import { DAYS, type Plan } from './plan.ts';
import { DayBook } from './published.ts';
import type { Result } from './report.ts';
import { forceOf, type RunKind } from './run-kind.ts';
import { countStatements, expectNoneStale, type StatementCounts } from './statements.ts';

/** What undisturbed runs of each kind are like. */
export interface Usual {
  /** How long they take. */
  readonly ms: Readonly<Record<RunKind, number>>;
  /** How often each statement comes in them, and in what follows them. */
  readonly counts: Readonly<Record<RunKind, StatementCounts>>;
}

/** Runs cases on machines, and makes a new one wherever one cannot serve the next case. */
export class Harness {
  readonly #origin: FaultyOrigin;
  readonly #book: DayBook;
  readonly #usualMs: Record<RunKind, number> = { first: 2000, full: 2000, refresh: 2000 };
  #machine: Machine | null = null;

  private constructor(days: Days, origin: FaultyOrigin) {
    this.#origin = origin;
    this.#book = new DayBook(days);
  }

  /** @param days at least {@link DAYS} of them */
  static async start(days: Days): Promise<Harness> {
    return new Harness(days, await FaultyOrigin.start(days, DAYS));
  }

  /**
   * Learns what each day looks like when it is published, how long each kind of run takes, and how
   * often each statement comes in it.
   *
   * @throws Error when the pattern of a statement matches nothing any more
   */
  async calibrate(home: Home): Promise<Usual> {
    const machine = await this.#newMachine(home);
    const counts: Partial<Record<RunKind, StatementCounts>> = {};
    for (const [kind, day] of [
      ['first', 0],
      ['full', 1],
      ['refresh', 0],
    ] as const) {
      counts[kind] = await this.#countWhile(machine, async () => {
        this.#usualMs[kind] = await this.#publish(machine, kind, day);
      });
      await this.#book.learn(machine.pool, day);
    }
    const usual = { ms: this.#usualMs, counts: counts as Usual['counts'] };
    expectNoneStale(usual.counts);
    return usual;
  }

  /** Runs a case. A machine on which one has failed is left as it is, but for its processes. */
  async run(plan: Plan): Promise<Result> {
    let hit = false;
    try {
      const scene: Scene = {
        machine: await this.#machineFor(plan),
        origin: this.#origin,
        book: this.#book,
        usualMs: this.#usualMs,
        onHit: () => {
          hit = true;
        },
      };
      const outcome = await runCase(scene, plan);
      return { plan, hit, outcome, fault: null, folder: null };
    } catch (error) {
      const folder = this.#machine?.folder ?? null;
      await this.#machine?.stop().catch(() => undefined);
      this.#machine = null;
      const fault = error instanceof Error ? error : new Error(String(error));
      return { plan, hit, outcome: null, fault, folder };
    }
  }

  async close(): Promise<void> {
    await this.#removeMachine();
    await this.#origin.close();
  }

  /** One on which the case's old day is published. */
  async #machineFor({ home, run, day }: Plan): Promise<Machine> {
    if (run === 'first') return this.#newMachine(home);
    const machine = this.#machine?.home === home ? this.#machine : await this.#newMachine(home);
    const old = day === 0 ? 1 : 0;
    const published = await this.#book.read(machine.pool);
    if (published !== old)
      await this.#publish(machine, published === 'empty' ? 'first' : 'refresh', old);
    return machine;
  }

  /** Publishes a day, undisturbed. @returns how long it took, in ms */
  async #publish(machine: Machine, kind: RunKind, day: number): Promise<number> {
    this.#origin.serve(day);
    const began = performance.now();
    const run = await machine.ended(await machine.startRun(forceOf(kind)));
    if (run.state !== 'succeeded')
      throw new Error(`An undisturbed run failed: ${JSON.stringify(run.error)}`);
    return performance.now() - began;
  }

  /** Counts the statements of a run, and of what follows it. */
  async #countWhile(machine: Machine, run: () => Promise<void>): Promise<StatementCounts> {
    await machine.catchUp();
    const lines: string[] = [];
    machine.onStatement = (line) => lines.push(line);
    await run();
    await expectNothingLeft(machine);
    await machine.catchUp();
    machine.onStatement = () => undefined;
    return countStatements(lines);
  }

  async #newMachine(home: Home): Promise<Machine> {
    await this.#removeMachine();
    this.#machine = await Machine.start(home, this.#origin);
    return this.#machine;
  }

  async #removeMachine(): Promise<void> {
    await this.#machine?.stop();
    await this.#machine?.remove();
    this.#machine = null;
  }
}
