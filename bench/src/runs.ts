import type { Run, RunStep } from '@marquee/contract';

/** What a step says of a refresh. */
const REFRESHED = /^refresh: (\d+) rows added, (\d+) changed, (\d+) removed/u;
/** What a step says of a full load that was no fallback. */
const ASKED_FOR = 'full load: it was asked for';

/** Seconds from when a run was asked for until it was published. */
export function runSeconds({ requestedAt, endedAt }: Run): number {
  return secondsBetween(requestedAt, endedAt);
}

/**
 * Seconds from when a run was asked for until all its datasets were loaded, with keys and indexes;
 * what search needs is built after that.
 */
export function loadSeconds(run: Run): number {
  return Math.max(...loadSteps(run).map(({ endedAt }) => secondsBetween(run.requestedAt, endedAt)));
}

/** The steps of a run that load. */
export function loadSteps(run: Run): RunStep[] {
  return run.steps.filter(({ job }) => job === 'load');
}

/** How the datasets of a run came to be loaded. */
export interface LoadSummary {
  /** Rows added, changed and removed by refreshes. */
  readonly changed: number;
  readonly refreshed: number;
  readonly unchanged: number;
  /** Datasets that were loaded in full where a refresh was tried, and why. */
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
