import type { Days } from '../sample-days.ts';
import { runCase, type Outcome, type Scene } from './case.ts';
import { describeFault } from './faults.ts';
import { Machine, type Home } from './machine.ts';
import { describeMoment } from './moments.ts';
import { FaultyOrigin } from './origin.ts';
import { DAYS, type Plan } from './plan.ts';
import { DayBook } from './published.ts';
import type { RunKind } from './run-kind.ts';

/** How a case ended, for the report. */
export interface Result {
  readonly plan: Plan;
  readonly outcome: Outcome | null;
  readonly fault: Error | null;
  /** Where the data and the logs of a failed case lie. */
  readonly folder: string | null;
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

  /** Learns what each day looks like when it is published, and how long each kind of run takes. */
  async calibrate(home: Home): Promise<Readonly<Record<RunKind, number>>> {
    const machine = await this.#newMachine(home);
    for (const [kind, day] of [
      ['first', 0],
      ['full', 1],
      ['refresh', 0],
    ] as const) {
      this.#usualMs[kind] = await this.#publish(machine, kind, day);
      await this.#book.learn(machine.pool, day);
    }
    return this.#usualMs;
  }

  /** Runs a case. A machine on which one has failed is left as it is, but for its processes. */
  async run(plan: Plan): Promise<Result> {
    try {
      const scene: Scene = {
        machine: await this.#machineFor(plan),
        origin: this.#origin,
        book: this.#book,
        usualMs: this.#usualMs,
      };
      return { plan, outcome: await runCase(scene, plan), fault: null, folder: null };
    } catch (fault) {
      const folder = this.#machine?.folder ?? null;
      await this.#machine?.stop().catch(() => undefined);
      this.#machine = null;
      return {
        plan,
        outcome: null,
        fault: fault instanceof Error ? fault : new Error(String(fault)),
        folder,
      };
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
    const run = await machine.ended(await machine.startRun(kind === 'full' ? 'full' : true));
    if (run.state !== 'succeeded')
      throw new Error(`An undisturbed run failed: ${JSON.stringify(run.error)}`);
    return performance.now() - began;
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

/** A case and how it went, on one line. */
export function describeResult({ plan, outcome, fault, folder }: Result): string {
  const { number, home, run, day } = plan;
  const what = `case ${number}  ${run} load of day ${day}, queue on ${home}: ${describeFault(plan.fault)}, ${describeMoment(plan.moment)}`;
  if (fault !== null)
    return `${what}: FAILED: ${fault.message}${folder === null ? '' : `\n  its data and logs: ${folder}`}`;
  if (outcome === null) return what;
  const end = outcome.state === 'succeeded' ? 'new day' : `old day, ${outcome.code ?? ''}`;
  return `${what}: ${outcome.hit ? '' : 'moment did not come; '}${outcome.state} after ${outcome.seconds.toFixed(1)} s, ${end}: ok`;
}
