import type { PlainTitle } from './plain-catalogue.ts';

/** What is asked of a list of titles or names, by the names of its parameters. */
export type Query = Readonly<Record<string, string | number | boolean>>;

/** The values of a parameter that takes several. */
export const listOf = (value: unknown) => String(value).split(',');
/** Whether a number is in a range; one that is not known is in none. */
export const isIn = (value: number | null, from: unknown, to: unknown) =>
  (from === undefined && to === undefined) ||
  (value !== null &&
    (from === undefined || value >= Number(from)) &&
    (to === undefined || value <= Number(to)));
const hasAny = (values: readonly string[], wanted: unknown) =>
  wanted === undefined || listOf(wanted).some((one) => values.includes(one));

/** Whether a title passes the filters of a query, by the files. */
export function passes(title: PlainTitle, query: Query): boolean {
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
    (titleType === undefined || listOf(titleType).includes(title.titleType ?? '')) &&
    (genre === undefined || listOf(genre).every((one) => title.genres.includes(one))) &&
    hasAny(title.genres, genreAny) &&
    (genreNone === undefined || !hasAny(title.genres, genreNone)) &&
    (year || isIn(title.startYear, query['startYearFrom'], query['startYearTo'])) &&
    isIn(title.runtimeMinutes, query['runtimeMinutesFrom'], query['runtimeMinutesTo']) &&
    isIn(title.averageRating, query['averageRatingFrom'], query['averageRatingTo']) &&
    isIn(title.numVotes ?? 0, query['numVotesFrom'], query['numVotesTo']) &&
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
  listOf(role).flatMap((one) => (one === 'cast' ? ['actor', 'actress', 'self'] : [one]));

/** By bytes, as collation "C" compares texts. */
export const compare = (a: number | string, b: number | string) =>
  typeof a === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(String(b))) : a - Number(b);

/** The order that a query asks for, by the files. */
export function inOrder({
  sort = 'votes',
  order,
}: Query): (a: PlainTitle, b: PlainTitle) => number {
  const ascending = order === undefined ? sort === 'title' || sort === 'id' : order === 'asc';
  const keysOf = ({
    tconst,
    numVotes,
    averageRating,
    weighted,
    startYear,
    runtimeMinutes,
    sortTitle,
  }: PlainTitle): [known: boolean, ...(number | string)[]] => {
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
      const difference = compare(value, right[i] as number | string);
      if (difference !== 0) return ascending ? difference : -difference;
    }
    return 0;
  };
}
