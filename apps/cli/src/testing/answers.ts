import type { AnswersByPath } from '@marquee/api-client/testing';
import type { FoundTitle, NameBasic, Published } from '@marquee/contract';

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
  genres: ['Drama'],
  averageRating: 7.1,
  numVotes: 12_345,
  weightedRating: 7,
  episodeOf: null,
};

/** A person with all fields. */
export const PERSON: NameBasic = {
  nconst: 'nm0000001',
  primaryName: 'Ada Winter',
  birthYear: 1930,
  deathYear: 1999,
  primaryProfession: ['actress', 'writer'],
  knownForTitles: ['tt0000001'],
};

/** One published dataset. @param time of its publish; null if it is empty */
export function publishedAt(time: string | null, more: Partial<Published> = {}): Published {
  return {
    datasets: [
      {
        dataset: 'title.basics',
        status: time === null ? 'empty' : 'published',
        publishedAt: time,
        snapshotId: null,
        fetchedAt: time,
        runId: null,
        rows: 0,
        rejects: 0,
        orphans: {},
      },
    ],
    nextUpdateAt: null,
    isMadeUp: false,
    realSources: [],
    attribution: '',
    ...more,
  };
}

/** An API with new data and no run in progress. */
export function freshApi(): AnswersByPath {
  return {
    '/published': publishedAt(new Date().toISOString()),
    '/runs': { items: [], next: null },
  };
}
