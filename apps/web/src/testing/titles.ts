import type { EpisodeOf, FoundTitle } from '@marquee/contract';

/** A film with all fields. */
export const FILM: FoundTitle = {
  tconst: 'tt0000001',
  titleType: 'movie',
  primaryTitle: 'The Long Winter',
  originalTitle: 'The Long Winter',
  isAdult: false,
  startYear: 1977,
  endYear: null,
  runtimeMinutes: 101,
  genres: ['Drama', 'War'],
  averageRating: 7.1,
  numVotes: 12_345,
  weightedRating: 7,
  episodeOf: null,
};

/** A title with nothing but its id. */
export const UNKNOWN: FoundTitle = {
  tconst: 'tt0000002',
  titleType: null,
  primaryTitle: null,
  originalTitle: null,
  isAdult: null,
  startYear: null,
  endYear: null,
  runtimeMinutes: null,
  genres: null,
  averageRating: null,
  numVotes: null,
  weightedRating: null,
  episodeOf: null,
};

export const EPISODE_OF: EpisodeOf = {
  tconst: 'tt0000009',
  primaryTitle: 'Seasons',
  seasonNumber: 1,
  episodeNumber: 3,
};
