import type { FoundTitle, NameBasic, Published, Run, RunStep } from '@marquee/contract';
import type { AnswersByPath } from './served-api.ts';

/** A run that has succeeded, in 62.5 seconds. */
export const RUN: Run = {
  id: '0199aaaa-0000-7000-8000-000000000000',
  url: '/runs/0199aaaa-0000-7000-8000-000000000000',
  kind: 'update',
  state: 'succeeded',
  phase: null,
  datasets: ['title.basics'],
  requestedAt: '2026-01-01T00:00:00Z',
  endedAt: '2026-01-01T00:01:02.500Z',
  error: null,
  steps: [],
};

/** A load that is copying. */
export const STEP: RunStep = {
  job: 'load',
  dataset: 'title.basics',
  state: 'running',
  phase: 'copying',
  note: null,
  bytesDone: 0,
  bytesTotal: null,
  rowsDone: 0,
  rowsTotal: null,
  rejects: 0,
  bytesPerSecond: null,
  rowsPerSecond: null,
  secondsLeft: null,
  snapshotId: null,
  startedAt: null,
  endedAt: null,
  error: null,
};

/** A film of which all is known. */
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

/** A person of whom all is known. */
export const PERSON: NameBasic = {
  nconst: 'nm0000001',
  primaryName: 'Ada Winter',
  birthYear: 1930,
  deathYear: 1999,
  primaryProfession: ['actress', 'writer'],
  knownForTitles: ['tt0000001'],
};

/** What is published, of one dataset, since a time. */
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
    attribution: '',
    ...more,
  };
}

/** An API with data of just now, on which no run goes. */
export function current(): AnswersByPath {
  return {
    '/published': publishedAt(new Date().toISOString()),
    '/runs': { items: [], next: null },
  };
}
