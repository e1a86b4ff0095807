import { SnapshotEntity } from '@marquee/catalogue';
import { SnapshotList } from '@marquee/contract';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, IsNull } from 'typeorm';
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
    const snapshots = await this.#dataSource.manager.find(SnapshotEntity, {
      where: { removedAt: IsNull() },
      order: { dataset: 'asc', fetchedAt: 'desc', id: 'desc' },
    });
    const items = snapshots.map(
      ({ id, dataset, fetchedAtExactly, lastModified, bytes, rawBytes, rows, isPublished }) => ({
        id,
        dataset,
        fetchedAt: fetchedAtExactly,
        lastModified,
        bytes,
        rawBytes,
        rows,
        isPublished,
      }),
    );
    return { items };
  }
}
