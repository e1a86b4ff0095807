import type { Run } from '@marquee/contract';
import { inject } from './faults.ts';
import { findLeftovers } from './leftovers.ts';
import { until, type Machine } from './machine.ts';
import { atMoment } from './moments.ts';
import type { FaultyOrigin } from './origin.ts';
import type { Plan } from './plan.ts';
import { describePublished, type DayBook, type Mixture, type PublishedDay } from './published.ts';
import type { RunKind } from './run-kind.ts';

/** What follows a run (counting, clearing away) may take so long, in ms. */
const TIDY_MS = 20_000;
/** Moments of what follows a run come soon after it, in ms. */
const LATE_MS = 500;

export interface Scene {
  readonly machine: Machine;
  readonly origin: FaultyOrigin;
  readonly book: DayBook;
  /** How long each kind of run takes undisturbed, in ms. */
  readonly usualMs: Readonly<Record<RunKind, number>>;
}

/** How a case went. */
export interface Outcome {
  /** False when the moment has not come before the run had ended. */
  readonly hit: boolean;
  readonly state: Run['state'];
  /** Of the run's error. */
  readonly code: string | null;
  readonly seconds: number;
}

/**
 * Runs one case: a run with its fault, and after it another one without. After the first, exactly
 * the old day is published, or exactly the new one if it succeeded; the second succeeds, the new
 * day is published, and nothing is left over.
 *
 * @throws Error when it is not so
 */
export async function runCase(
  { machine, origin, book, usualMs }: Scene,
  { run: kind, day, fault, moment }: Plan,
): Promise<Outcome> {
  const old: PublishedDay = kind === 'first' ? 'empty' : 1 - day;
  await machine.refresh();
  await machine.becomeWell();
  expectSame('before the case', await book.read(machine.pool), old);
  origin.serve(day);
  const began = performance.now();
  let injected: Promise<() => void> = Promise.resolve(() => undefined);
  let seen: Promise<PublishedDay | Mixture | null> = Promise.resolve(null);
  const wait = atMoment(
    moment,
    { course: machine, sending: origin, usualMs: usualMs[kind] },
    () => {
      injected = inject(fault, machine, origin);
      // reported below, when it is waited for
      injected.catch(() => undefined);
      seen = book.read(machine.pool).catch(() => null);
    },
  );
  const force = kind === 'full' ? 'full' : true;
  const run = await machine.ended(await machine.startRun(force));
  const seconds = (performance.now() - began) / 1000;
  await until('the moment has come', async () => Promise.resolve(wait.hasCome()), LATE_MS).catch(
    () => undefined,
  );
  wait.end();
  const undo = await injected.catch(expectEndedByFault);
  undo?.();
  await machine.becomeWell();
  expectExplained(run);
  expectOneOf('just after the fault', await seen, [old, day]);
  expectSame(
    `after the run, which ${run.state},`,
    await book.read(machine.pool),
    run.state === 'succeeded' ? day : old,
  );

  const second = await machine.ended(await machine.startRun(force));
  if (second.state !== 'succeeded')
    throw new Error(`The second, undisturbed run failed: ${JSON.stringify(second.error)}`);
  expectSame('after the second run', await book.read(machine.pool), day);
  await expectClean(machine);
  return { hit: wait.hasCome(), state: run.state, code: run.error?.code ?? null, seconds };
}

/** One who holds the tables may be ended by PostgreSQL, in whose way it is. */
function expectEndedByFault(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === '40P01') return;
  throw error;
}

function expectExplained({ id, state, error }: Run): void {
  if (
    state === 'failed' &&
    (error === null || error.message === '' || error.hint === '' || error.code === 'unexpected')
  ) {
    throw new Error(`Run ${id} failed without saying what to do: ${JSON.stringify(error)}`);
  }
}

function expectSame(when: string, found: PublishedDay | Mixture, expected: PublishedDay): void {
  expectOneOf(when, found, [expected]);
}

function expectOneOf(
  when: string,
  found: PublishedDay | Mixture | null,
  expected: readonly PublishedDay[],
): void {
  if (found === null || expected.some((day) => day === found)) return;
  throw new Error(
    `Published ${when} is ${describePublished(found)}, not ${expected.map(describePublished).join(' or ')}`,
  );
}

async function expectClean(machine: Machine): Promise<void> {
  let left: string[] = [];
  await until(
    'nothing is left over',
    async () => {
      left = await findLeftovers(machine);
      return left.length === 0;
    },
    TIDY_MS,
  ).catch((error: unknown) => {
    if (left.length > 0) throw new Error(`Left over after the second run:\n  ${left.join('\n  ')}`);
    throw error;
  });
}
