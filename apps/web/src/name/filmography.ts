import type { NameSummary, Work } from '@marquee/contract';
import { joinFacts, labelOf, quantity, ratingText, years } from '../format.ts';

/** Years of birth and death: `1930–1999`, `born 1930`, `died 1999`, or empty. */
export function lifespan(birth: number | null, death: number | null): string {
  if (birth === null) return death === null ? '' : `died ${death}`;
  return death === null ? `born ${birth}` : `${birth}–${death}`;
}

export const SORTS = {
  year: 'Newest first',
  'year-asc': 'Oldest first',
  votes: 'Best known first',
  weighted: 'Best rated first',
} as const;

export type Sort = keyof typeof SORTS;

/** Which works of a person a page shows: the parameters of its URL. */
export interface WorkChoice {
  readonly sort: Sort;
  /** A category of IMDb; null for all. */
  readonly role: string | null;
}

/** The choice in a URL; what cannot be chosen counts as left out. */
export function choiceOf(params: URLSearchParams): WorkChoice {
  const sort = params.get('sort') ?? '';
  const role = params.get('role');
  return {
    sort: Object.hasOwn(SORTS, sort) ? (sort as Sort) : 'year',
    role: role === '' ? null : role,
  };
}

/** The parameters of the API for a choice. */
export function worksPath(id: string, { sort, role }: WorkChoice): string {
  const params = new URLSearchParams({ limit: '50' });
  if (sort === 'year-asc') params.set('order', 'asc');
  else if (sort !== 'year') params.set('sort', sort);
  if (role !== null) params.set('role', role);
  return `/names/${id}/works?${params.toString()}`;
}

/** Characters and jobs of a work that are named; some people have played hundreds in one series. */
const MAX_NAMED = 4;

/**
 * Facts of a work: `TV series · 1994–2003 · 62 episodes · Actress (Ada Winter)`. For a series the
 * years are those in which the person worked on it.
 *
 * @param role the role that the page is filtered by: it is not repeated
 */
export function workNote(
  { titleType, startYear, endYear, episodes, roles }: Work,
  role: string | null,
): string {
  const said = roles.map(({ role: one, characters, jobs }) => {
    const names = [...characters, ...jobs];
    const named = [
      ...names.slice(0, MAX_NAMED),
      ...(names.length > MAX_NAMED ? [`${names.length - MAX_NAMED} more`] : []),
    ].join(', ');
    if (one === role) return named;
    return named === '' ? labelOf(one) : `${labelOf(one)} (${named})`;
  });
  return joinFacts(
    labelOf(titleType),
    episodes === null
      ? years(startYear, endYear)
      : years(episodes.firstYear ?? startYear, episodes.lastYear),
    episodes !== null && quantity(episodes.count, 'episode'),
    said.filter(Boolean).join(', '),
  );
}

type RatedWork = NameSummary['rated'][number];

/** The works of the chart: those with a year and a rating. */
export function chartWorks(rated: readonly RatedWork[]): RatedWork[] {
  return rated
    .filter(({ startYear, averageRating }) => startYear !== null && averageRating !== null)
    .sort((a, b) => (a.startYear ?? 0) - (b.startYear ?? 0));
}

/** Label of a work on the chart: its title, its facts, and its rating, line by line. */
export function workLabel(work: RatedWork): string {
  const { primaryTitle, tconst, titleType, startYear } = work;
  return [
    primaryTitle ?? tconst,
    joinFacts(labelOf(titleType), years(startYear)),
    ratingText(work),
  ].join('\n');
}

/** Least number of titles together that make two people work together often. */
const OFTEN = 2;

/** Those of the co-stars that somebody has often worked with. */
export function frequent<T extends { readonly sharedTitles: number }>(costars: readonly T[]): T[] {
  return costars.filter(({ sharedTitles }) => sharedTitles >= OFTEN);
}
