import type { TextQuery } from './text-query.ts';
import { isOfYear } from './years.ts';

/** One way to read a query. */
export interface Reading {
  readonly text: string;
  /** Only titles of this year; null for any. */
  readonly year: number | null;
}

/** A text with a year after it, or the years of a series. */
const WITH_YEAR = /^(.+?) ((?:18[7-9]|19\d|20\d)\d)(?: (?:18[7-9]|19\d|20\d)\d)?$/u;

/** Single letters in a row. */
const LETTERS_APART = /(?<=^| )\p{L}(?: \p{L})+(?=$| )/gu;
/** An s that an apostrophe split off. */
const LOOSE_S = /(?<=\p{L}{2}) s(?=$| )/gu;

/**
 * Other readings of a query that matches nothing as written, the likeliest first: with split letters
 * joined (`S W A T`, `Charlie s Angels`); with a year after a title (`Dark (2017)`, `The Flash
 * 2014-2023`); with both.
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

/** The query with the year of a reading as a filter; null where it searches no titles. */
export function withYear(query: TextQuery, year: number | null): TextQuery | null {
  if (year === null) return query;
  if (!query.kinds.includes('title')) return null;
  const { filter } = query;
  return {
    ...query,
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
