import { scoreOf, type Ranking } from './ranking.ts';
import type { MatchRow, TextKind } from './text-statements.ts';

/** A title or a name that a search found. */
export interface Hit extends MatchRow {
  /** By which hits are ranked, highest first; then by id. */
  readonly score: number;
  /** The query with its misspelt words corrected, for a hit that matches otherwise spelt. */
  readonly corrected: string | null;
}

/** Hits by id. Of a title with several texts, the best. */
export type Hits = ReadonlyMap<string, Hit>;

/** The kinds of matches to read, how many of each, and their ranking. */
export interface HitLimits {
  readonly kinds: readonly TextKind[];
  readonly limit: number;
  readonly ranking: Ranking;
}

/**
 * Reads matches until there are enough of each kind and stage, or none is left: an id with several
 * texts can come several times, so that a full answer may hold fewer ids than were asked for.
 *
 * @param read the best matches without those of the excluded ids
 */
export async function readHits(
  { kinds, limit, ranking }: HitLimits,
  read: (excluded: string[]) => Promise<MatchRow[]>,
): Promise<Map<string, Hit>> {
  const hits = new Map<string, Hit>();
  for (;;) {
    const rows = await read([...hits.keys()]);
    for (const row of rows) addHit(hits, { ...row, score: scoreOf(row, ranking), corrected: null });
    const stages = new Set(rows.map(({ stage }) => stage));
    const isFull = (matches: Iterable<MatchRow>, kind: TextKind, stage: string) =>
      [...matches].filter((match) => match.kind === kind && match.stage === stage).length >= limit;
    if (
      kinds.every((kind) =>
        [...stages].every(
          (stage) => !isFull(rows, kind, stage) || isFull(hits.values(), kind, stage),
        ),
      )
    )
      return hits;
  }
}

/** Adds hits to others. */
export function mergeHits(into: Map<string, Hit>, hits: Hits): void {
  for (const hit of hits.values()) addHit(into, hit);
}

function addHit(hits: Map<string, Hit>, hit: Hit): void {
  const known = hits.get(hit.id);
  if (known === undefined || hit.score > known.score) hits.set(hit.id, hit);
}

/** The best hits in their order. */
export function bestOf(hits: Hits, limit: number): Hit[] {
  return [...hits.values()]
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, limit);
}
