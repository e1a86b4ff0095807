import type { Ask, Line } from './ask.ts';

/** What questions are about: chosen from the data, so that they fit any. */
export interface FilmFacts {
  /** The movie with the most votes. */
  readonly movie: Line;
  readonly director: Line;
  readonly actor: Line;
  /** The series with the most votes. */
  readonly series: Line;
  /** Who acted with the actor most often. */
  readonly partner: Line;
  /** Another person, who is rather far away. */
  readonly stranger: Line;
}

/** Chooses what questions are about. */
export async function chooseFilmFacts(ask: Ask): Promise<FilmFacts> {
  const movie = first((await ask('discover', { titleType: 'movie', sort: 'votes' })).items);
  const { directors, cast } = await ask('title', { id: movie.id });
  const actor = first(cast?.filter(({ did = '' }) => /^act(?:or|ress)$/u.test(did)));
  const series = { titleType: 'tvSeries', hasEpisodes: true, sort: 'votes' };
  const partners = await ask('rank_people', { as: 'actor,actress', person: actor.id });
  const others = await ask('rank_people', { as: 'composer', startYearTo: 1950 });
  return {
    movie,
    director: first(directors),
    actor,
    series: first((await ask('discover', series)).items),
    partner: first(partners.items),
    stranger: first(others.items?.slice(-1)),
  };
}

/** The first of a list that an answer must have. */
export function first<T>(list: readonly T[] | undefined): T {
  const [one] = list ?? [];
  if (one === undefined) throw new Error('The answer has no items.');
  return one;
}
