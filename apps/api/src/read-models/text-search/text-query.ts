import type { Ranking } from './ranking.ts';
import { MAX_FILTERED_MATCHES, type TextFilter, type TextKind } from './text-statements.ts';

/**
 * How deep a search goes.
 *
 * | depth | tiers of little-known texts | last word |
 * |---|---|---|
 * | `suggest` | left out | a prefix |
 * | `page` | only where fewer than five texts match | whole |
 * | `all` | where they can be among the best | whole |
 */
type SearchDepth = 'suggest' | 'page' | 'all';

/** A search of titles and names by their texts. */
export interface TextQuery {
  readonly q: string;
  readonly kinds: readonly TextKind[];
  /** How many of each kind at most. */
  readonly limit: number;
  readonly depth: SearchDepth;
  /** By fame when left out. */
  readonly ranking?: Ranking;
  /** Whether fuzzy matches of words count too; true when left out. */
  readonly isFuzzy?: boolean;
  /** Further conditions. Statements are prepared by the name: one name, one set of conditions. */
  readonly filter?: QueryFilter;
}

/** A filter with its name and its values. */
export interface QueryFilter extends TextFilter {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** The query with one more condition on the hits of a kind. */
export function withFilter(query: TextQuery, kind: TextKind, added: QueryFilter): TextQuery {
  const { filter } = query;
  return {
    ...query,
    kinds: [kind],
    filter:
      filter === undefined
        ? added
        : {
            name: `${added.name} ${filter.name}`,
            joins: `${added.joins} ${filter.joins}`,
            where: (first) =>
              `${added.where(first)} and ${filter.where(first + added.values.length)}`,
            values: [...added.values, ...filter.values],
            maxMatches: Math.min(
              added.maxMatches ?? MAX_FILTERED_MATCHES,
              filter.maxMatches ?? MAX_FILTERED_MATCHES,
            ),
          },
  };
}
