import { MAX_SEARCH_RESULTS } from '@marquee/contract';
import { normalForm, weightOf, type Tier } from '@marquee/search';
import { withDeadline, type Reads } from '../../database/deadline.ts';
import { findById } from './by-id.ts';
import { fuzzyWords } from './fuzzy-words.ts';
import { rarestOf } from './rare-words.ts';
import { otherReadings, withYear } from './readings.ts';
import type { TextQuery } from './text-query.ts';
import {
  STAGES,
  startsStatement,
  tsqueryOf,
  wordsStatement,
  type Stage,
  type TextKind,
  type WordForms,
} from './text-statements.ts';

/** A title or a name that a search found. */
export interface Hit {
  readonly kind: TextKind;
  readonly id: string;
  /** One of {@link STAGES}. */
  readonly stage: number;
  readonly weight: number;
  /** The text that matched, in its normal form, after the letter of its tier. */
  readonly key: string;
}

/** Words beyond these are ignored: nobody types as many unless they mean one title. */
const MAX_WORDS = 12;

/** Tiers that are small enough to search them for a prefix of a word. */
const PREFIX_TIERS: readonly Tier[] = ['a', 'b', 'c'];
/** Tiers that every search of words reads. */
const KNOWN_TIERS: readonly Tier[] = ['a', 'b', 'c', 'd'];
/** Tiers of little-known texts, so large that a page reads them only where little else matched. */
const LITTLE_KNOWN_TIERS: readonly Tier[] = ['e', 'f'];
/** With fewer hits, a page shows little-known texts too. */
const FEW_HITS = 5;

/** Where no hit has these votes, the query may be misspelt. */
const WELL_KNOWN = weightOf(100);

/**
 * Finds titles and names by a text, in stages: equal to it, starting with it, with all its words,
 * with similar words. Within a stage the order is weight, then id.
 *
 * | case | what happens |
 * |---|---|
 * | the text as it stands matches a well-known title or name | fuzzy words are left out |
 * | nothing matches, whatever the filters | other readings (`S W A T`, `Dark (2017)`) come before fuzzy words |
 * | the text contains an id, and something has it | only that is found |
 * | a filter leaves nothing, but the text matches | the text alone says whether it may be misspelt |
 *
 * @throws ProblemException 503 when it takes too long
 */
export async function findTexts(database: Reads, query: TextQuery): Promise<Hit[]> {
  const reads = withDeadline(database);
  const text = normalForm(query.q);
  if (text === '') return [];
  const hit = await findById(reads, query);
  if (hit !== null) return [hit];
  const found = await findAsWritten(reads, query, text);
  if (found.size < query.limit && !hasWellKnown(found)) {
    const unfiltered =
      query.filter === undefined ? found : await findAsWritten(reads, withoutFilter(query), text);
    if (unfiltered.size === 0) await findOtherReading(reads, query, text, found);
    if (found.size === 0 || unfiltered.size > 0)
      await findFuzzy(reads, query, text, unfiltered, found);
  }
  return [...found.values()].sort(compareHits).slice(0, query.limit);
}

function withoutFilter({ filter, ...query }: TextQuery): TextQuery {
  const depth = query.depth === 'all' ? 'page' : query.depth;
  return { ...query, depth, limit: MAX_SEARCH_RESULTS };
}

/** Adds the hits of the first other reading that matches. */
async function findOtherReading(
  database: Reads,
  query: TextQuery,
  text: string,
  found: Map<string, Hit>,
): Promise<void> {
  for (const reading of otherReadings(text)) {
    const dated = withYear(query, reading.year);
    if (dated === null) continue;
    for (const [id, hit] of await findAsWritten(database, dated, reading.text)) found.set(id, hit);
    if (found.size > 0) return;
  }
}

/** Adds the hits of similar words. @param unfiltered the hits of the words themselves, of any filter */
async function findFuzzy(
  database: Reads,
  query: TextQuery,
  text: string,
  unfiltered: ReadonlyMap<string, Hit>,
  found: Map<string, Hit>,
): Promise<void> {
  if (query.isFuzzy === false || hasWellKnown(unfiltered)) return;
  const words = await fuzzyWords(database, wordsOf(text), unfiltered.size > 0);
  if (words !== null) await findWords(database, query, 'near', words, found);
}

function wordsOf(text: string): string[] {
  return [...new Set(text.split(' '))].slice(0, MAX_WORDS);
}

function hasWellKnown(found: ReadonlyMap<string, Hit>): boolean {
  return [...found.values()].some(({ weight }) => weight >= WELL_KNOWN);
}

/** The hits of the text itself and of its words, by id. */
async function findAsWritten(
  database: Reads,
  query: TextQuery,
  text: string,
): Promise<Map<string, Hit>> {
  const found = new Map<string, Hit>();
  await findStarts(database, query, text, found);
  if (found.size < query.limit)
    await findWords(
      database,
      query,
      'words',
      wordsOf(text).map((word) => [word]),
      found,
    );
  return found;
}

async function findStarts(
  database: Reads,
  query: TextQuery,
  text: string,
  found: Map<string, Hit>,
): Promise<void> {
  const { kinds, limit, filter } = query;
  const statement = {
    name: `search starts ${kinds.join(' ')} ${filter?.name ?? ''}`,
    text: startsStatement(kinds, filter),
  };
  await addHits(found, query, async (excluded) =>
    database.readPrepared<Hit>(statement, [limit, excluded, text, ...(filter?.values ?? [])]),
  );
}

async function findWords(
  database: Reads,
  query: TextQuery,
  stage: 'words' | 'near',
  words: WordForms,
  found: Map<string, Hit>,
): Promise<void> {
  if (query.depth === 'suggest')
    return findWordsIn(PREFIX_TIERS, database, query, stage, { indexed: words }, found);
  await findWordsIn(KNOWN_TIERS, database, query, stage, { indexed: words }, found);
  if (found.size >= (query.depth === 'all' ? query.limit : FEW_HITS)) return;
  const rarest = await rarestOf(database, words);
  await findWordsIn(
    LITTLE_KNOWN_TIERS,
    database,
    query,
    stage,
    rarest.length < words.length ? { indexed: rarest, all: words } : { indexed: words },
    found,
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
  found: Map<string, Hit>,
): Promise<void> {
  const { kinds, limit, filter, depth } = query;
  const isPrefix = depth === 'suggest' && (indexed.at(-1)?.[0] ?? '').length > 1;
  const isPart = all !== undefined;
  const statement = {
    name: `search ${stage}${isPart ? ' part' : ''} ${tiers.join('')} ${kinds.join(' ')} ${filter?.name ?? ''}`,
    text: wordsStatement(kinds, stage, tiers, isPart, filter),
  };
  const searched = isPart ? [indexed, all] : [indexed];
  const queries = tiers.flatMap((tier) =>
    searched.map((words) => tsqueryOf(tier, words, isPrefix)),
  );
  await addHits(found, query, async (excluded) =>
    database.readPrepared<Hit>(statement, [limit, excluded, ...queries, ...(filter?.values ?? [])]),
  );
}

/**
 * Adds hits, each id once, until there are enough of each kind or no more. A title has several
 * texts, so that a full answer may hold fewer ids than were asked for.
 */
async function addHits(
  found: Map<string, Hit>,
  { kinds, limit }: TextQuery,
  read: (excluded: string[]) => Promise<Hit[]>,
): Promise<void> {
  const isFull = (hits: Iterable<Hit>, kind: TextKind) =>
    [...hits].filter((hit) => hit.kind === kind).length >= limit;
  for (;;) {
    const rows = (await read([...found.keys()])).sort(compareHits);
    for (const row of rows) if (!found.has(row.id)) found.set(row.id, row);
    if (kinds.every((kind) => !isFull(rows, kind) || isFull(found.values(), kind))) return;
  }
}

function compareHits(a: Hit, b: Hit): number {
  return a.stage - b.stage || b.weight - a.weight || (a.id < b.id ? -1 : 1);
}

/** The name of a hit's stage. */
export function stageOf({ stage }: Hit): Stage {
  return (Object.keys(STAGES) as Stage[])[stage] ?? 'near';
}
