import { WEIGHTED_RATING } from '@marquee/contract';
import { INCLUDED_COLUMNS, TITLE_PARTITIONS } from '@marquee/search';
import { escapeLiteral } from 'pg';
import type { SearchSchema } from './derived-table-set.ts';
import type { TableFinish } from './table-builds.ts';
import type { TITLE_COLUMNS } from './title-rows.ts';

/** An index of `title`. */
interface TitleIndex {
  readonly name: string;
  readonly columns: readonly string[];
  /** The condition of a partial index. */
  readonly where?: string;
  /**
   * In percent. A day's votes move entries to all places of an index: full pages would be split,
   * and then stay half empty.
   */
  readonly fillFactor: number;
}

/**
 * The fill factors of indexes on titles with votes, without, and on all. A quarter of those with
 * votes can change in a day, and their old entries remain until a vacuum.
 */
const FILL_FACTORS = { rated: 70, unrated: 90, all: 80 } as const;

/** The sort orders of titles: every list is in one of these orders, forwards or backwards. */
const TITLE_ORDERS: readonly TitleIndex[] = [
  ...(['votes', 'rating', 'weighted'] as const).map((order) => ({
    name: `title_rated_by_${order}`,
    columns: [...new Set([order, 'votes', 'year', 'tconst'])],
    where: TITLE_PARTITIONS.rated,
    fillFactor: FILL_FACTORS.rated,
  })),
  ...(['rated', 'unrated'] as const).flatMap((partition) => {
    const [where, fillFactor] = [TITLE_PARTITIONS[partition], FILL_FACTORS[partition]];
    return [
      {
        name: `title_${partition}_by_year`,
        columns: ['year', 'votes', 'tconst'],
        where,
        fillFactor,
      },
      {
        name: `title_${partition}_by_runtime`,
        columns: ['runtime', 'votes', 'year', 'tconst'],
        where: `${where} and runtime is not null`,
        fillFactor,
      },
      {
        name: `title_${partition}_by_title`,
        columns: ['sort_title', 'tconst'],
        where,
        fillFactor,
      },
    ];
  }),
];

/** The names of these indexes. */
export const TITLE_INDEXES: readonly string[] = TITLE_ORDERS.map(({ name }) => name);

/** The indexes, key and comments of the filled table `title`. */
export function finishTitles(schema: SearchSchema): TableFinish {
  const title = `${schema}.title`;
  return {
    indexes: [
      // for any combination of filters; the eighth of titles with votes first. With names, as
      // PostgreSQL would give both the same when they are built at the same time
      ...Object.entries(TITLE_PARTITIONS).map(
        ([partition, where]) =>
          `create index title_${partition}_terms on ${title} using gin (tags, genres, regions, languages) where ${where}`,
      ),
      // a filmography is sorted by an index-only scan of it
      `create unique ${indexOn(title, { name: 'title_pkey', columns: ['tconst'], fillFactor: FILL_FACTORS.all })}`,
      ...TITLE_ORDERS.map((index) => `create ${indexOn(title, index)}`),
    ],
    last: [
      `alter table ${title} add constraint title_pkey primary key using index title_pkey`,
      `comment on table ${title} is 'Titles with the values by which they are filtered and sorted'`,
      ...Object.entries(TITLE_COMMENTS).map(
        ([column, comment]) => `comment on column ${title}.${column} is ${escapeLiteral(comment)}`,
      ),
    ],
  };
}

function indexOn(table: string, { name, columns, where, fillFactor }: TitleIndex): string {
  const included = INCLUDED_COLUMNS.filter((column) => !columns.includes(column));
  const condition = where === undefined ? '' : `\n      where ${where}`;
  return `index ${name} on ${table} (${columns.join(', ')})
      include (${included.join(', ')})
      with (fillfactor = ${fillFactor})${condition}`;
}

const TITLE_COMMENTS: Partial<Record<(typeof TITLE_COLUMNS)[number], string>> = {
  votes: 'Number of votes; 0 without',
  rating: 'Ten times the rating; null without votes',
  weighted: `A thousand times the weighted rating: (v * R + ${WEIGHTED_RATING.votes} * ${WEIGHTED_RATING.mean}) / (v + ${WEIGHTED_RATING.votes})`,
  year: 'Start year; 0 when not known',
  tags: 'Type as t:movie, year as y:1994, whether it is adult, whether it has episodes',
  regions: 'Regions in which it has a name of its own',
  languages: 'Languages in which it has a name',
  sort_title: 'The primary title in the form by which titles are sorted',
  type_genre_bits: 'A bit for each tag but the year, and for each genre',
  region_language_bits: 'A bit for each region and language',
};
