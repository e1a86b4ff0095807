import type { TextFilter, TextKind } from './text-statements.ts';

/** What titles and names are searched by. */
export interface TextQuery {
  readonly q: string;
  readonly kinds: readonly TextKind[];
  /** How many to find. */
  readonly limit: number;
  /**
   * Whether the last word is still being typed: it counts as a beginning, and what few know is
   * found by its beginning alone.
   */
  readonly isTyping?: boolean;
  /**
   * Whether all there is to find is wanted, as far as the limit goes, and not only the best of it.
   */
  readonly isWhole?: boolean;
  /** Whether words near to those that are asked for count as well; true when left out. */
  readonly isNearToo?: boolean;
  /**
   * Further conditions, under a name that no other conditions have: statements are prepared by it.
   */
  readonly filter?: TextFilter & { readonly name: string; readonly values: readonly unknown[] };
}
