import type { Ask, Line } from './ask.ts';
import { first, type FilmFacts } from './film-facts.ts';

/** A question, and the calls by which it is answered. */
export interface FilmQuestion {
  readonly question: (facts: FilmFacts) => string;
  /** Calls tools in a fixed order. @returns what the answer to the question says */
  readonly plan: (ask: Ask, facts: FilmFacts) => Promise<unknown>;
}

const ids = (lines: readonly Line[] = []) => lines.map(({ id }) => id);

/** The id of a title that a question names, by its words, then by year. */
async function findTitle(ask: Ask, { title: query = '', year }: Line): Promise<string> {
  const { items } = await ask('search', { query, kind: 'title' });
  return first(items?.filter((one) => one.title === query && one.year === year)).id;
}

/** All items of a tool that continues by `more`. */
async function all(
  ask: Ask,
  tool: string,
  given: Readonly<Record<string, unknown>>,
  list: 'works' | 'episodes' | 'cast' | 'names',
): Promise<Line[]> {
  const items: unknown[] = [];
  for (let more: string | undefined, isFirst = true; isFirst || more !== undefined;) {
    const answer = await ask(tool, { ...given, ...(more === undefined ? {} : { more }) });
    items.push(...(answer[list] ?? []));
    ({ more } = answer);
    isFirst = false;
  }
  return items as Line[];
}

const BEST_EPISODES = 5;

/** Questions that people who love films ask, each with a fixed plan of calls. */
export const FILM_QUESTIONS = {
  year: {
    question: ({ movie }) => `When did ${movie.title} come out?`,
    plan: async (ask, { movie }) =>
      (await ask('title', { id: await findTitle(ask, movie) })).title?.year,
  },
  directors: {
    question: ({ movie }) => `Who directed ${movie.title}?`,
    plan: async (ask, { movie }) =>
      (await ask('title', { id: movie.id })).directors?.map(({ name }) => name),
  },
  cast: {
    question: ({ movie }) => `Who plays whom in ${movie.title}?`,
    plan: async (ask, { movie }) =>
      (await all(ask, 'title', { id: movie.id, part: 'cast' }, 'cast'))
        .filter(({ did = '' }) => /^act(?:or|ress)$/u.test(did))
        .map(({ name, as }) => [name, as]),
  },
  length: {
    question: ({ movie }) => `How long is ${movie.title}?`,
    plan: async (ask, { movie }) => (await ask('title', { id: movie.id })).title?.minutes,
  },
  otherNames: {
    question: ({ movie }) => `What is ${movie.title} called in other countries?`,
    plan: async (ask, { movie }) =>
      (await all(ask, 'title', { id: movie.id, part: 'names' }, 'names')).map(({ name }) => name),
  },
  rating: {
    question: ({ movie }) => `What is ${movie.title} rated, and by how many?`,
    plan: async (ask, { movie }) => {
      const { title } = await ask('title', { id: movie.id });
      return [title?.rating, title?.votes];
    },
  },
  misspelt: {
    question: ({ movie }) => `I mean that film … ${misspell(movie.title)}?`,
    plan: async (ask, { movie }) => {
      const { items } = await ask('search', { query: misspell(movie.title), kind: 'title' });
      return ids(items).includes(movie.id);
    },
  },
  mostVoted: {
    question: () => 'Which ten films have the most votes?',
    plan: async (ask) => ids((await ask('discover', { titleType: 'movie', sort: 'votes' })).items),
  },
  bestDramas: {
    question: () => 'What are the best dramas of the 1990s?',
    plan: async (ask) => {
      const wanted = { titleType: 'movie', genre: 'Drama', startYearFrom: 1990, startYearTo: 1999 };
      return ids((await ask('discover', { ...wanted, sort: 'weighted' })).items);
    },
  },
  countComedies: {
    question: () => 'How many comedies of the 1980s are there?',
    plan: async (ask) => {
      const wanted = {
        titleType: 'movie',
        genre: 'Comedy',
        startYearFrom: 1980,
        startYearTo: 1989,
      };
      return (await ask('discover', { ...wanted, count: true, limit: 1 })).total;
    },
  },
  shortFilms: {
    question: () => 'Which films of 95 minutes at most have the most votes?',
    plan: async (ask) =>
      ids((await ask('discover', { titleType: 'movie', runtimeMinutesTo: 95 })).items),
  },
  horrorWithoutComedy: {
    question: () => 'I want horror, but nothing funny.',
    plan: async (ask) => {
      const wanted = { titleType: 'movie', genre: 'Horror', genreNone: 'Comedy' };
      return ids((await ask('discover', wanted)).items);
    },
  },
  inGermany: {
    question: () => 'Which well-rated films since 2000 came to Germany?',
    plan: async (ask) => {
      const wanted = { titleType: 'movie', country: 'DE', startYearFrom: 2000 };
      return ids((await ask('discover', { ...wanted, averageRatingFrom: 7 })).items);
    },
  },
  directedBy: {
    question: ({ director }) => `What has ${director.name} directed, most known first?`,
    plan: async (ask, { director }) =>
      ids((await ask('discover', { person: director.id, role: 'director' })).items),
  },
  born: {
    question: ({ actor }) => `When was ${actor.name} born?`,
    plan: async (ask, { actor }) => {
      const { items } = await ask('search', { query: actor.name, kind: 'person' });
      const { id } = first(items?.filter((one) => one.id === actor.id));
      const { person } = await ask('person', { id });
      return [person?.born ?? null, person?.died ?? null];
    },
  },
  knownFor: {
    question: ({ actor }) => `What is ${actor.name} known for?`,
    plan: async (ask, { actor }) => ids((await ask('person', { id: actor.id })).knownFor),
  },
  allWorks: {
    question: ({ actor }) => `List everything that ${actor.name} acted in.`,
    plan: async (ask, { actor }) =>
      ids(await all(ask, 'person', { id: actor.id, part: 'works', role: 'cast' }, 'works')).sort(),
  },
  howManyWorks: {
    question: ({ director }) => `How many works does ${director.name} have?`,
    plan: async (ask, { director }) => (await ask('person', { id: director.id })).person?.works,
  },
  colleagues: {
    question: ({ actor }) => `With whom does ${actor.name} share most titles?`,
    plan: async (ask, { actor }) => {
      const { colleagues } = await ask('person', { id: actor.id, part: 'colleagues' });
      return first(colleagues).sharedTitles;
    },
  },
  seasons: {
    question: ({ series }) => `How many seasons and episodes has ${series.title}?`,
    plan: async (ask, { series }) => {
      const { title } = await ask('title', { id: series.id });
      return [title?.seasons, title?.episodes];
    },
  },
  bestEpisodes: {
    question: ({ series }) => `Which are the best episodes of ${series.title}?`,
    plan: async (ask, { series }) => {
      const { episodes } = await ask('episodes', { series: series.id, order: 'best' });
      return episodes?.slice(0, BEST_EPISODES).map(({ rating }) => rating);
    },
  },
  bestSeason: {
    question: ({ series }) => `Which season of ${series.title} is rated best?`,
    plan: async (ask, { series }) => {
      const { seasons = [] } = await ask('episodes', { series: series.id });
      return Math.max(...seasons.map(({ meanRating = 0 }) => meanRating));
    },
  },
  firstSeason: {
    question: ({ series }) => `What are the episodes of season 1 of ${series.title} called?`,
    plan: async (ask, { series }) =>
      (await all(ask, 'episodes', { series: series.id, season: 1 }, 'episodes')).map(
        ({ title }) => title,
      ),
  },
  seriesOf: {
    question: ({ series }) => `From which series is the first episode of ${series.title}?`,
    plan: async (ask, { series }) => {
      const { episodes } = await ask('episodes', { series: series.id, season: 1 });
      const { title } = await ask('title', { id: first(episodes).id });
      return title?.episodeOf?.startsWith(series.title ?? '');
    },
  },
  mostHorror: {
    question: () => 'Who directed the most horror films?',
    plan: async (ask) => {
      const { items } = await ask('rank_people', { as: 'director', genre: 'Horror' });
      return items?.slice(0, 3).map(({ titles }) => titles);
    },
  },
  bestRatedWriters: {
    question: () => 'Which writers of two or more films have the best ratings?',
    plan: async (ask) => {
      const wanted = { as: 'writer', sort: 'rating', minTitles: 2 };
      return ids((await ask('rank_people', wanted)).items?.slice(0, 3));
    },
  },
  favouriteDirector: {
    question: ({ actor }) => `Who directed ${actor.name} most often?`,
    plan: async (ask, { actor }) => {
      const { items } = await ask('rank_people', { as: 'director', person: actor.id });
      return first(items).titles;
    },
  },
  sharedTitles: {
    question: ({ actor, partner }) => `In what were ${actor.name} and ${partner.name} together?`,
    plan: async (ask, { actor, partner }) => {
      const { shared } = await ask('compare_people', { people: [actor.id, partner.id] });
      return [shared?.total, ids(shared?.titles)];
    },
  },
  degrees: {
    question: ({ actor, stranger }) =>
      `By how many films is ${actor.name} connected with ${stranger.name}?`,
    plan: async (ask, { actor, stranger }) =>
      (await ask('connect_people', { from: actor.id, to: stranger.id })).degrees ?? null,
  },
  inMyList: {
    question: ({ movie }) => `My list says “${movie.title} (${movie.year})”: which one is that?`,
    plan: async (ask, { movie }) => {
      const { state, items } = await ask('match', { title: `${movie.title} (${movie.year})` });
      return [state, first(items).id];
    },
  },
} as const satisfies Record<string, FilmQuestion>;

export type FilmQuestionName = keyof typeof FILM_QUESTIONS;

/** A text with two letters in the middle exchanged. */
function misspell(text = ''): string {
  const middle = Math.floor(text.length / 2);
  return `${text.slice(0, middle - 1)}${text.charAt(middle)}${text.charAt(middle - 1)}${text.slice(middle + 1)}`;
}
