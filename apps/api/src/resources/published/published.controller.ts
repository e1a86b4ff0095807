import { DataControlEntity, NameBasic, TitleBasic } from '@marquee/catalogue';
import { ATTRIBUTION, SAMPLE_NOTICE, Published } from '@marquee/contract';
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
    return {
      datasets,
      nextUpdateAt: (await this.#schedule.next())?.toISOString() ?? null,
      isMadeUp,
      attribution: isMadeUp ? SAMPLE_NOTICE : ATTRIBUTION,
    };
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
