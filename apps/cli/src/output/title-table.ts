import type { ListedTitle } from '@marquee/contract';
import { labelOf, years } from '@marquee/contract/title-facts';
import { count } from '@marquee/terminal/format';
import type { Cell, Column } from '@marquee/terminal/table';
import { episodePosition } from './episode.ts';

/** An item of a page of the API: a list may have been asked for some of its fields alone. */
export type Item<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** The columns of a table of titles; in a narrow terminal the id and the title stay. */
export const TITLE_COLUMNS: readonly Column[] = [
  { head: 'ID' },
  { head: 'TITLE', isFlexible: true },
  { head: 'WHAT', isFlexible: true, drop: 4 },
  { head: 'YEAR', drop: 1 },
  { head: 'RATING', align: 'right', drop: 2 },
  { head: 'VOTES', align: 'right', drop: 3 },
];

/** The cells of {@link TITLE_COLUMNS}; an episode is named with its series. */
export function titleRow({
  tconst,
  primaryTitle,
  episodeOf,
  titleType,
  startYear,
  endYear,
  averageRating,
  numVotes,
}: Item<ListedTitle>): Cell[] {
  return [
    tconst,
    primaryTitle,
    episodePosition(episodeOf) ?? (titleType ? labelOf(titleType) : null),
    years(startYear, endYear),
    averageRating?.toFixed(1),
    count(numVotes),
  ];
}

/** The years of a person: `1930–1999`, or `1930` for a living one. */
export function lifetime(from: number | null | undefined, to: number | null | undefined): string {
  return [from ?? (to ? '?' : ''), to ?? ''].filter((year) => year !== '').join('–');
}
