import type { TextFilter, TextKind } from './text-statements.ts';

/**
 * How deep a search goes.
 *
 * | depth | tiers of little-known texts | last word |
 * |---|---|---|
 * | `suggest` | left out | a prefix |
 * | `page` | only where fewer than five texts match | whole |
 * | `all` | until the limit is reached | whole |
 */
type SearchDepth = 'suggest' | 'page' | 'all';

/** A search of titles and names by their texts. */
export interface TextQuery {
  readonly q: string;
  readonly kinds: readonly TextKind[];
  /** How many of each kind at most. */
  readonly limit: number;
  readonly depth: SearchDepth;
  /** Whether fuzzy matches of words count too; true when left out. */
  readonly isFuzzy?: boolean;
  /** Further conditions. Statements are prepared by the name: one name, one set of conditions. */
  readonly filter?: TextFilter & { readonly name: string; readonly values: readonly unknown[] };
}
