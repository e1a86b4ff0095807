import type { FilmFacts, FilmQuestionName } from '@marquee/mcp/testing';
import type { DayRows } from './day-rows.ts';
import { compareKeys } from './day-rows.ts';
import { distancesFrom } from './people-graph.ts';
import type { ReferenceTitle } from './reference-catalogue.ts';
import { matchesQuery, titleOrder, type Query } from './reference-filters.ts';

/** The files of a day, in both forms that tests read them. */
export interface FilmFiles {
  readonly rows: DayRows;
  readonly titles: readonly ReferenceTitle[];
}

type Truth = (files: FilmFiles, facts: FilmFacts) => unknown;

const CAST = ['actor', 'actress', 'self'];

/** The ids of the first titles that match, of a list of ten. */
function firstTen({ titles }: FilmFiles, query: Query): string[] {
  const wanted = { sort: 'votes', ...query };
  return titles
    .filter((title) => matchesQuery(title, wanted))
    .sort(titleOrder(wanted))
    .slice(0, 10)
    .map(({ tconst }) => tconst);
}

const MOVIES = { titleType: 'movie' };

/** The works of a person: titles, and the series of episodes. */
function worksBy({ rows }: FilmFiles, nconst: string, categories?: readonly string[]): string[] {
  const credits = (rows.creditsByName.get(nconst) ?? []).filter(
    ({ category }) => categories?.includes(category ?? '') ?? true,
  );
  const works = credits.map(({ tconst }) => {
    const series = rows.episodePositions.get(tconst)?.parentTconst ?? '';
    return rows.titles.has(series) ? series : tconst;
  });
  return [...new Set(works)].sort();
}

/** The titles of a person, each once. */
function titlesOf({ rows }: FilmFiles, nconst: string): Set<string> {
  return new Set((rows.creditsByName.get(nconst) ?? []).map(({ tconst }) => tconst));
}

/** Titles of each person with credits of a category, among some titles. */
function byPerson(titles: readonly ReferenceTitle[], category: string) {
  const credits = titles.flatMap((title) =>
    [...new Set(title.people.filter((one) => one.category === category).map((p) => p.nconst))].map(
      (nconst) => ({ nconst, title }),
    ),
  );
  return Map.groupBy(credits, ({ nconst }) => nconst);
}

const mostFirst = (counts: readonly number[]) => counts.toSorted((a, b) => b - a);

/** What is true by the files, computed without the product. */
export const FILM_TRUTHS: Readonly<Record<FilmQuestionName, Truth>> = {
  year: ({ rows }, { movie }) => rows.titles.get(movie.id)?.startYear,
  directors: ({ rows }, { movie }) =>
    rows.crew.get(movie.id)?.directors?.map((id) => rows.nameOf(id)),
  cast: ({ rows }, { movie }) =>
    rows.credits
      .get(movie.id)
      ?.filter(({ category }) => category === 'actor' || category === 'actress')
      .map(({ nconst, characters }) => [rows.nameOf(nconst), characters?.join(', ')]),
  length: ({ rows }, { movie }) => rows.titles.get(movie.id)?.runtimeMinutes,
  otherNames: ({ rows }, { movie }) => rows.akas.get(movie.id)?.map(({ title }) => title),
  rating: ({ rows }, { movie }) => {
    const { averageRating, numVotes } = rows.rated(movie.id);
    return [averageRating, numVotes];
  },
  misspelt: () => true,
  mostVoted: (files) => firstTen(files, MOVIES),
  bestDramas: (files) =>
    firstTen(files, {
      ...MOVIES,
      genre: 'Drama',
      startYearFrom: 1990,
      startYearTo: 1999,
      sort: 'weighted',
    }),
  countComedies: ({ titles }) =>
    titles.filter(
      ({ titleType, genres, startYear }) =>
        titleType === 'movie' && genres.includes('Comedy') && String(startYear).startsWith('198'),
    ).length,
  shortFilms: (files) => firstTen(files, { ...MOVIES, runtimeMinutesTo: 95 }),
  horrorWithoutComedy: (files) =>
    firstTen(files, { ...MOVIES, genre: 'Horror', genreNone: 'Comedy' }),
  inGermany: (files) =>
    firstTen(files, { ...MOVIES, country: 'DE', startYearFrom: 2000, averageRatingFrom: 7 }),
  directedBy: (files, { director }) => firstTen(files, { person: director.id, role: 'director' }),
  born: ({ rows }, { actor }) => {
    const name = rows.names.get(actor.id);
    return [name?.birthYear ?? null, name?.deathYear ?? null];
  },
  knownFor: ({ rows }, { actor }) => rows.names.get(actor.id)?.knownForTitles?.slice(0, 5),
  allWorks: (files, { actor }) => worksBy(files, actor.id, CAST),
  howManyWorks: (files, { director }) => worksBy(files, director.id).length,
  colleagues: (files, { actor }) => {
    const mine = titlesOf(files, actor.id);
    const people = [...mine].flatMap((tconst) => [
      ...new Set(files.rows.credits.get(tconst)?.map(({ nconst }) => nconst)),
    ]);
    const others = Map.groupBy(
      people.filter((nconst) => nconst !== actor.id),
      (one) => one,
    );
    return Math.max(...[...others.values()].map(({ length }) => length));
  },
  seasons: ({ rows }, { series }) => {
    const episodes = rows.episodes.get(series.id) ?? [];
    const numbers = episodes.flatMap(({ seasonNumber }) => seasonNumber ?? []);
    return [new Set(numbers).size, episodes.length];
  },
  bestEpisodes: ({ rows }, { series }) =>
    mostFirst(
      (rows.episodes.get(series.id) ?? []).flatMap(
        ({ tconst }) => rows.ratings.get(tconst)?.averageRating ?? [],
      ),
    ).slice(0, 5),
  bestSeason: ({ rows }, { series }) => {
    const seasons = Map.groupBy(rows.episodes.get(series.id) ?? [], (one) => one.seasonNumber);
    const means = [...seasons.values()].map((episodes) => {
      const ratings = episodes.flatMap(
        ({ tconst }) => rows.ratings.get(tconst)?.averageRating ?? [],
      );
      const tenths = ratings.reduce((sum, rating) => sum + Math.round(rating * 10), 0);
      return ratings.length === 0 ? 0 : Math.round((tenths * 10) / ratings.length) / 100;
    });
    return Math.max(...means);
  },
  firstSeason: ({ rows }, { series }) =>
    rows.episodes
      .get(series.id)
      ?.filter(({ seasonNumber }) => seasonNumber === 1)
      .map(({ tconst }) => rows.titles.get(tconst)?.primaryTitle),
  seriesOf: () => true,
  mostHorror: ({ titles }) => {
    const horror = titles.filter((title) => matchesQuery(title, { ...MOVIES, genre: 'Horror' }));
    const counts = [...byPerson(horror, 'director').values()].map(({ length }) => length);
    return mostFirst(counts).slice(0, 3);
  },
  bestRatedWriters: ({ titles }) => {
    const movies = titles.filter(({ titleType }) => titleType === 'movie');
    const writers = [...byPerson(movies, 'writer')]
      .filter(([, { length }]) => length >= 2)
      .map(([nconst, credits]) => {
        const weighted = credits.flatMap(({ title }) => title.weighted ?? []);
        return {
          nconst,
          mean: weighted.reduce((sum, one) => sum + one, 0) / weighted.length,
          votes: credits.reduce((sum, { title }) => sum + (title.numVotes ?? 0), 0),
        };
      })
      .filter(({ mean }) => !Number.isNaN(mean));
    return writers
      .sort((a, b) => b.mean - a.mean || b.votes - a.votes || compareKeys(a.nconst, b.nconst))
      .slice(0, 3)
      .map(({ nconst }) => nconst);
  },
  favouriteDirector: ({ titles }, { actor }) => {
    const mine = titles.filter(
      ({ titleType, people }) =>
        titleType === 'movie' && people.some(({ nconst }) => nconst === actor.id),
    );
    const directors = byPerson(mine, 'director');
    directors.delete(actor.id);
    return Math.max(...[...directors.values()].map(({ length }) => length));
  },
  sharedTitles: (files, { actor, partner }) => {
    const theirs = titlesOf(files, partner.id);
    const shared = [...titlesOf(files, actor.id)].filter((tconst) => theirs.has(tconst));
    const votes = (tconst: string) => files.rows.ratings.get(tconst)?.numVotes ?? 0;
    const sorted = shared.sort((a, b) => votes(b) - votes(a) || compareKeys(a, b));
    return [shared.length, sorted.slice(0, 5)];
  },
  degrees: ({ rows }, { actor, stranger }) =>
    distancesFrom(rows, actor.id).get(stranger.id) ?? null,
  inMyList: (_, { movie }) => ['sure', movie.id],
};
