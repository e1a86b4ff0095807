import type { Run, RunStep } from '@marquee/contract';

/** The note of a refreshed step. */
const REFRESHED = /^refresh: (\d+) rows? added, (\d+) changed, (\d+) removed/u;
/** The note of a full load that was requested. */
const ASKED_FOR = 'full load: requested';

/** Seconds from the request of a run to its end. */
export function runSeconds({ requestedAt, endedAt }: Run): number {
  return secondsBetween(requestedAt, endedAt);
}

/**
 * Seconds from the request of a run until all its datasets are loaded, with keys and indexes. The
 * derived tables are built after that.
 */
export function loadSeconds(run: Run): number {
  return Math.max(...loadSteps(run).map(({ endedAt }) => secondsBetween(run.requestedAt, endedAt)));
}

/** The load steps of a run. */
export function loadSteps(run: Run): RunStep[] {
  return run.steps.filter(({ job }) => job === 'load');
}

/** How the datasets of a run were loaded. */
export interface LoadSummary {
  /** Number of rows added, changed and removed by refreshes. */
  readonly changed: number;
  readonly refreshed: number;
  readonly unchanged: number;
  /** Datasets that were loaded in full instead of refreshed, with the reason. */
  readonly fallbacks: readonly string[];
}

export function summarizeLoads(run: Run): LoadSummary {
  const loads = loadSteps(run);
  const changes = loads.flatMap(({ note }) => {
    const [, ...counts] = REFRESHED.exec(note ?? '') ?? [];
    return counts.length === 0 ? [] : [sum(counts.map(Number))];
  });
  return {
    changed: sum(changes),
    refreshed: changes.length,
    unchanged: loads.filter(({ phase }) => phase === 'unchanged').length,
    fallbacks: loads.flatMap(({ dataset, note }) =>
      note?.startsWith('full load: ') === true && note !== ASKED_FOR ? [`${dataset}: ${note}`] : [],
    ),
  };
}

export function secondsBetween(from: string | null, to: string | null): number {
  return (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
