import { compactKey, TIERS, tierWords, type Tier } from '@marquee/search';

/** What a search reads: texts of titles (their own and other names), or of people. */
export type TextKind = 'title' | 'name';

/** How a text matched. */
export type Stage = 'exact' | 'prefix' | 'words' | 'near';

/** A match, as a row of a statement. */
export interface MatchRow {
  readonly stage: Stage;
  readonly kind: TextKind;
  readonly id: string;
  /** A logarithm of its votes. */
  readonly weight: number;
  /** The text that matched, in its normal form, after the letter of its tier. */
  readonly key: string;
}

/** Further conditions on the hits. */
export interface TextFilter {
  /** Joins to `hit.id`, with at most one row for each hit. */
  readonly joins: string;
  /** The conditions. @param first number of their first parameter; the others follow */
  readonly where: (first: number) => string;
  /** How many texts of a tier are checked at most; {@link MAX_FILTERED_MATCHES} when left out. */
  readonly maxMatches?: number;
}

/**
 * How many texts of a tier a prefix search reads at most. A prefix of half a tier then takes no
 * longer than a rare one. The upper tiers, where the order matters most, hardly hold more; in the
 * last ones all weights are about equal.
 */
const MAX_PREFIX_MATCHES: Readonly<Record<Tier, number>> = {
  a: 4000,
  b: 4000,
  c: 4000,
  d: 2000,
  e: 500,
  f: 500,
};
/** The same of a search of words. */
const MAX_WORD_MATCHES = 1000;
/** The same with a filter, which most of them may not pass. */
export const MAX_FILTERED_MATCHES = 5000;

/** The expressions that the loader indexes. */
export const COMPACT = compactKey('hit.key');
const WORDS = tierWords('hit.key');
export const INDEXED_WORDS = `array_to_tsvector(${WORDS})`;
/** The same for a condition that no index serves. */
const UNINDEXED_WORDS = `array_to_tsvector(${WORDS} || '{}'::text[])`;

/**
 * Texts equal to the query, and those that start with it, whatever the spaces: the best of each
 * stage, tier after tier, until there are enough. The statement's rows are {@link MatchRow}s.
 *
 * Parameters: how many of each kind and stage, excluded ids, the compact form, and those of the
 * filter.
 */
export function startsStatement(kinds: readonly TextKind[], filter?: TextFilter): string {
  const sql = filterSqlOf(filter, 4);
  return kinds
    .flatMap((kind) => [
      bestOfBranches(
        TIERS.map(
          (tier) =>
            `select 'exact' as stage, '${kind}' as kind, hit.id, hit.weight, hit.key from (${hits(kind, `${COMPACT} = '${tier}' || $3::text`)}) as hit ${sql?.joins ?? ''} where ${NOT_EXCLUDED} ${sql?.where ?? ''}`,
        ),
      ),
      bestOfBranches(
        TIERS.map((tier) =>
          grouped(
            'prefix',
            kind,
            `${COMPACT} > '${tier}' || $3::text and ${COMPACT} < '${tier}' || $3::text || U&'\\+10FFFF'`,
            MAX_PREFIX_MATCHES[tier],
            sql,
          ),
        ),
      ),
    ])
    .join('\nunion all ');
}

/**
 * Texts with all words, like {@link startsStatement}.
 *
 * Parameters: how many of each kind, excluded ids, for each tier the words by {@link tsqueryOf},
 * and those of the filter.
 *
 * @param isPart whether the index is searched for a part of the words; each tier then has two
 *   parameters: these, and all words
 */
export function wordsStatement(
  kinds: readonly TextKind[],
  stage: 'words' | 'near',
  tiers: readonly Tier[],
  isPart: boolean,
  filter?: TextFilter,
): string {
  const each = isPart ? 2 : 1;
  const sql = filterSqlOf(filter, 3 + each * tiers.length);
  const conditionOf = (first: number) =>
    `${INDEXED_WORDS} @@ $${first}::tsquery${isPart ? ` and ${UNINDEXED_WORDS} @@ $${first + 1}::tsquery` : ''}`;
  return kinds
    .map((kind) =>
      bestOfBranches(
        tiers.map((_, i) => grouped(stage, kind, conditionOf(3 + each * i), MAX_WORD_MATCHES, sql)),
      ),
    )
    .join('\nunion all ');
}

/** A filter as SQL. */
interface FilterSql {
  readonly joins: string;
  /** Starts with `and`. */
  readonly where: string;
  readonly maxMatches: number;
}

function filterSqlOf(filter: TextFilter | undefined, first: number): FilterSql | null {
  if (filter === undefined) return null;
  const { joins, where, maxMatches = MAX_FILTERED_MATCHES } = filter;
  return { joins, where: `and ${where(first)}`, maxMatches };
}

/**
 * The best hits of branches, one for each tier. PostgreSQL does not start a branch when those before
 * it have filled the limit.
 */
function bestOfBranches(branches: readonly string[]): string {
  return `(${branches
    .map((branch) => `(${branch} order by weight desc, id limit $1::int8)`)
    .join('\nunion all ')}\nlimit $1::int8)`;
}

/** One hit for each id: several texts of a title can match. */
function grouped(
  stage: Stage,
  kind: TextKind,
  condition: string,
  most: number,
  filter: FilterSql | null,
): string {
  return `select '${stage}' as stage, '${kind}' as kind, hit.id, max(hit.weight) as weight, min(hit.key) as key
    from (${hits(kind, condition)} limit ${filter?.maxMatches ?? most}) as hit ${filter?.joins ?? ''} where ${NOT_EXCLUDED} ${filter?.where ?? ''} group by hit.id`;
}

/** Applied after the limit, so that each read of a search sees the same texts. */
const NOT_EXCLUDED = 'hit.id <> all ($2::text[])';

function hits(kind: TextKind, condition: string): string {
  return `select hit.id, hit.weight, hit.key from search.${kind}_text as hit where ${condition}`;
}

/** For each word of a query, the forms of which a text needs one. */
export type WordForms = readonly (readonly string[])[];

/**
 * Words in a tier as a tsquery.
 *
 * @param isPrefix whether the last word is a prefix
 */
export function tsqueryOf(tier: Tier, words: WordForms, isPrefix: boolean): string {
  return words
    .map(
      (forms, i) =>
        `(${forms.map((form) => `${quoted(tier + form)}${isPrefix && i === words.length - 1 ? ':*' : ''}`).join(' | ')})`,
    )
    .join(' & ');
}

function quoted(word: string): string {
  return `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
