import { DataControlEntity, NameBasic, TitleBasic } from '@marquee/catalogue';
import { ATTRIBUTION, sampleNotice, Published } from '@marquee/contract';
import { MADE_UP } from '@marquee/datasets';
import { Schedule } from '@marquee/runs';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Access } from '../../http/auth/access-policy.ts';

@ApiTags('runs')
@Access({ read: 'reader' })
@Controller('published')
export class PublishedController {
  readonly #dataSource: DataSource;
  readonly #schedule: Schedule;

  constructor(dataSource: DataSource, schedule: Schedule) {
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
    const published = await this.#dataSource.manager.find(DataControlEntity, {
      relations: { snapshot: true },
      order: { dataset: 'asc' },
    });
    const datasets = published.map(
      ({
        dataset,
        status,
        uploadDateExactly,
        snapshotId,
        snapshot,
        runId,
        rows,
        rejects,
        orphans,
      }) => ({
        dataset,
        status,
        publishedAt: uploadDateExactly,
        snapshotId,
        fetchedAt: snapshot?.fetchedAtExactly ?? null,
        runId,
        rows,
        rejects,
        orphans,
      }),
    );
    const isMadeUp = await this.#isMadeUp();
    const realSources = isMadeUp ? await this.#realSources() : [];
    return {
      datasets,
      nextUpdateAt: (await this.#schedule.next('update'))?.toISOString() ?? null,
      isMadeUp,
      realSources,
      attribution: isMadeUp ? sampleNotice(realSources) : ATTRIBUTION,
    };
  }

  /**
   * The names of sources with records that the sample generator has not made. The library is left
   * out: its definition is the same for the demo's films and for one's own. Bounded by the number of
   * sources.
   */
  async #realSources(): Promise<string[]> {
    const rows = await this.#dataSource.query<{ name: string }[]>(
      `select definition ->> 'name' as name
       from sources.source as s
       where id <> all ('{imdb,nfo}'::text[]) and definition #>> '{licence,name}' <> $1::text
         and exists (select from sources.record as r where r.source = s.id)
       order by priority, id`,
      [MADE_UP.licence.name],
    );
    return rows.map(({ name }) => name);
  }

  /**
   * Whether the published data has the signature of the sample generator. Titles and names have one
   * each: either may have been loaded from other files.
   */
  async #isMadeUp(): Promise<boolean> {
    const { manager } = this.#dataSource;
    return (
      (await manager.existsBy(TitleBasic, MADE_UP.title)) ||
      (await manager.existsBy(NameBasic, MADE_UP.name))
    );
  }
}
