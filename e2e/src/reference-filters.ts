import type { ReferenceTitle } from './reference-catalogue.ts';

/** Query parameters of a list of titles or names. */
export type Query = Readonly<Record<string, string | number | boolean>>;

/** Values of a comma-separated parameter. */
export const splitValues = (value: unknown) => String(value).split(',');
/** Whether a number is in a range; null is in no range with a bound. */
export const isInRange = (value: number | null, from: unknown, to: unknown) =>
  (from === undefined && to === undefined) ||
  (value !== null &&
    (from === undefined || value >= Number(from)) &&
    (to === undefined || value <= Number(to)));
const hasAny = (values: readonly string[], wanted: unknown) =>
  wanted === undefined || splitValues(wanted).some((one) => values.includes(one));

/** Reference for filters: whether a title matches a query. */
export function matchesQuery(title: ReferenceTitle, query: Query): boolean {
  const {
    titleType,
    genre,
    genreAny,
    genreNone,
    isAdult,
    hasEpisodes,
    country,
    language,
    person,
    role,
    primaryTitle,
  } = query;
  const year = query['startYearFrom'] === undefined && query['startYearTo'] === undefined;
  return (
    (titleType === undefined || splitValues(titleType).includes(title.titleType ?? '')) &&
    (genre === undefined || splitValues(genre).every((one) => title.genres.includes(one))) &&
    hasAny(title.genres, genreAny) &&
    (genreNone === undefined || !hasAny(title.genres, genreNone)) &&
    (year || isInRange(title.startYear, query['startYearFrom'], query['startYearTo'])) &&
    isInRange(title.runtimeMinutes, query['runtimeMinutesFrom'], query['runtimeMinutesTo']) &&
    isInRange(title.averageRating, query['averageRatingFrom'], query['averageRatingTo']) &&
    isInRange(title.numVotes ?? 0, query['numVotesFrom'], query['numVotesTo']) &&
    (isAdult === undefined || title.isAdult === isAdult) &&
    (hasEpisodes === undefined || title.hasEpisodes === hasEpisodes) &&
    hasAny(title.regions, country) &&
    hasAny(title.languages, language) &&
    (primaryTitle === undefined || title.primaryTitle === primaryTitle) &&
    (person === undefined ||
      title.people.some(
        ({ nconst, category }) =>
          nconst === person && (role === undefined || rolesOf(role).includes(category)),
      ))
  );
}

const rolesOf = (role: unknown) =>
  splitValues(role).flatMap((one) => (one === 'cast' ? ['actor', 'actress', 'self'] : [one]));

/** Compares texts by bytes, like collation "C". */
export const compareValues = (a: number | string, b: number | string) =>
  typeof a === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(String(b))) : a - Number(b);

/** Reference for sort orders: the comparison that a query requests. */
export function titleOrder({
  sort = 'votes',
  order,
}: Query): (a: ReferenceTitle, b: ReferenceTitle) => number {
  const ascending = order === undefined ? sort === 'title' || sort === 'id' : order === 'asc';
  const keysOf = ({
    tconst,
    numVotes,
    averageRating,
    weighted,
    startYear,
    runtimeMinutes,
    sortTitle,
  }: ReferenceTitle): [known: boolean, ...(number | string)[]] => {
    const [votes, year] = [numVotes ?? 0, startYear ?? 0];
    switch (sort) {
      case 'rating':
        return [votes > 0, averageRating ?? 0, votes, year, tconst];
      case 'weighted':
        return [votes > 0, weighted ?? 0, votes, year, tconst];
      case 'year':
        return [year > 0, year, votes, tconst];
      case 'runtime':
        return [runtimeMinutes !== null, runtimeMinutes ?? 0, votes, year, tconst];
      case 'title':
        return [sortTitle !== null, sortTitle ?? '', tconst];
      case 'id':
        return [true, tconst];
      default:
        return [true, votes, year, tconst];
    }
  };
  return (a, b) => {
    const [isKnown, ...left] = keysOf(a);
    const [isOtherKnown, ...right] = keysOf(b);
    if (isKnown !== isOtherKnown) return isKnown ? -1 : 1;
    for (const [i, value] of left.entries()) {
      const difference = compareValues(value, right[i] as number | string);
      if (difference !== 0) return ascending ? difference : -difference;
    }
    return 0;
  };
}
