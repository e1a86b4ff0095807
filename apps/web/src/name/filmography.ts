import type { ListItems } from '../api-client.ts';
import { quantity, joinFacts, episodePosition, labelOf } from '../format.ts';

/** A title in a filmography, with the credit of the person. */
export type Credit = ListItems['filmography'];

/** Years of birth and death: `1930–1999`, `born 1930`, `died 1999`, or empty. */
export function lifespan(birth: number | null, death: number | null): string {
  if (birth === null) return death === null ? '' : `died ${death}`;
  return death === null ? `born ${birth}` : `${birth}–${death}`;
}

/** Credits by role, the role with most credits first. */
export function groupByRole(credits: readonly Credit[]): [role: string, credits: Credit[]][] {
  return [...Map.groupBy(credits, ({ category }) => labelOf(category))].sort(
    ([, a], [, b]) => b.length - a.length,
  );
}

/**
 * The titles of the chart: those with a year and a rating, each once, even if the person has
 * several credits.
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

/** Label of a title: `The Long Winter (1977): 7.1, 12,345 votes`. */
export function titleLabel({
  startYear,
  primaryTitle,
  episodeOf,
  averageRating,
  numVotes,
}: Credit): string {
  return `${joinFacts(primaryTitle, episodePosition(episodeOf))} (${startYear ?? ''}): ${averageRating ?? ''}, ${quantity(numVotes ?? 0, 'vote')}`;
}

/** The titles of the chart as rows of CSV, after a row of column names. */
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
