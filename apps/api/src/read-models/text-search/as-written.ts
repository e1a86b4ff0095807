import { compactForm, TIER_BOUNDS, weightOf, type Tier } from '@marquee/search';
import type { Reads } from '../../database/deadline.ts';
import { bestOf, mergeHits, readHits, type Hit, type HitLimits, type Hits } from './hits.ts';
import { scoreOf } from './ranking.ts';
import { rarestOf } from './rare-words.ts';
import type { TextQuery } from './text-query.ts';
import {
  startsStatement,
  tsqueryOf,
  wordsStatement,
  type MatchRow,
  type WordForms,
} from './text-statements.ts';

/** Words beyond these are ignored: nobody types as many unless they mean one title. */
const MAX_WORDS = 12;

/** Tiers that are small enough to search them for a prefix of a word. */
const PREFIX_TIERS: readonly Tier[] = ['a', 'b', 'c'];
/** Tiers that every search of words reads. */
export const KNOWN_TIERS: readonly Tier[] = ['a', 'b', 'c', 'd'];
/** Tiers of little-known texts, so large that a page reads them only where little else matched. */
export const LITTLE_KNOWN_TIERS: readonly Tier[] = ['e', 'f'];
/** With fewer hits, a page shows little-known texts too. */
const FEW_HITS = 5;

/** The weight of a well-known text: if no hit has it, the query may be misspelt. */
const WELL_KNOWN = weightOf(100);

/** Whether a well-known text matches. */
export function hasWellKnown(hits: Hits): boolean {
  return [...hits.values()].some(({ weight }) => weight >= WELL_KNOWN);
}

/** Whether a well-known text is the query, or starts with it. */
export function isSure(hits: Hits): boolean {
  return [...hits.values()].some(
    ({ weight, stage }) => weight >= WELL_KNOWN && (stage === 'exact' || stage === 'prefix'),
  );
}

/** The words of a text in normal form, each once. */
export function wordsOf(text: string): string[] {
  return [...new Set(text.split(' '))].slice(0, MAX_WORDS);
}

/** The hits of the text itself and of its words. */
export async function findAsWritten(
  database: Reads,
  query: TextQuery,
  text: string,
): Promise<Map<string, Hit>> {
  const hits = await findStarts(database, query, text);
  const words = wordsOf(text).map((word) => [word]);
  mergeHits(hits, await findWords(database, query, 'words', words, hits));
  return hits;
}

/** Few hits are read like {@link FEW_HITS}: how many there are says what else is read. */
function limitsOf({ kinds, limit, ranking = 'fame' }: TextQuery): HitLimits {
  return { kinds, limit: Math.max(limit, FEW_HITS), ranking };
}

/** The hits of the text itself: equal, or starting with it. */
export async function findStarts(
  database: Reads,
  query: TextQuery,
  text: string,
): Promise<Map<string, Hit>> {
  const { kinds, filter } = query;
  const limits = limitsOf(query);
  const statement = {
    name: `search starts ${kinds.join(' ')} ${filter?.name ?? ''}`,
    text: startsStatement(kinds, filter),
  };
  const values = [compactForm(text), ...(filter?.values ?? [])];
  return readHits(limits, async (excluded) =>
    database.readPrepared<MatchRow>(statement, [limits.limit, excluded, ...values]),
  );
}

/**
 * The hits of some words.
 *
 * @param starts the hits of the text itself, which say whether little-known texts are read
 */
export async function findWords(
  database: Reads,
  query: TextQuery,
  stage: 'words' | 'near',
  words: WordForms,
  starts: Hits = new Map(),
): Promise<Map<string, Hit>> {
  if (query.depth === 'suggest')
    return findWordsIn(PREFIX_TIERS, database, query, stage, { indexed: words });
  const hits = await findWordsIn(KNOWN_TIERS, database, query, stage, { indexed: words });
  const all = new Map(starts);
  mergeHits(all, hits);
  if (hasEnough(query, all)) return hits;
  const rarest = await rarestOf(database, words);
  const searched =
    rarest.length < words.length ? { indexed: rarest, all: words } : { indexed: words };
  mergeHits(hits, await findWordsIn(LITTLE_KNOWN_TIERS, database, query, stage, searched));
  return hits;
}

/** Whether words of little-known texts are not read. */
function hasEnough(query: TextQuery, hits: Hits): boolean {
  if (query.depth !== 'all') return hits.size >= FEW_HITS;
  const { kinds, limit, ranking } = limitsOf(query);
  const last = bestOf(hits, limit)[limit - 1];
  return (
    last !== undefined &&
    kinds.every((kind) => {
      const [, , , weight] = TIER_BOUNDS[kind];
      return last.score >= scoreOf({ stage: 'words', kind, weight }, ranking);
    })
  );
}

/** The words that the index is searched for, and all words where those are but a part of them. */
interface SearchedWords {
  readonly indexed: WordForms;
  readonly all?: WordForms;
}

async function findWordsIn(
  tiers: readonly Tier[],
  database: Reads,
  query: TextQuery,
  stage: 'words' | 'near',
  { indexed, all }: SearchedWords,
): Promise<Map<string, Hit>> {
  const { kinds, filter, depth } = query;
  const limits = limitsOf(query);
  const isPrefix = depth === 'suggest' && (indexed.at(-1)?.[0] ?? '').length > 1;
  const isPart = all !== undefined;
  const statement = {
    name: `search ${stage}${isPart ? ' part' : ''} ${tiers.join('')} ${kinds.join(' ')} ${filter?.name ?? ''}`,
    text: wordsStatement(kinds, stage, tiers, isPart, filter),
  };
  const searched = isPart ? [indexed, all] : [indexed];
  const values = [
    ...tiers.flatMap((tier) => searched.map((words) => tsqueryOf(tier, words, isPrefix))),
    ...(filter?.values ?? []),
  ];
  return readHits(limits, async (excluded) =>
    database.readPrepared<MatchRow>(statement, [limits.limit, excluded, ...values]),
  );
}
