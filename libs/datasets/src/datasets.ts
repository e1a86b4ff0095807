import type { DatasetDefinition } from './definition.ts';

/**
 * IMDb's seven datasets, defined once: tables, loader, sample generator, API shapes and docs are
 * derived from it. Source: IMDb's description of its non-commercial datasets.
 */
export const DATASETS = {
  'name.basics': {
    table: 'name_basics',
    comment: 'People: actors, directors, writers and everyone else who is credited',
    key: ['nconst'],
    indexes: [],
    references: [{ column: 'knownForTitles', to: 'title.basics' }],
    usualRows: 15_573_835,
    columns: [
      {
        name: 'nconst',
        sql: 'nconst',
        type: 'nameId',
        comment: 'Id of the name',
        example: 'nm0000001',
      },
      {
        name: 'primaryName',
        sql: 'primary_name',
        type: 'text',
        comment: 'Name by which the person is most often credited',
        example: 'Ada Winter',
      },
      {
        name: 'birthYear',
        sql: 'birth_year',
        type: 'integer',
        comment: 'Year of birth; years BC have no sign',
        example: 1931,
      },
      {
        name: 'deathYear',
        sql: 'death_year',
        type: 'integer',
        comment: 'Year of death; years BC have no sign',
        example: 1999,
      },
      {
        name: 'primaryProfession',
        sql: 'primary_profession',
        type: 'textList',
        list: 'comma',
        comment: 'Up to three main professions',
        example: ['actress', 'producer'],
      },
      {
        name: 'knownForTitles',
        sql: 'known_for_titles',
        type: 'titleIdList',
        list: 'comma',
        comment: 'Titles the person is known for',
        example: ['tt0000001', 'tt0000002'],
      },
    ],
  },
  'title.akas': {
    table: 'title_akas',
    comment: 'Also known as: names of titles by region and language',
    key: ['titleId', 'ordering'],
    indexes: [],
    references: [{ column: 'titleId', to: 'title.basics' }],
    usualRows: 58_943_401,
    columns: [
      {
        name: 'titleId',
        sql: 'title_id',
        type: 'titleId',
        comment: 'Id of the title',
        example: 'tt0000001',
      },
      {
        name: 'ordering',
        sql: 'ordering',
        type: 'integer',
        comment: 'Number of the row within its title',
        example: 1,
      },
      {
        name: 'title',
        sql: 'title',
        type: 'text',
        comment: 'The title in this region or language',
        example: 'Der lange Winter',
      },
      {
        name: 'region',
        sql: 'region',
        type: 'text',
        comment: 'Region, two to four letters; NA is Namibia',
        example: 'DE',
      },
      {
        name: 'language',
        sql: 'language',
        type: 'text',
        comment: 'Language, two or three letters',
        example: 'de',
      },
      {
        name: 'types',
        sql: 'types',
        type: 'textList',
        list: '0x02',
        comment: 'Kind of name: imdbDisplay, alternative, working …',
        example: ['imdbDisplay'],
      },
      {
        name: 'attributes',
        sql: 'attributes',
        type: 'textList',
        list: '0x02',
        comment: 'Additional terms that describe this name',
        example: ['complete title'],
      },
      {
        name: 'isOriginalTitle',
        sql: 'is_original_title',
        type: 'boolean',
        comment: 'Whether this is the original title',
        example: false,
      },
    ],
  },
  'title.basics': {
    table: 'title_basics',
    comment: 'Titles: films, series, episodes, games and the rest',
    key: ['tconst'],
    indexes: [],
    references: [],
    usualRows: 12_717_779,
    columns: [
      {
        name: 'tconst',
        sql: 'tconst',
        type: 'titleId',
        comment: 'Id of the title',
        example: 'tt0000001',
      },
      {
        name: 'titleType',
        sql: 'title_type',
        type: 'text',
        comment: 'Kind of title: movie, short, tvSeries, tvEpisode, video …',
        example: 'movie',
      },
      {
        name: 'primaryTitle',
        sql: 'primary_title',
        type: 'text',
        comment: 'The title most in use',
        example: 'The Long Winter',
      },
      {
        name: 'originalTitle',
        sql: 'original_title',
        type: 'text',
        comment: 'The title in the original language',
        example: 'Der lange Winter',
      },
      {
        name: 'isAdult',
        sql: 'is_adult',
        type: 'boolean',
        comment: 'Whether it is an adult title',
        example: false,
      },
      {
        name: 'startYear',
        sql: 'start_year',
        type: 'integer',
        comment: 'Year of release; of a series, its first year',
        example: 1977,
      },
      {
        name: 'endYear',
        sql: 'end_year',
        type: 'integer',
        comment: 'Last year of a series',
        example: 1981,
      },
      {
        name: 'runtimeMinutes',
        sql: 'runtime_minutes',
        type: 'integer',
        comment: 'Running time in minutes',
        example: 104,
      },
      {
        name: 'genres',
        sql: 'genres',
        type: 'textList',
        list: 'comma',
        comment: 'Up to three genres',
        example: ['Drama', 'History'],
      },
    ],
  },
  'title.crew': {
    table: 'title_crew',
    comment: 'Directors and writers of titles',
    key: ['tconst'],
    indexes: [],
    references: [
      { column: 'tconst', to: 'title.basics' },
      { column: 'directors', to: 'name.basics' },
      { column: 'writers', to: 'name.basics' },
    ],
    usualRows: 12_716_620,
    columns: [
      {
        name: 'tconst',
        sql: 'tconst',
        type: 'titleId',
        comment: 'Id of the title',
        example: 'tt0000001',
      },
      {
        name: 'directors',
        sql: 'directors',
        type: 'nameIdList',
        list: 'comma',
        comment: 'Ids of the directors',
        example: ['nm0000001'],
      },
      {
        name: 'writers',
        sql: 'writers',
        type: 'nameIdList',
        list: 'comma',
        comment: 'Ids of the writers',
        example: ['nm0000002', 'nm0000003'],
      },
    ],
  },
  'title.episode': {
    table: 'title_episode',
    comment: 'Episodes: which series, season and number they are',
    key: ['tconst'],
    // the episodes of a series in order
    indexes: [['parent_tconst', 'season_number', 'episode_number']],
    references: [
      { column: 'tconst', to: 'title.basics' },
      { column: 'parentTconst', to: 'title.basics' },
    ],
    usualRows: 9_830_770,
    columns: [
      {
        name: 'tconst',
        sql: 'tconst',
        type: 'titleId',
        comment: 'Id of the episode',
        example: 'tt0000002',
      },
      {
        name: 'parentTconst',
        sql: 'parent_tconst',
        type: 'titleId',
        comment: 'Id of the series',
        example: 'tt0000001',
      },
      {
        name: 'seasonNumber',
        sql: 'season_number',
        type: 'integer',
        comment: 'Season, often a year',
        example: 1,
      },
      {
        name: 'episodeNumber',
        sql: 'episode_number',
        type: 'integer',
        comment: 'Number within the season, from 0',
        example: 4,
      },
    ],
  },
  'title.principals': {
    table: 'title_principals',
    comment: 'Principal cast and crew of titles, in the order of billing',
    key: ['tconst', 'ordering'],
    // a filmography by an index-only scan: the rows of a thousand credits are in a thousand places
    // of the table
    indexes: [['nconst', 'category', 'tconst', 'ordering']],
    references: [
      { column: 'tconst', to: 'title.basics' },
      { column: 'nconst', to: 'name.basics' },
    ],
    usualRows: 101_214_175,
    columns: [
      {
        name: 'tconst',
        sql: 'tconst',
        type: 'titleId',
        comment: 'Id of the title',
        example: 'tt0000001',
      },
      {
        name: 'ordering',
        sql: 'ordering',
        type: 'integer',
        comment: 'Number of the row within its title',
        example: 1,
      },
      {
        name: 'nconst',
        sql: 'nconst',
        type: 'nameId',
        comment: 'Id of the name',
        example: 'nm0000001',
      },
      {
        name: 'category',
        sql: 'category',
        type: 'text',
        comment: 'What the person did: actor, actress, director, writer, self …',
        example: 'actress',
      },
      {
        name: 'job',
        sql: 'job',
        type: 'text',
        comment: 'The specific job',
        example: 'creator',
      },
      {
        name: 'characters',
        sql: 'characters',
        type: 'textList',
        list: 'json',
        comment: 'Names of the characters played',
        example: ['The Captain'],
      },
    ],
  },
  'title.ratings': {
    table: 'title_ratings',
    comment: 'Ratings of titles by IMDb users',
    key: ['tconst'],
    indexes: [],
    references: [{ column: 'tconst', to: 'title.basics' }],
    usualRows: 1_705_427,
    columns: [
      {
        name: 'tconst',
        sql: 'tconst',
        type: 'titleId',
        comment: 'Id of the title',
        example: 'tt0000001',
      },
      {
        name: 'averageRating',
        sql: 'average_rating',
        type: 'decimal',
        comment: 'Weighted mean of the votes, 1.0 to 10.0',
        example: 7.8,
      },
      {
        name: 'numVotes',
        sql: 'num_votes',
        type: 'integer',
        comment: 'Number of votes',
        example: 12345,
      },
    ],
  },
} as const satisfies Record<string, DatasetDefinition>;

/** The name of a dataset, in IMDb's spelling. */
export type DatasetName = keyof typeof DATASETS;

/** All seven names, in alphabetical order. */
export const DATASET_NAMES = Object.keys(DATASETS) as [DatasetName, ...DatasetName[]];

/** The definition of one dataset, widened so that code can treat all seven alike. */
export function definitionOf(dataset: DatasetName): DatasetDefinition {
  return DATASETS[dataset];
}

/** Whether a text is the name of a dataset. */
export function isDatasetName(name: string): name is DatasetName {
  return Object.hasOwn(DATASETS, name);
}

/** The file in which IMDb publishes a dataset: `title.basics.tsv.gz`. */
export function fileNameOf(dataset: DatasetName): string {
  return `${dataset}.tsv.gz`;
}

/** The header line of a dataset's file, without its newline. */
export function headerOf(dataset: DatasetName): string {
  return definitionOf(dataset)
    .columns.map((column) => column.name)
    .join('\t');
}
