import type { ListItems } from '../api-client.ts';
import { quantity, joinFacts, episodePosition, labelOf } from '../format.ts';

/** A title of a person, with what the person did for it. */
export type Credit = ListItems['filmography'];

/** When somebody lived: `1930–1999`, `born 1930`, `died 1999`, or nothing. */
export function lifespan(birth: number | null, death: number | null): string {
  if (birth === null) return death === null ? '' : `died ${death}`;
  return death === null ? `born ${birth}` : `${birth}–${death}`;
}

/** Credits by role, that of most of them first. */
export function groupByRole(credits: readonly Credit[]): [role: string, credits: Credit[]][] {
  return [...Map.groupBy(credits, ({ category }) => labelOf(category))].sort(
    ([, a], [, b]) => b.length - a.length,
  );
}

/**
 * The titles that can be drawn: those with a year and a rating, each once, as somebody who directs
 * and plays in a film has made one film.
 */
export function ratedTitles(credits: readonly Credit[]): Credit[] {
  return [
    ...new Map(
      credits
        .filter(({ startYear, averageRating }) => startYear !== null && averageRating !== null)
        .map((credit) => [credit.tconst, credit]),
    ).values(),
  ];
}

/** A title in words: `The Long Winter (1977): 7.1, 12,345 votes`. */
export function titleLabel({
  startYear,
  primaryTitle,
  episodeOf,
  averageRating,
  numVotes,
}: Credit): string {
  return `${joinFacts(primaryTitle, episodePosition(episodeOf))} (${startYear ?? ''}): ${averageRating ?? ''}, ${quantity(numVotes ?? 0, 'vote')}`;
}

/** The same as a table, with the names of its columns first. */
export function csvRows(rated: readonly Credit[]): (string | number | null)[][] {
  return [
    ['tconst', 'primaryTitle', 'startYear', 'averageRating', 'numVotes'],
    ...rated.map((credit) => [
      credit.tconst,
      credit.primaryTitle,
      credit.startYear,
      credit.averageRating,
      credit.numVotes,
    ]),
  ];
}
