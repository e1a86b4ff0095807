import { withoutArticle } from '@marquee/search';
import type { Reads } from '../../database/deadline.ts';
import { findAsWritten, findStarts, findWords, hasWellKnown, wordsOf } from './as-written.ts';
import { fuzzyWords } from './fuzzy-words.ts';
import { bestOf, mergeHits, type Hit, type Hits } from './hits.ts';
import { ofPeople, personsAndTitles } from './person-and-title.ts';
import { bonusOf } from './ranking.ts';
import type { TextQuery } from './text-query.ts';
import type { WordForms } from './text-statements.ts';
import { datedTexts, ofYear } from './years.ts';

/** Finds the hits of a reading for a query with any filter. */
type Find = (query: TextQuery) => Promise<Hits>;

/** A way to read a query otherwise than as it is written. */
export interface OtherReading {
  /** The hits for the query without its filter: at least one. */
  readonly found: Hits;
  readonly find: Find;
}

/**
 * Reads a query otherwise than as it is written.
 *
 * | reading | when | example |
 * |---|---|---|
 * | a title or a name with a year | always | `Dark (2017)` |
 * | single letters as one word | nothing well-known is found so far | `delivery service kiki s` |
 * | a title without the article before it | the same | `the star wars` |
 * | a title with the beginning of a year, of a suggestion | the same | `dark (20` |
 * | a person with one of their titles | the same, and no text is equal to the query | `hitchcock rear window` |
 * | misspelt words, also with a year | the same, after all others | `maen girls 2024` |
 *
 * @param query without a filter
 * @param text in its normal form
 * @param asWritten the hits of the text as it is written
 */
export async function findOtherwise(
  database: Reads,
  query: TextQuery,
  text: string,
  asWritten: Hits,
): Promise<OtherReading[]> {
  const readings: OtherReading[] = [];
  const known = new Map(asWritten);
  const add = async (find: Find): Promise<Hits> => {
    const found = await find(query);
    if (found.size > 0) readings.push({ find, found });
    mergeHits(known, found);
    return found;
  };

  const dated = datedTexts(text, query);
  for (const reading of dated)
    await add(async (asked) => findAsWritten(database, ofYear(asked, reading), reading.text));
  if (hasWellKnown(known)) return readings;
  for (const read of textsOf(text, query))
    await add(async (asked) => findAsWritten(database, asked, read));
  if (query.kinds.includes('title') && !hasExact(asWritten))
    for (const { title, people } of await personsAndTitles(database, wordsOf(text)))
      await add(async (asked) => findAsWritten(database, ofPeople(asked, people), title));
  if (hasWellKnown(known) || query.isFuzzy === false) return readings;
  await addNear(text, known.size > 0, (asked) => asked);
  for (const reading of dated.filter(({ kind }) => kind === 'title'))
    if (!hasWellKnown(known))
      await addNear(reading.text, true, (asked) => ofYear(asked, reading), ` ${reading.year}`);
  return readings;

  async function addNear(
    misspelt: string,
    hasFound: boolean,
    of: (asked: TextQuery) => TextQuery,
    year = '',
  ): Promise<void> {
    const forms = await fuzzyWords(database, wordsOf(misspelt), hasFound);
    if (forms === null) return;
    const found = await add(async (asked) => findNear(database, of(asked), forms, year));
    const [best] = bestOf(found, 1);
    if (best?.corrected == null) return;
    const { corrected } = best;
    const right = corrected.slice(0, corrected.length - year.length);
    await add(async (asked) => findCorrected(database, of(asked), right, corrected));
  }
}

function hasExact(hits: Hits): boolean {
  return [...hits.values()].some(({ stage }) => stage === 'exact');
}

/** Single letters in a row. */
const LETTERS_APART = /(?<=^| )\p{L}(?: \p{L})+(?=$| )/gu;
/** An s that an apostrophe split off. */
const LOOSE_S = /(?<=\p{L}{2}) s(?=$| )/gu;
/** The beginning of a year. */
const YEAR_BEGINS = / (?:1[89]?|20?)\d?$/u;

/** Other texts that the query may stand for. */
function textsOf(text: string, { depth }: TextQuery): string[] {
  const joined = text
    .replace(LETTERS_APART, (letters) => letters.replaceAll(' ', ''))
    .replace(LOOSE_S, 's');
  const undated = depth === 'suggest' ? text.replace(YEAR_BEGINS, '') : text;
  return [joined, undated, withoutArticle(text)].filter((other) => other !== text);
}

/** The hits of similar words, each with the query as it should be spelt. */
async function findNear(
  database: Reads,
  query: TextQuery,
  forms: WordForms,
  year = '',
): Promise<Map<string, Hit>> {
  const hits = await findWords(database, query, 'near', forms);
  return new Map(
    [...hits].map(([id, hit]) => {
      const words = new Set(hit.key.slice(1).split(' '));
      const corrected = forms.map((form) => form.find((word) => words.has(word)) ?? form[0]);
      return [id, { ...hit, corrected: corrected.join(' ') + year }];
    }),
  );
}

/** The hits of a corrected text itself. @param corrected the whole query as it should be spelt */
async function findCorrected(
  database: Reads,
  query: TextQuery,
  text: string,
  corrected: string,
): Promise<Map<string, Hit>> {
  const penalty = bonusOf('near', query.ranking ?? 'fame');
  return new Map(
    [...(await findStarts(database, query, text))].map(([id, hit]) => [
      id,
      { ...hit, stage: 'near', score: hit.score + penalty, corrected },
    ]),
  );
}
