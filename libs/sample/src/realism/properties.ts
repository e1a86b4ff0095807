import { definitionOf, type DatasetName } from '@marquee/datasets';
import {
  bytesPerRow,
  distinct,
  haveGap,
  maximum,
  occurs,
  rowsPerTitle,
  share,
  shareOfCollationBreaks,
  shareOfDailyVotes,
  shareOfIdBreaks,
  shareOfOrphans,
  shareOfRepeats,
  shareOfSeries,
  shareOfUnknownRegions,
  shareOfUnnumericOrder,
  shareOfVotes,
} from './measures.ts';
import { EXACT, type Property } from './property.ts';
import { TEXT_PROPERTIES } from './text-properties.ts';

/** Uncompressed sizes of the official files of 15 August 2026; 0.03 GB of ratings is too coarse. */
const RAW_BYTES: Partial<Record<DatasetName, number>> = {
  'name.basics': 0.9e9,
  'title.akas': 2.62e9,
  'title.basics': 1.02e9,
  'title.crew': 0.39e9,
  'title.episode': 0.23e9,
  'title.principals': 4.29e9,
};

const TITLES = definitionOf('title.basics').usualRows;

const SIZES: readonly Property[] = (
  ['name.basics', 'title.akas', 'title.crew', 'title.episode', 'title.principals'] as const
).map((dataset) => ({
  name: `${dataset}: rows per title`,
  measure: rowsPerTitle(dataset),
  allowed: { times: 1.05 },
  fact: definitionOf(dataset).usualRows / TITLES,
}));

const BYTES: readonly Property[] = (Object.keys(RAW_BYTES) as DatasetName[]).map((dataset) => ({
  name: `${dataset}: bytes per row`,
  measure: bytesPerRow(dataset),
  allowed: { times: 1.2 },
  fact: (RAW_BYTES[dataset] ?? 0) / definitionOf(dataset).usualRows,
}));

/** Order of lines. Only collated samples must match. */
const ORDER: readonly Property[] = [
  {
    name: 'title.ratings: ids out of the order of text',
    measure: shareOfIdBreaks('title.ratings'),
    allowed: { times: 1.7 },
    fact: 2824 / 512_135,
  },
  ...(['title.akas', 'title.principals'] as const).map((dataset): Property => ({
    name: `${dataset}: ten or more, unlike numbers`,
    measure: shareOfUnnumericOrder(dataset),
    allowed: EXACT,
    sets: dataset === 'title.akas' ? ['titles-500', 'titles-75'] : ['titles-500', 'movies-2022'],
  })),
  ...(
    [
      ['name.basics', ['titles-500', 'titles-75', 'movies-2022']],
      ['title.akas', ['titles-500', 'titles-75']],
      ['title.crew', ['titles-500', 'titles-75']],
      ['title.episode', ['titles-500', 'titles-75']],
      ['title.principals', ['titles-500', 'titles-75', 'movies-2022']],
      ['title.ratings', ['titles-500', 'titles-75', 'ratings-2017']],
      // not titles-500, in which two titles were moved
      ['title.basics', ['titles-75', 'movies-2022']],
    ] as const
  ).map(([dataset, sets]): Property => ({
    name: `${dataset}: lines out of collated order`,
    measure: shareOfCollationBreaks(dataset),
    allowed: EXACT,
    sets,
  })),
];

const NULLS: readonly Property[] = [
  {
    name: 'birthYear null',
    measure: share('name.basics', ({ birthYear }) => birthYear === null),
    allowed: { by: 0.01 },
    fact: 0.96,
  },
  {
    name: 'runtimeMinutes null',
    measure: share('title.basics', ({ runtimeMinutes }) => runtimeMinutes === null),
    allowed: { by: 0.02 },
    fact: 0.64,
  },
  {
    name: 'startYear null',
    measure: share('title.basics', ({ startYear }) => startYear === null),
    allowed: { by: 0.02 },
    fact: 0.12,
  },
  {
    name: 'genres null',
    measure: share('title.basics', ({ genres }) => genres === null),
    allowed: { by: 0.01 },
    fact: 0.04,
  },
  {
    name: 'seasonNumber null',
    measure: share('title.episode', ({ seasonNumber }) => seasonNumber === null),
    allowed: { by: 0.02 },
    fact: 0.21,
  },
  {
    name: 'titles rated',
    measure: rowsPerTitle('title.ratings'),
    allowed: { by: 0.01 },
    fact: definitionOf('title.ratings').usualRows / TITLES,
  },
  {
    name: 'region null',
    measure: share('title.akas', ({ region }) => region === null),
    allowed: { by: 0.02 },
    fact: 0.22,
  },
];

const AKAS: readonly Property[] = [
  {
    name: 'region XWW, world-wide',
    measure: share('title.akas', ({ region }) => region === 'XWW'),
    allowed: { times: 1.3 },
    fact: 485 / 50_001,
  },
  {
    name: 'of rows without a region, no original title',
    measure: shareOfUnknownRegions,
    allowed: { times: 1.7 },
    fact: 884 / 14_491,
  },
  ...['SUHH', 'CSHH', 'XYU', 'XWG', 'DDDE'].map((code): Property => ({
    name: `region ${code} occurs`,
    measure: occurs('title.akas', ({ region }) => region === code),
    allowed: EXACT,
    sets: ['titles-500'],
  })),
  {
    name: "languages of IMDb's own occur (qbn)",
    measure: occurs('title.akas', ({ language }) => (language ?? '').startsWith('qb')),
    allowed: EXACT,
    sets: ['titles-500'],
  },
  {
    name: 'regions',
    measure: distinct('title.akas', ({ region }) => [region]),
    allowed: { by: 15 },
    fact: 250,
  },
  {
    name: 'languages',
    measure: distinct('title.akas', ({ language }) => [language]),
    allowed: { times: 1.6 },
    fact: 110,
  },
  {
    name: 'isOriginalTitle null occurs',
    measure: occurs('title.akas', ({ isOriginalTitle }) => isOriginalTitle === null),
    allowed: EXACT,
    fact: 1,
  },
];

const SEASONS: readonly Property[] = [
  {
    name: 'series without any number',
    measure: shareOfSeries((seasons) => seasons.every((season) => season === null)),
    allowed: { times: 1.5 },
    sets: ['titles-500'],
  },
  {
    name: 'series with a gap in their seasons',
    measure: shareOfSeries(haveGap),
    // one of 59
    allowed: { times: 2.5 },
    sets: ['titles-500'],
  },
  {
    name: 'season 0 occurs',
    measure: occurs('title.episode', ({ seasonNumber }) => seasonNumber === 0),
    allowed: EXACT,
    fact: 1,
  },
  {
    name: 'seasons by year occur',
    measure: occurs('title.episode', ({ seasonNumber }) => (seasonNumber ?? 0) > 1900),
    allowed: EXACT,
    fact: 1,
  },
  {
    name: 'a season without numbers occurs',
    measure: occurs(
      'title.episode',
      ({ seasonNumber, episodeNumber }) => seasonNumber !== null && episodeNumber === null,
    ),
    allowed: EXACT,
    fact: 1,
  },
  {
    name: 'episode 0 occurs',
    measure: occurs('title.episode', ({ episodeNumber }) => episodeNumber === 0),
    allowed: EXACT,
    sets: ['titles-500'],
  },
  {
    name: 'highest episodeNumber',
    measure: maximum('title.episode', ({ episodeNumber }) => episodeNumber ?? 0),
    allowed: EXACT,
    fact: 12_652,
  },
];

const CREDITS: readonly Property[] = [
  {
    name: 'credits that repeat person and category',
    measure: shareOfRepeats,
    allowed: { times: 1.3 },
    fact: 761 / 50_000,
  },
  {
    name: 'credits of titles or people in no file',
    measure: shareOfOrphans,
    // rare cases must occur in small samples too
    allowed: { times: 5 },
    fact: 0.000_07,
  },
  {
    name: 'most directors of a title',
    measure: maximum('title.crew', ({ directors }) => directors?.length ?? 0),
    allowed: EXACT,
    fact: 528,
  },
  {
    name: 'most writers of a title',
    measure: maximum('title.crew', ({ writers }) => writers?.length ?? 0),
    allowed: EXACT,
    fact: 1393,
  },
  {
    name: 'titles with more than five directors',
    measure: share('title.crew', ({ directors }) => (directors?.length ?? 0) > 5),
    // one of 500
    allowed: { times: 2.5 },
    sets: ['titles-500'],
  },
  {
    name: 'titles with more than five writers',
    measure: share('title.crew', ({ writers }) => (writers?.length ?? 0) > 5),
    allowed: { times: 2 },
    sets: ['titles-500', 'titles-75'],
  },
];

const EXTREMES: readonly Property[] = [
  {
    name: 'latest startYear',
    measure: maximum('title.basics', ({ startYear }) => startYear ?? 0),
    allowed: EXACT,
    fact: 2115,
  },
  {
    name: 'longest runtimeMinutes',
    measure: maximum('title.basics', ({ runtimeMinutes }) => runtimeMinutes ?? 0),
    allowed: EXACT,
    fact: 51_420,
  },
  {
    name: 'a death before the birth occurs',
    measure: occurs('name.basics', (row) => (row.deathYear ?? 9999) < (row.birthYear ?? 0)),
    allowed: EXACT,
    fact: 1,
  },
  {
    name: 'a null name occurs',
    measure: occurs('name.basics', ({ primaryName }) => primaryName === null),
    allowed: EXACT,
    fact: 1,
  },
  {
    name: 'a null title occurs',
    measure: occurs('title.basics', ({ primaryTitle }) => primaryTitle === null),
    allowed: EXACT,
    fact: 1,
  },
  {
    // 0.5 to 8% in 2020 to 2023, none in 2025: samples have few
    name: 'an empty primaryProfession occurs',
    measure: occurs('name.basics', ({ primaryProfession }) => primaryProfession?.length === 0),
    allowed: EXACT,
    sets: ['titles-500', 'titles-75', 'movies-2022'],
  },
];

/**
 * Changes in three months. Titles are added and removed more often than in real files (0.05% of
 * ratings are removed in three months), so that each day of a small sample has some.
 */
const DAYS: readonly Property[] = [
  {
    name: 'ratings whose votes change in three months',
    measure: shareOfVotes((gain) => gain !== 0),
    allowed: { by: 0.1 },
    sets: ['ratings-2017'],
  },
  {
    name: 'ratings that lose votes in three months',
    measure: shareOfVotes((gain) => gain < 0),
    allowed: { times: 1.5 },
    sets: ['ratings-2017'],
  },
  {
    name: 'ratings whose votes change on a day',
    measure: shareOfDailyVotes,
    allowed: { times: 1.7 },
    sets: ['ratings-2017'],
  },
];

/** All properties of real files that samples must match. */
export const PROPERTIES: readonly Property[] = [
  ...SIZES,
  ...BYTES,
  ...ORDER,
  ...NULLS,
  ...AKAS,
  ...SEASONS,
  ...CREDITS,
  ...EXTREMES,
  ...TEXT_PROPERTIES,
  ...DAYS,
];
