import { Stats } from '@marquee/contract';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Database, type Statement } from '../../database/database.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

const DATASETS: Statement = {
  name: 'stats of datasets',
  text: `
    select d.dataset, to_json(s.fetched_at at time zone 'UTC') #>> '{}' || 'Z' as "snapshotAt", s.last_modified as "lastModified", d.rows, d.rejects,
      (select coalesce(sum(value::int8), 0) from jsonb_each_text(d.orphans)) as orphans
    from ingest.data_control d left join ingest.snapshot s on s.id = d.snapshot_id
    order by d.dataset`,
};
const COUNTS: Statement = {
  name: 'stats of titles',
  text: `select kind, value, group_name as "group", titles, rated, ratings from search.title_count where kind in ('year', 'rating', 'decade') order by kind, value::int4, group_name`,
};

interface TitleCount {
  readonly kind: 'year' | 'rating' | 'decade';
  /** A year, ten times a rating, or a decade; 0 for an unknown year. */
  readonly value: string;
  /** A type or a genre. */
  readonly group: string;
  readonly titles: number;
  readonly rated: number;
  /** Ten times the sum of the ratings. */
  readonly ratings: number;
}

/** Statistics of the published data. */
@ApiTags('charts')
@Access({ read: 'reader' })
@Published()
@Controller('stats')
export class StatsController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get()
  @ApiOperation({
    operationId: 'getStats',
    summary:
      'Snapshots, rows and rejects of each dataset; titles by year and type; ratings, also by genre and decade',
  })
  @ApiOkResponse({ description: 'The statistics', standardSchema: Stats })
  async get(): Promise<Stats> {
    const [datasets, counts] = await Promise.all([
      this.#database.read<Stats['datasets'][number]>(DATASETS, []),
      this.#database.read<TitleCount>(COUNTS, []),
    ]);
    const of = (wanted: TitleCount['kind']) => counts.filter(({ kind }) => kind === wanted);
    const known = (year: string) => (year === '0' ? null : Number(year));
    return {
      datasets,
      titlesByYear: of('year').map(({ value, group, titles }) => ({
        year: known(value),
        titleType: group === '' ? null : group,
        titles,
      })),
      ratings: of('rating').map(({ value, titles }) => ({
        averageRating: Number(value) / 10,
        titles,
      })),
      ratingsByGenre: of('decade').map(({ value, group, rated, ratings }) => ({
        genre: group,
        decade: known(value),
        titles: rated,
        averageRating: Math.round((ratings * 10) / rated) / 100,
      })),
    };
  }
}
