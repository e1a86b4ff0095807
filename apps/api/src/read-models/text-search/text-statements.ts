import { TIERS, tierWords, type Tier } from '@marquee/search';

/** What is searched: titles by their own and other names, or people. */
export type TextKind = 'title' | 'name';

/** How a text was found; the lower, the better. */
export const STAGES = { exact: 0, prefix: 1, words: 2, near: 3 } as const;
export type Stage = keyof typeof STAGES;

/** Further conditions on what is found. */
export interface TextFilter {
  /** Joins to `hit.id`: one row of them for each hit, or none. */
  readonly joins: string;
  /** What must be so. @param first number of the conditions' first parameter, the others follow */
  readonly where: (first: number) => string;
}

/**
 * So many texts of a tier are looked at, at most: what half of a tier begins with, or has, is cut
 * there, and takes no longer than anything else. The upper tiers, in which the order matters most,
 * are hardly larger; in the last ones everything has about the same weight.
 */
const MOST_BEGINNINGS: Readonly<Record<Tier, number>> = {
  a: 4000,
  b: 4000,
  c: 4000,
  d: 2000,
  e: 500,
  f: 500,
};
const MOST_WITH_WORDS = 1000;
/** With further conditions, which most may not meet. */
const MOST_TO_FILTER = 5000;

const WORDS = tierWords('hit.key');
/** The expression that the loader indexes. */
const INDEXED_WORDS = `array_to_tsvector(${WORDS})`;
/** The same, which no index is asked for. */
const PLAIN_WORDS = `array_to_tsvector(${WORDS} || '{}'::text[])`;

/**
 * What is called as was asked, and what begins so: tier after tier, until there are enough. As SQL,
 * with columns stage, kind, id, weight, text; within a kind and stage by weight and id.
 *
 * Parameters: how many of each kind, ids to leave out, the normal form, and those of the filter.
 */
export function startsStatement(kinds: readonly TextKind[], filter?: TextFilter): string {
  const more = moreOf(filter, 4);
  return eachKind(kinds, (kind) => [
    ...TIERS.map(
      (tier) =>
        `select ${STAGES.exact} as stage, '${kind}' as kind, hit.id, hit.weight, hit.key from (${hits(kind, `hit.key = '${tier}' || $3::text`)}) as hit ${more?.joins ?? ''} where ${NOT_LEFT_OUT} ${more?.where ?? ''}`,
    ),
    ...TIERS.map((tier) =>
      grouped(
        'prefix',
        kind,
        `hit.key > '${tier}' || $3::text and hit.key < '${tier}' || $3::text || U&'\\+10FFFF'`,
        MOST_BEGINNINGS[tier],
        more,
      ),
    ),
  ]);
}

/**
 * What has all the words that were asked for, like {@link startsStatement}.
 *
 * Parameters: how many of each kind, ids to leave out, for each of the tiers the words as {@link
 * wordsIn} writes them, and those of the filter.
 *
 * @param isPart whether the index is asked for a part of the words: each tier has two parameters
 *   then, these and all words
 */
export function wordsStatement(
  kinds: readonly TextKind[],
  stage: 'words' | 'near',
  tiers: readonly Tier[],
  isPart: boolean,
  filter?: TextFilter,
): string {
  const each = isPart ? 2 : 1;
  const more = moreOf(filter, 3 + each * tiers.length);
  const conditionOf = (first: number) =>
    `${INDEXED_WORDS} @@ $${first}::tsquery${isPart ? ` and ${PLAIN_WORDS} @@ $${first + 1}::tsquery` : ''}`;
  return eachKind(kinds, (kind) =>
    tiers.map((_, i) => grouped(stage, kind, conditionOf(3 + each * i), MOST_WITH_WORDS, more)),
  );
}

/** A filter as SQL. */
interface More {
  readonly joins: string;
  /** Begins with `and`. */
  readonly where: string;
}

function moreOf(filter: TextFilter | undefined, first: number): More | null {
  return filter === undefined ? null : { joins: filter.joins, where: `and ${filter.where(first)}` };
}

/**
 * The best of several kinds, each from its branches in their order; a branch is not begun when
 * those before it have enough.
 */
function eachKind(kinds: readonly TextKind[], branchesOf: (kind: TextKind) => string[]): string {
  return kinds
    .map(
      (kind) =>
        `(${branchesOf(kind)
          .map((branch) => `(${branch} order by weight desc, id limit $1::int8)`)
          .join('\nunion all ')}\nlimit $1::int8)`,
    )
    .join('\nunion all ');
}

/** A text of a title is one row; several of them can begin with the same words. */
function grouped(
  stage: Stage,
  kind: TextKind,
  condition: string,
  most: number,
  more: More | null,
): string {
  return `select ${STAGES[stage]} as stage, '${kind}' as kind, hit.id, max(hit.weight) as weight, min(hit.key) as key
    from (${hits(kind, condition)} limit ${more === null ? most : MOST_TO_FILTER}) as hit ${more?.joins ?? ''} where ${NOT_LEFT_OUT} ${more?.where ?? ''} group by hit.id`;
}

/** After the cut: whatever was found before, it is the same texts that are looked at. */
const NOT_LEFT_OUT = 'hit.id <> all ($2::text[])';

function hits(kind: TextKind, condition: string): string {
  return `select hit.id, hit.weight, hit.key from search.${kind}_text as hit where ${condition}`;
}

/** For each word that has to be there, the forms that will do. */
export type AskedWords = readonly (readonly string[])[];

/**
 * Words for a tier as a tsquery.
 *
 * @param isPrefix whether the last word is only a beginning
 */
export function wordsIn(tier: Tier, words: AskedWords, isPrefix: boolean): string {
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
