import { MATCH_STATES, type MatchCounts } from '@marquee/contract';

/** The number of records in each state, as `sources.match_count` has it. */
export type StateCounts = Readonly<Record<string, number>>;

/** The number of records in each state, and their shares. @param parts are added up */
export function matchCountsOf(parts: readonly StateCounts[]): MatchCounts {
  const records = (state: string) => parts.reduce((sum, { [state]: count = 0 }) => sum + count, 0);
  const waiting = records('waiting');
  const all = MATCH_STATES.reduce((sum, state) => sum + records(state), waiting);
  const share = (state: string) => ({
    records: records(state),
    percent: all === 0 ? null : Math.round((records(state) / all) * 10_000) / 100,
  });
  return {
    matched: share('matched'),
    doubtful: share('doubtful'),
    unmatched: share('unmatched'),
    conflict: share('conflict'),
    waiting,
  };
}

/** The number of all records in these counts. */
export function recordsIn(counts: MatchCounts): number {
  return MATCH_STATES.reduce((sum, state) => sum + counts[state].records, counts.waiting);
}
