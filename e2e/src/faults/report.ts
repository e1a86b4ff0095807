import type { Outcome } from './run-case.ts';
import { describeFault, FAULT_NAMES, faultName } from './faults.ts';
import { describeTrigger, TRIGGER_NAMES, triggerName } from './triggers.ts';
import type { CasePlan } from './case-plan.ts';

/** The result of a case, for the report. */
export interface CaseResult {
  readonly plan: CasePlan;
  /** Whether the trigger fired and the fault was injected. */
  readonly hit: boolean;
  readonly outcome: Outcome | null;
  readonly failure: Error | null;
  /** Folder with data and logs of a failed case. */
  readonly folder: string | null;
}

/** Describes a case and its result on one line. */
export function describeResult({ plan, outcome, failure, folder }: CaseResult): string {
  const { number, queue, run, day } = plan;
  const what = `case ${number}  ${run} load of day ${day}, queue on ${queue}: ${describeFault(plan.fault)}, ${describeTrigger(plan.trigger)}`;
  if (failure !== null)
    return `${what}: FAILED: ${failure.message}${folder === null ? '' : `\n  data and logs: ${folder}`}`;
  if (outcome === null) return what;
  const end = outcome.state === 'succeeded' ? 'new day' : `old day, ${outcome.code ?? ''}`;
  return `${what}: ${outcome.afterEnd ? 'after the run had ended; ' : ''}${outcome.state} after ${outcome.seconds.toFixed(1)} s, ${end}: ok`;
}

/** Number of cases by fault and by trigger, with a row for every name. */
export function describeHits(results: readonly CaseResult[]): string {
  const hits = results.filter(({ hit }) => hit).map(({ plan }) => plan);
  const late = results.filter(({ outcome }) => outcome?.afterEnd === true).length;
  return [
    ...tableOf(
      'fault',
      FAULT_NAMES,
      hits.map(({ fault }) => faultName(fault)),
    ),
    ...tableOf(
      'trigger',
      TRIGGER_NAMES,
      hits.map(({ trigger }) => triggerName(trigger)),
    ),
    `${hits.length} of ${results.length} cases were hit, ${late} of them after the run had ended`,
  ].join('\n');
}

const NAME_WIDTH = Math.max(...[...FAULT_NAMES, ...TRIGGER_NAMES].map(({ length }) => length));

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
