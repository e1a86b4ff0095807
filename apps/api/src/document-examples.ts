import type {
  DecisionRequest,
  DefinitionOutline,
  DownloadRequest,
  ExportRequest,
  KeyRequest,
  LoadRequest,
  LockRequest,
  MergeRule,
  NameBatchRequest,
  RatingRequest,
  SessionRequest,
  SqlRequest,
  TitleBatchRequest,
  UpdateRequest,
  WebhookRequest,
  WebhookUpdate,
} from '@marquee/contract';
import type { z } from 'zod';

/**
 * Values that /docs fills in besides the examples of required parameters, by operation. They answer
 * 200 on any data. Null leaves a required parameter empty: no id of that kind exists everywhere.
 */
export const PREFILLED: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  omdb: { i: 'tt0000001' },
  getSeries: { tconst: null },
  matchTitle: { title: 'The Comet Affair' },
  getPicture: { sha256: null },
  // redirects
  viewEntity: { id: null },
  // an export exists only once a client has requested it
  getExport: { id: null },
  getExportFile: { id: null },
  getRun: { id: null },
  listRejects: { id: null },
  watchRun: { id: null },
  getRunChanges: { id: null },
  getWebhook: { id: null },
  listDeliveries: { id: null },
  getSource: { id: 'imdb' },
  listSourceDeliveries: { id: 'imdb' },
  getDelivery: { delivery: null },
  getSourceDelivery: { delivery: null },
  listDeliveryRejects: { delivery: null },
  getDeliveryContent: { delivery: null },
  listRecords: { id: 'imdb' },
  getRecord: { record: null },
};

/** A body that /docs offers. */
interface BodyExample<S extends z.ZodType> {
  readonly summary: string;
  readonly value: z.input<S>;
}

type BodyExamples<S extends z.ZodType> = Readonly<Record<string, BodyExample<S>>>;

interface Bodies {
  readonly runDownloader: BodyExamples<typeof DownloadRequest>;
  readonly runLoader: BodyExamples<typeof LoadRequest>;
  readonly makeExport: BodyExamples<typeof ExportRequest>;
  readonly updateData: BodyExamples<typeof UpdateRequest>;
  readonly getTitles: BodyExamples<typeof TitleBatchRequest>;
  readonly getNames: BodyExamples<typeof NameBatchRequest>;
  readonly streamRatings: BodyExamples<typeof RatingRequest>;
  readonly signIn: BodyExamples<typeof SessionRequest>;
  readonly putSource: BodyExamples<typeof DefinitionOutline>;
  readonly decideMatch: BodyExamples<typeof DecisionRequest>;
  readonly makeKey: BodyExamples<typeof KeyRequest>;
  readonly createWebhook: BodyExamples<typeof WebhookRequest>;
  readonly changeWebhook: BodyExamples<typeof WebhookUpdate>;
  readonly lockField: BodyExamples<typeof LockRequest>;
  readonly setRule: BodyExamples<typeof MergeRule>;
  readonly runSql: BodyExamples<typeof SqlRequest>;
}

/** Bodies that /docs offers, by operation; the first is filled in. */
export const BODY_EXAMPLES: Bodies = {
  runDownloader: {
    all: { summary: 'All datasets', value: {} },
    some: {
      summary: 'Ratings and episodes',
      value: { datasets: ['title.ratings', 'title.episode'] },
    },
  },
  runLoader: {
    newest: { summary: 'The newest snapshot of each dataset', value: {} },
    some: { summary: 'Ratings alone', value: { datasets: ['title.ratings'] } },
    snapshots: {
      summary: 'A named snapshot, of any age',
      value: { snapshots: ['title.ratings-20260815T061500Z-0a1b2c3d'] },
    },
    full: { summary: 'All rows, even if a refresh is possible', value: { force: 'full' } },
    ignore: { summary: 'Publish although rows are missing', value: { ignoreGates: ['row-loss'] } },
  },
  makeExport: {
    parquet: { summary: 'Parquet', value: {} },
    all: {
      summary: 'Parquet, and one file each of all tables',
      value: { formats: ['duckdb', 'sqlite'] },
    },
    again: { summary: 'Even if nothing has changed', value: { again: true } },
  },
  updateData: {
    daily: { summary: 'Once a day', value: {} },
    again: { summary: 'Again today', value: { force: true } },
    full: { summary: 'Again today, and all rows', value: { force: 'full' } },
    some: { summary: 'Ratings alone', value: { datasets: ['title.ratings'] } },
    ignore: {
      summary: 'Publish although lines were rejected or rows are missing',
      value: { ignoreGates: ['rejects', 'row-loss'] },
    },
  },
  getTitles: { two: { summary: 'Two titles', value: { ids: ['tt0000001', 'tt9999999'] } } },
  getNames: { two: { summary: 'Two people', value: { ids: ['nm0000001', 'nm9999999'] } } },
  streamRatings: { two: { summary: 'Two titles', value: { ids: ['tt0000001', 'tt9999999'] } } },
  signIn: {
    key: {
      summary: 'With a key',
      value: { key: 'mq_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' },
    },
  },
  putSource: {
    csv: {
      summary: 'A CSV of ratings of your own',
      value: {
        schema: 1,
        id: 'my-ratings',
        name: 'My ratings',
        licence: { name: 'Private', republish: false },
        scales: { mine: { min: 0, max: 10, kind: 'own' } },
        files: [
          {
            name: 'ratings',
            pattern: 'ratings*.csv',
            format: 'csv',
            fields: {
              title: 'title',
              year: { column: 'year', transforms: ['integer'] },
              ids: { imdb: { column: 'imdb', transforms: ['imdb-id'] } },
              ratings: [{ name: 'mine', value: 'rating' }],
            },
          },
        ],
      },
    },
  },
  runSql: {
    count: {
      summary: 'Titles of each type',
      value: {
        statement:
          'select title_type, count(*) from title_basics group by title_type order by 2 desc',
      },
    },
  },
  decideMatch: {
    same: {
      summary: 'The record tells of this movie',
      value: { source: 'movielens', record: '1', kind: 'same', movie: 'tt0000001' },
    },
    none: {
      summary: 'The record tells of none of its candidates',
      value: { source: 'movielens', record: '1', kind: 'none', note: 'a film of the same name' },
    },
  },
  makeKey: {
    reader: { summary: 'A key that reads', value: { name: 'the website', role: 'reader' } },
    limited: {
      summary: 'A key with an end and a limit',
      value: {
        name: 'a notebook',
        role: 'operator',
        expiresAt: '2030-01-31T00:00:00Z',
        requestsPerMinute: 600,
      },
    },
    source: {
      summary: 'A key that delivers to one source',
      value: { name: 'the studio', role: 'reader', source: 'movielens' },
    },
  },
  createWebhook: {
    all: { summary: 'After every publish', value: { url: 'https://films.example.org/hook' } },
    ratings: {
      summary: 'After new ratings',
      value: { url: 'https://films.example.org/hook', datasets: ['title.ratings'] },
    },
    movies: {
      summary: 'After merges of movies',
      value: { url: 'https://films.example.org/hook', events: ['movie.updated'] },
    },
    cloudevents: {
      summary: 'Each event, as CloudEvents',
      value: { url: 'https://films.example.org/hook', format: 'cloudevents' },
    },
  },
  lockField: {
    value: {
      summary: 'A title, and why',
      value: { value: 'The Comet', note: 'as on the poster' },
    },
    empty: { summary: 'An empty value', value: { value: null } },
  },
  setRule: {
    priority: {
      summary: 'The first source that has it',
      value: { kind: 'priority', sources: ['imdb', 'movies-metadata'] },
    },
    newest: { summary: 'The newest delivery', value: { kind: 'newest' } },
  },
  changeWebhook: {
    off: { summary: 'Switch it off', value: { active: false } },
    url: { summary: 'Another address', value: { url: 'https://films.example.org/new-hook' } },
  },
};

/** The code of an error in the examples, by status. */
export const ERROR_CODES: Readonly<Record<number, string>> = {
  400: 'bad-input',
  401: 'key-needed',
  403: 'role-too-low',
  404: 'not-found',
  409: 'run-in-progress',
  410: 'changes-gone',
  413: 'too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  503: 'too-slow',
};
