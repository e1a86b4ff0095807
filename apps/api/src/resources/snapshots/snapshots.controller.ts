import { SnapshotList } from '@marquee/contract';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Access } from '../../http/auth/access-policy.ts';

@ApiTags('runs')
@Access({ read: 'reader' })
@Controller('snapshots')
export class SnapshotsController {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  @Get()
  @ApiOperation({
    operationId: 'listSnapshots',
    summary: 'The stored snapshots, by dataset, newest first; each can be loaded again',
  })
  @ApiOkResponse({ description: 'The snapshots', standardSchema: SnapshotList })
  async list(): Promise<SnapshotList> {
    const items: SnapshotList['items'] = await this.#dataSource.query(`
      select s.id, s.dataset, to_json(s.fetched_at at time zone 'UTC') #>> '{}' || 'Z' as "fetchedAt", s.last_modified as "lastModified",
        s.bytes::float8, s.raw_bytes::float8 as "rawBytes", s.rows::float8, d.snapshot_id is not null as "isPublished"
      from ingest.snapshot s left join ingest.data_control d on d.snapshot_id = s.id
      where s.removed_at is null
      order by s.dataset, s.fetched_at desc, s.id desc`);
    return { items };
  }
}
