import type { Outcome } from './case.ts';
import { describeFault, FAULT_NAMES, nameOfFault } from './faults.ts';
import { describeMoment, MOMENT_NAMES, nameOfMoment } from './moments.ts';
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

/** How many cases each fault and each moment hit, by name: a row for every name there is. */
export function describeHits(results: readonly Result[]): string {
  const hits = results.filter(({ hit }) => hit).map(({ plan }) => plan);
  const late = results.filter(({ outcome }) => outcome?.afterEnd === true).length;
  return [
    ...tableOf(
      'fault',
      FAULT_NAMES,
      hits.map(({ fault }) => nameOfFault(fault)),
    ),
    ...tableOf(
      'moment',
      MOMENT_NAMES,
      hits.map(({ moment }) => nameOfMoment(moment)),
    ),
    `${hits.length} of ${results.length} cases were hit, ${late} of them after the run had ended`,
  ].join('\n');
}

const NAME_WIDTH = Math.max(...[...FAULT_NAMES, ...MOMENT_NAMES].map(({ length }) => length));

function tableOf<N extends string>(
  title: string,
  names: readonly N[],
  found: readonly N[],
): string[] {
  return [
    `${title.padEnd(NAME_WIDTH)}  cases`,
    ...names.map((name) => {
      const count = found.filter((other) => other === name).length;
      return `${name.padEnd(NAME_WIDTH)}  ${String(count).padStart(5)}${count === 0 ? '  <- never' : ''}`;
    }),
  ];
}
