import { ATTRIBUTION, NO_ATTRIBUTION, Published } from '@marquee/contract';
import { MADE_UP } from '@marquee/datasets';
import { UpdateSchedule } from '@marquee/runs';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Access } from '../../http/auth/access-policy.ts';

@ApiTags('runs')
@Access({ read: 'reader' })
@Controller('published')
export class PublishedController {
  readonly #dataSource: DataSource;
  readonly #schedule: UpdateSchedule;

  constructor(dataSource: DataSource, schedule: UpdateSchedule) {
    this.#dataSource = dataSource;
    this.#schedule = schedule;
  }

  @Get()
  @ApiOperation({
    operationId: 'getPublished',
    summary: 'The published snapshot of each dataset, and when the next update is due',
  })
  @ApiOkResponse({ description: 'The published state', standardSchema: Published })
  async get(): Promise<Published> {
    const datasets: Published['datasets'] = await this.#dataSource.query(`
      select d.dataset, d.status, to_json(d.upload_date at time zone 'UTC') #>> '{}' || 'Z' as "publishedAt", d.snapshot_id as "snapshotId",
        to_json(s.fetched_at at time zone 'UTC') #>> '{}' || 'Z' as "fetchedAt", d.run_id as "runId", d.rows::float8, d.rejects::float8, d.orphans
      from ingest.data_control d left join ingest.snapshot s on s.id = d.snapshot_id
      order by d.dataset`);
    const isMadeUp = await this.#isMadeUp();
    return {
      datasets,
      nextUpdateAt: (await this.#schedule.next())?.toISOString() ?? null,
      isMadeUp,
      attribution: isMadeUp ? NO_ATTRIBUTION : ATTRIBUTION,
    };
  }

  /**
   * Whether the published data has the signature of the sample generator. Titles and names have one
   * each: either may have been loaded from other files.
   */
  async #isMadeUp(): Promise<boolean> {
    const { title, name } = MADE_UP;
    const [found] = await this.#dataSource.query<[{ isMadeUp: boolean }]>(
      `select exists (select from imdb.title_basics where tconst = $1::text and primary_title = $2::text)
        or exists (select from imdb.name_basics where nconst = $3::text and primary_name = $4::text) as "isMadeUp"`,
      [title.tconst, title.primaryTitle, name.nconst, name.primaryName],
    );
    return found.isMadeUp;
  }
}
