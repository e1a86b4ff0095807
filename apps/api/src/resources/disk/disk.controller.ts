import { Disk } from '@marquee/contract';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DiskMeter } from './disk-meter.ts';
import { Access } from '../../http/auth/access-policy.ts';

@ApiTags('runs')
@Access({ read: 'reader' })
@Controller('disk')
export class DiskController {
  readonly #meter: DiskMeter;

  constructor(meter: DiskMeter) {
    this.#meter = meter;
  }

  @Get()
  @ApiOperation({
    operationId: 'getDisk',
    summary: 'Disk space of the database, the snapshots, deliveries and pictures, and free space',
  })
  @ApiOkResponse({ description: 'Measured within the last minute', standardSchema: Disk })
  async get(): Promise<Disk> {
    return this.#meter.read();
  }
}
