import type { Run } from '@marquee/contract';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { inject } from './faults.ts';
import { expectNothingLeft, CLEANUP_MS } from './leftovers.ts';
import { waitUntil, type Machine } from './machine.ts';
import { onTrigger, describeTrigger } from './triggers.ts';
import type { FaultyOrigin } from './faulty-origin.ts';
import type { CasePlan } from './case-plan.ts';
import {
  describePublished,
  type DayChecksums,
  type MixedDays,
  type PublishedDay,
} from './published-day.ts';
import { forceOf, type RunKind } from './run-kind.ts';

/**
 * A trigger can fire after the run has ended: by time until the baseline is over, by a statement of
 * the maintenance that follows; bytes are sent before. Additional time for any trigger, in ms.
 */
const LATE_MS = 500;

export interface CaseContext {
  readonly machine: Machine;
  readonly origin: FaultyOrigin;
  readonly checksums: DayChecksums;
  /** Duration of each kind of run without faults, in ms. */
  readonly baselineMs: Readonly<Record<RunKind, number>>;
  /** Called when the trigger has fired. */
  readonly onHit: () => void;
}

/** The result of a passed case. */
export interface Outcome {
  /** Whether the run had ended before the trigger fired. */
  readonly afterEnd: boolean;
  readonly state: Run['state'];
  /** Code of the run's error. */
  readonly code: string | null;
  readonly seconds: number;
}

/**
 * Runs one case: a run with its fault, then another without. After the first, exactly the old day
 * is published, or exactly the new one if the run succeeded. The second run must succeed, publish
 * the new day and leave nothing over.
 *
 * @throws Error if any of this fails, or the trigger does not fire
 */
export async function runCase(scene: CaseContext, plan: CasePlan): Promise<Outcome> {
  const { machine, origin, checksums } = scene;
  const { run: kind, day } = plan;
  const old: PublishedDay = kind === 'first' ? 'empty' : 1 - day;
  await machine.restartIfNeeded();
  await machine.waitUntilHealthy();
  expectSame('before the case', await checksums.read(machine.pool), old);
  origin.serve(day);
  const { run, seen, seconds, afterEnd } = await runWithFault(scene, plan);
  await machine.waitUntilHealthy();
  expectActionableError(run);
  expectOneOf('just after the fault', await seen, [old, day]);
  expectSame(
    `after the run, which ${run.state},`,
    await checksums.read(machine.pool),
    run.state === 'succeeded' ? day : old,
  );

  const second = await machine.ended(await machine.startRun(forceOf(kind)));
  if (second.state !== 'succeeded')
    throw new Error(`The second run, without a fault, failed: ${JSON.stringify(second.error)}`);
  expectSame('after the second run', await checksums.read(machine.pool), day);
  await expectNothingLeft(machine);
  return { afterEnd, state: run.state, code: run.error?.code ?? null, seconds };
}

/** A run that has ended, after its fault is over. */
interface FaultedRun extends Pick<Outcome, 'afterEnd' | 'seconds'> {
  readonly run: Run;
  /** The published day just after the fault; null if it could not be read. */
  readonly seen: Promise<PublishedDay | MixedDays | null>;
}

/** Starts a run and injects its fault. @throws Error if the trigger does not fire */
async function runWithFault(
  { machine, origin, checksums, baselineMs, onHit }: CaseContext,
  { run: kind, fault, trigger }: CasePlan,
): Promise<FaultedRun> {
  const began = performance.now();
  let injected: Promise<() => void> = Promise.resolve(() => undefined);
  let seen: FaultedRun['seen'] = Promise.resolve(null);
  const wait = onTrigger(
    trigger,
    { course: machine, sending: origin, baselineMs: baselineMs[kind] },
    () => {
      onHit();
      injected = inject(fault, machine, origin);
      // awaited and reported below
      injected.catch(() => undefined);
      seen = checksums.read(machine.pool).catch(() => null);
    },
  );
  try {
    const run = await machine.ended(await machine.startRun(forceOf(kind)));
    const seconds = (performance.now() - began) / 1000;
    const afterEnd = !wait.hasCome();
    const lateMs = { time: baselineMs[kind], bytes: 0, statement: CLEANUP_MS }[trigger.on];
    await waitUntil(
      `the trigger has fired, ${describeTrigger(trigger)}, of the run, which ${run.state}`,
      async () => Promise.resolve(wait.hasCome()),
      lateMs + LATE_MS,
    );
    const undo = await injected.catch(expectEndedByFault);
    undo?.();
    return { run, seen, seconds, afterEnd };
  } finally {
    wait.end();
  }
}

/** PostgreSQL may end the session that holds the tables, as part of a deadlock. */
function expectEndedByFault(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === SQLSTATE.deadlockDetected) return;
  throw error;
}

function expectActionableError({ id, state, error }: Run): void {
  if (
    state === 'failed' &&
    (error === null || error.message === '' || error.hint === '' || error.code === 'unexpected')
  ) {
    throw new Error(`Run ${id} failed without a useful error: ${JSON.stringify(error)}`);
  }
}

function expectSame(when: string, found: PublishedDay | MixedDays, expected: PublishedDay): void {
  expectOneOf(when, found, [expected]);
}

function expectOneOf(
  when: string,
  found: PublishedDay | MixedDays | null,
  expected: readonly PublishedDay[],
): void {
  if (found === null || expected.some((day) => day === found)) return;
  throw new Error(
    `Published ${when} is ${describePublished(found)}, not ${expected.map(describePublished).join(' or ')}`,
  );
}
