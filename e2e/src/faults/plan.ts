import { Dice } from './dice.ts';
import type { Fault } from './faults.ts';
import type { Home } from './machine.ts';
import type { Moment } from './moments.ts';
import type { RunKind } from './run-kind.ts';
import { STATEMENTS_OF, type StatementCounts, type StatementName } from './statements.ts';

/**
 * The days there are: cases go from one of the first two to the other; the third is what a lying
 * origin sends.
 */
export const DAYS = 3;

/** One case: a fault at a moment of a run. */
export interface Plan {
  readonly number: number;
  readonly home: Home;
  readonly run: RunKind;
  /**
   * The day that the run is to publish; the other one of the first two, or nothing, is published
   * before.
   */
  readonly day: 0 | 1;
  readonly fault: Fault;
  readonly moment: Moment;
}

export interface PlanOptions {
  readonly seed: number;
  readonly number: number;
  readonly homes: readonly Home[];
  /** Whether there is a small disk to fill. */
  readonly disk: boolean;
  /** Of undisturbed runs. Only what comes in them can be waited for. */
  readonly counts: Readonly<Record<RunKind, StatementCounts>>;
}

/**
 * Cases with the queue in one home come in blocks of so many: each block is a machine of its own.
 */
export const BLOCK = 20;

/**
 * The case of a number: the same for the same seed, homes, disk and counts. Other counts change
 * only which occurrence of a statement is waited for: a fraction of them is drawn.
 */
export function planCase({ seed, number, homes, disk, counts }: PlanOptions): Plan {
  const dice = new Dice(Math.imul(seed, 1_000_003) + number);
  const home = homes[Math.floor((number - 1) / BLOCK) % homes.length] as Home;
  // a new machine begins with nothing
  const isNew = (number - 1) % BLOCK === 0;
  const run = isNew ? 'first' : dice.oneOf(['full', 'refresh'] as const);
  const day = number % 2 === 0 ? 0 : 1;
  const fault = chooseFault(dice, home, disk, day);
  return { number, home, run, day, fault, moment: chooseMoment(dice, run, counts[run], fault) };
}

/** What hurts the loader and the database most comes most often. */
function chooseFault(dice: Dice, home: Home, disk: boolean, day: 0 | 1): Fault {
  const choices: (() => Fault)[] = [
    ...times(5, () => ({ kind: 'kill', victim: 'loader' })),
    ...times(3, () => ({ kind: 'kill', victim: 'downloader' })),
    ...times(2, () => ({ kind: 'kill', victim: 'api' })),
    ...times(5, () => ({ kind: 'kill', victim: 'postgres' })),
    // shorter and longer than PostgreSQL and the queue wait for it
    ...times(2, () => ({ kind: 'freeze', forMs: dice.between(200, 9000) })),
    ...times(home === 'redis' ? 5 : 0, () => ({
      kind: 'redis',
      keep: dice.unit() < 0.5,
      awayMs: dice.between(0, 1500),
    })),
    ...times(2, () => ({ kind: 'cut', more: dice.between(0, 4) })),
    ...times(2, () => ({
      kind: 'lie',
      how: dice.oneOf(['other-version', 'other-bytes'] as const),
      day: dice.oneOf([1 - day, 2]),
    })),
    ...times(disk ? 1 : 0, () => ({ kind: 'disk' })),
    ...times(2, () => ({
      kind: 'reader',
      mode: dice.oneOf(['access share', 'share'] as const),
      holdMs: dice.between(200, 7000),
    })),
  ];
  return dice.oneOf(choices)();
}

function times(count: number, choice: () => Fault): (() => Fault)[] {
  return Array.from({ length: count }, () => choice);
}

function chooseMoment(dice: Dice, run: RunKind, counts: StatementCounts, fault: Fault): Moment {
  const bytes = (): Moment => ({ on: 'bytes', part: dice.unit() * 0.98 });
  const time = (): Moment => ({ on: 'time', part: dice.unit() });
  const nthOf = (name: StatementName) => dice.between(1, counts[name]);
  const statement = (): Moment => {
    const name = dice.oneOf(STATEMENTS_OF[run]);
    // at once, or a little later: most statements take but a few milliseconds
    return {
      on: 'statement',
      name,
      nth: nthOf(name),
      delayMs: dice.oneOf([0, 0, dice.between(1, 5), dice.between(5, 40)]),
    };
  };
  if (fault.kind === 'cut' || fault.kind === 'lie') return bytes();
  if (fault.kind === 'disk' || (fault.kind === 'kill' && fault.victim === 'downloader'))
    return dice.oneOf([bytes, bytes, time])();
  if (fault.kind === 'reader')
    return dice.oneOf([
      time,
      (): Moment => ({ on: 'statement', name: 'staging', nth: nthOf('staging'), delayMs: 0 }),
    ])();
  return dice.oneOf([time, statement, statement])();
}
