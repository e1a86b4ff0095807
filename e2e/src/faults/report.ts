import type { Outcome } from './case.ts';
import { describeFault } from './faults.ts';
import { describeMoment } from './moments.ts';
import type { Plan } from './plan.ts';

/** How a case ended, for the report. */
export interface Result {
  readonly plan: Plan;
  /** Whether the moment came, and the fault with it. */
  readonly hit: boolean;
  readonly outcome: Outcome | null;
  readonly fault: Error | null;
  /** Where the data and the logs of a failed case lie. */
  readonly folder: string | null;
}

/** A case and how it went, on one line. */
export function describeResult({ plan, outcome, fault, folder }: Result): string {
  const { number, home, run, day } = plan;
  const what = `case ${number}  ${run} load of day ${day}, queue on ${home}: ${describeFault(plan.fault)}, ${describeMoment(plan.moment)}`;
  if (fault !== null)
    return `${what}: FAILED: ${fault.message}${folder === null ? '' : `\n  its data and logs: ${folder}`}`;
  if (outcome === null) return what;
  const end = outcome.state === 'succeeded' ? 'new day' : `old day, ${outcome.code ?? ''}`;
  return `${what}: ${outcome.afterEnd ? 'after the run had ended; ' : ''}${outcome.state} after ${outcome.seconds.toFixed(1)} s, ${end}: ok`;
}
