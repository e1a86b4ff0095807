import { MOST_FOUND } from '@marquee/contract';
import { normalForm, weightOf, type Tier } from '@marquee/search';
import { withDeadline, type Reads } from '../../database/deadline.ts';
import { fuzzyWords } from './fuzzy-words.ts';
import { rarestOf } from './rare-words.ts';
import { otherReadings, withYear } from './readings.ts';
import type { TextQuery } from './text-query.ts';
import {
  STAGES,
  startsStatement,
  wordsIn,
  wordsStatement,
  type AskedWords,
  type Stage,
  type TextKind,
} from './text-statements.ts';

/** A title or a name that was found. */
export interface Hit {
  readonly kind: TextKind;
  readonly id: string;
  /** Of {@link STAGES}. */
  readonly stage: number;
  readonly weight: number;
  /** The text that was found, in its normal form, after the letter of its tier. */
  readonly key: string;
}

/** More words than these are not asked for: whoever gives so many means one title. */
const MOST_WORDS = 12;

/**
 * Tiers in which the beginning of a word is looked for: in larger ones there is too much that
 * begins so.
 */
const BEST_KNOWN: readonly Tier[] = ['a', 'b', 'c'];
/**
 * Tiers in which words are looked for at all times. The others are so large that they are asked
 * where little else was found.
 */
const KNOWN: readonly Tier[] = ['a', 'b', 'c', 'd'];
/** So few that what hardly anybody knows may be meant. */
const FEW = 5;
const LITTLE_KNOWN: readonly Tier[] = ['e', 'f'];

/** Where nothing was found of these votes or more, something else may have been meant. */
const WELL_KNOWN = weightOf(100);

/**
 * Finds titles and names by a text: first what is called so, then what begins so, then what has all
 * the words, then what has words near to them; the best known first of each, then by id. What finds
 * nothing as it stands is read in other ways before near words are looked for. Whether other words
 * may be meant, the text alone says, whatever the further conditions.
 *
 * @throws ProblemException 503 when it takes too long
 */
export async function findTexts(database: Reads, question: TextQuery): Promise<Hit[]> {
  const reads = withDeadline(database);
  const text = normalForm(question.q);
  if (text === '') return [];
  const found = await findCalled(reads, question, text);
  if (found.size < question.limit && !hasWellKnown(found)) {
    const { filter, isWhole, ...plain } = question;
    const all =
      filter === undefined ? found : await findCalled(reads, { ...plain, limit: MOST_FOUND }, text);
    if (all.size === 0) await findOtherwise(reads, question, text, found);
    if (found.size === 0 || all.size > 0) await findNear(reads, question, text, all, found);
  }
  return [...found.values()].sort(inOrder).slice(0, question.limit);
}

/** What another reading of the question finds, the first that finds anything. */
async function findOtherwise(
  database: Reads,
  question: TextQuery,
  text: string,
  found: Map<string, Hit>,
): Promise<void> {
  for (const reading of otherReadings(text)) {
    const dated = withYear(question, reading.year);
    if (dated === null) continue;
    for (const [id, hit] of await findCalled(database, dated, reading.text)) found.set(id, hit);
    if (found.size > 0) return;
  }
}

/** @param all what has the words themselves, whatever the further conditions */
async function findNear(
  database: Reads,
  question: TextQuery,
  text: string,
  all: ReadonlyMap<string, Hit>,
  found: Map<string, Hit>,
): Promise<void> {
  if (question.isNearToo === false || hasWellKnown(all)) return;
  const near = await fuzzyWords(database, wordsOf(text), all.size > 0);
  if (near !== null) await findWords(database, question, 'near', near, found);
}

function wordsOf(text: string): string[] {
  return [...new Set(text.split(' '))].slice(0, MOST_WORDS);
}

function hasWellKnown(found: ReadonlyMap<string, Hit>): boolean {
  return [...found.values()].some(({ weight }) => weight >= WELL_KNOWN);
}

/** What has the words themselves. */
async function findCalled(
  database: Reads,
  question: TextQuery,
  text: string,
): Promise<Map<string, Hit>> {
  const found = new Map<string, Hit>();
  await findStarts(database, question, text, found);
  if (found.size < question.limit)
    await findWords(
      database,
      question,
      'words',
      wordsOf(text).map((word) => [word]),
      found,
    );
  return found;
}

async function findStarts(
  database: Reads,
  question: TextQuery,
  text: string,
  found: Map<string, Hit>,
): Promise<void> {
  const { kinds, limit, filter } = question;
  const statement = {
    name: `search starts ${kinds.join(' ')} ${filter?.name ?? ''}`,
    text: startsStatement(kinds, filter),
  };
  // what is called so can begin so by another of its names, and both are among the rows
  await gather(found, question, async (leftOut) =>
    database.readPrepared<Hit>(statement, [limit, leftOut, text, ...(filter?.values ?? [])]),
  );
}

async function findWords(
  database: Reads,
  question: TextQuery,
  stage: 'words' | 'near',
  words: AskedWords,
  found: Map<string, Hit>,
): Promise<void> {
  if (question.isTyping === true)
    return findWordsIn(BEST_KNOWN, database, question, stage, [words], found);
  await findWordsIn(KNOWN, database, question, stage, [words], found);
  if (found.size >= (question.isWhole === true ? question.limit : FEW)) return;
  const rarest = await rarestOf(database, words);
  await findWordsIn(
    LITTLE_KNOWN,
    database,
    question,
    stage,
    rarest.length < words.length ? [rarest, words] : [words],
    found,
  );
}

/** @param asked the words; or those to ask the index for, and all of them */
async function findWordsIn(
  tiers: readonly Tier[],
  database: Reads,
  question: TextQuery,
  stage: 'words' | 'near',
  asked: readonly [AskedWords] | readonly [AskedWords, AskedWords],
  found: Map<string, Hit>,
): Promise<void> {
  const { kinds, limit, filter, isTyping = false } = question;
  const isPrefix = isTyping && (asked[0].at(-1)?.[0] ?? '').length > 1;
  const isPart = asked.length === 2;
  const name = `search ${stage}${isPart ? ' part' : ''} ${tiers.join('')} ${kinds.join(' ')} ${filter?.name ?? ''}`;
  const statement = { name, text: wordsStatement(kinds, stage, tiers, isPart, filter) };
  const queries = tiers.flatMap((tier) => asked.map((words) => wordsIn(tier, words, isPrefix)));
  await gather(found, question, async (leftOut) =>
    database.readPrepared<Hit>(statement, [limit, leftOut, ...queries, ...(filter?.values ?? [])]),
  );
}

/** Adds rows to what was found, each id once, until there are enough of each kind or no more. */
async function gather(
  found: Map<string, Hit>,
  { kinds, limit }: TextQuery,
  read: (leftOut: string[]) => Promise<Hit[]>,
): Promise<void> {
  const hasAll = (hits: Iterable<Hit>, kind: TextKind) =>
    [...hits].filter((hit) => hit.kind === kind).length >= limit;
  for (;;) {
    const rows = (await read([...found.keys()])).sort(inOrder);
    for (const row of rows) if (!found.has(row.id)) found.set(row.id, row);
    // of a kind there are as many rows as were asked for, but an id may have several of them
    if (kinds.every((kind) => !hasAll(rows, kind) || hasAll(found.values(), kind))) return;
  }
}

function inOrder(a: Hit, b: Hit): number {
  return a.stage - b.stage || b.weight - a.weight || (a.id < b.id ? -1 : 1);
}

/** The stage of a hit by its name. */
export function stageOf({ stage }: Hit): Stage {
  return (Object.keys(STAGES) as Stage[])[stage] ?? 'near';
}
