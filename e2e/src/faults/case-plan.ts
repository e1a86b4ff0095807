import { SeededRandom } from './seeded-random.ts';
import type { Fault } from './faults.ts';
import type { QueueBackend } from './machine.ts';
import type { Trigger } from './triggers.ts';
import type { RunKind } from './run-kind.ts';
import { STATEMENTS_OF, type StatementCounts, type StatementName } from './statements.ts';

/**
 * Number of days. Cases go from one of the first two to the other; a lying origin sends the third.
 */
export const DAY_COUNT = 3;

/** A planned case: a run with a fault and its trigger. */
export interface CasePlan {
  readonly number: number;
  readonly queue: QueueBackend;
  readonly run: RunKind;
  /** The day to publish; before, the other of the first two or nothing is published. */
  readonly day: 0 | 1;
  readonly fault: Fault;
  readonly trigger: Trigger;
}

interface PlanOptions {
  readonly seed: number;
  readonly number: number;
  readonly queues: readonly QueueBackend[];
  /** Whether a small disk is available. */
  readonly disk: boolean;
  /** Statements of runs without faults: only these can trigger. */
  readonly counts: Readonly<Record<RunKind, StatementCounts>>;
}

/** Consecutive cases with the same queue backend share a machine. */
const CASES_PER_MACHINE = 20;

/**
 * Plans a case by its number: the same for the same seed, queues, disk and counts. Other counts
 * only change the occurrence of a statement that triggers, as a fraction of them is drawn.
 */
export function planCase({ seed, number, queues, disk, counts }: PlanOptions): CasePlan {
  const random = new SeededRandom(Math.imul(seed, 1_000_003) + number);
  const queue = queues[
    Math.floor((number - 1) / CASES_PER_MACHINE) % queues.length
  ] as QueueBackend;
  // a new machine starts empty
  const isNew = (number - 1) % CASES_PER_MACHINE === 0;
  const run = isNew ? 'first' : random.pick(['full', 'refresh'] as const);
  const day = number % 2 === 0 ? 0 : 1;
  const fault = chooseFault(random, queue, disk, day);
  return {
    number,
    queue,
    run,
    day,
    fault,
    trigger: chooseTrigger(random, run, counts[run], fault),
  };
}

/** Faults of loader and database are the most frequent ones. */
function chooseFault(random: SeededRandom, queue: QueueBackend, disk: boolean, day: 0 | 1): Fault {
  const choices: (() => Fault)[] = [
    ...times(5, () => ({ kind: 'kill', victim: 'loader' })),
    ...times(3, () => ({ kind: 'kill', victim: 'downloader' })),
    ...times(2, () => ({ kind: 'kill', victim: 'api' })),
    ...times(5, () => ({ kind: 'kill', victim: 'postgres' })),
    // both shorter and longer than PostgreSQL and the queue wait for the loader
    ...times(2, () => ({ kind: 'freeze', forMs: random.integer(200, 9000) })),
    ...times(queue === 'redis' ? 5 : 0, () => ({
      kind: 'redis',
      keep: random.fraction() < 0.5,
      awayMs: random.integer(0, 1500),
    })),
    ...times(2, () => ({ kind: 'cut', more: random.integer(0, 4) })),
    ...times(2, () => ({
      kind: 'lie',
      how: random.pick(['other-version', 'other-bytes'] as const),
      day: random.pick([1 - day, 2]),
    })),
    ...times(disk ? 1 : 0, () => ({ kind: 'disk' })),
    ...times(2, () => ({
      kind: 'reader',
      mode: random.pick(['access share', 'share'] as const),
      holdMs: random.integer(200, 7000),
    })),
  ];
  return random.pick(choices)();
}

function times(count: number, choice: () => Fault): (() => Fault)[] {
  return Array.from({ length: count }, () => choice);
}

function chooseTrigger(
  random: SeededRandom,
  run: RunKind,
  counts: StatementCounts,
  fault: Fault,
): Trigger {
  const bytes = (): Trigger => ({ on: 'bytes', part: random.fraction() * 0.98 });
  const time = (): Trigger => ({ on: 'time', part: random.fraction() });
  const nthOf = (name: StatementName) => random.integer(1, counts[name]);
  const statement = (): Trigger => {
    const name = random.pick(STATEMENTS_OF[run]);
    // at once or a little later: most statements take a few milliseconds
    return {
      on: 'statement',
      name,
      nth: nthOf(name),
      delayMs: random.pick([0, 0, random.integer(1, 5), random.integer(5, 40)]),
    };
  };
  if (fault.kind === 'cut' || fault.kind === 'lie') return bytes();
  if (fault.kind === 'disk' || (fault.kind === 'kill' && fault.victim === 'downloader'))
    return random.pick([bytes, bytes, time])();
  if (fault.kind === 'reader')
    return random.pick([
      time,
      (): Trigger => ({ on: 'statement', name: 'staging', nth: nthOf('staging'), delayMs: 0 }),
    ])();
  return random.pick([time, statement, statement])();
}
