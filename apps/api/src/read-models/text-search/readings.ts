import type { TextQuery } from './text-query.ts';
import { isOfYear } from './years.ts';

/** One of the ways in which a question can be meant. */
export interface Reading {
  readonly text: string;
  /** Only titles of this year. */
  readonly year: number | null;
}

/** A year at the end, or the years of a series, after some text. */
const WITH_YEAR = /^(.+?) ((?:18[7-9]|19\d|20\d)\d)(?: (?:18[7-9]|19\d|20\d)\d)?$/u;

/** Single letters in a row, of which the first stands behind a word or at the start. */
const LETTERS_APART = /(?<=^| )\p{L}(?: \p{L})+(?=$| )/gu;
/** An s that its apostrophe has set apart. */
const LOOSE_S = /(?<=\p{L}{2}) s(?=$| )/gu;

/**
 * The other ways in which a question can be meant that finds nothing as it stands, the likeliest
 * first: with letters that stand apart joined, as in `S W A T` and `Charlie s Angels`; with a year
 * behind a title, as in `Dark (2017)` and `The Flash 2014-2023`; with both.
 *
 * @param text in its normal form
 */
export function otherReadings(text: string): Reading[] {
  const joined = text
    .replace(LETTERS_APART, (letters) => letters.replaceAll(' ', ''))
    .replace(LOOSE_S, 's');
  const texts = joined === text ? [text] : [joined, text];
  return [
    ...texts.slice(0, -1).map((reading) => ({ text: reading, year: null })),
    ...texts.flatMap((reading) => {
      const [, title, year] = WITH_YEAR.exec(reading) ?? [];
      return title === undefined ? [] : [{ text: title, year: Number(year) }];
    }),
  ];
}

/** The question with the year of a reading among its conditions; null where it is of no titles. */
export function withYear(question: TextQuery, year: number | null): TextQuery | null {
  if (year === null) return question;
  if (!question.kinds.includes('title')) return null;
  const { filter } = question;
  return {
    ...question,
    kinds: ['title'],
    filter: {
      name: `of year ${filter?.name ?? ''}`,
      joins: `join imdb.title_basics dated on dated.tconst = hit.id ${filter?.joins ?? ''}`,
      where: (first) =>
        [isOfYear('dated', `$${first}::int`), ...(filter ? [filter.where(first + 1)] : [])].join(
          ' and ',
        ),
      values: [year, ...(filter?.values ?? [])],
    },
  };
}
