import { Health, Problem } from '@marquee/contract';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ProblemException } from '../../problems/problem-exception.ts';
import { Readiness } from './readiness.ts';
import { Access } from '../../http/auth/access-policy.ts';

@ApiTags('health')
@Access({ read: 'anyone', monitoring: true })
@Controller('health')
export class HealthController {
  readonly #readiness: Readiness;

  constructor(readiness: Readiness) {
    this.#readiness = readiness;
  }

  @Get('live')
  @ApiOperation({ operationId: 'isLive', summary: 'Liveness: the process responds' })
  @ApiOkResponse({ description: 'It responds', standardSchema: Health })
  live(): Health {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'isReady',
    summary: 'Readiness: the database and the queue respond, and the published tables can be read',
    description:
      'Reads a row of each table that the API reads, on the same connections, and responds within seconds in any case. ' +
      'A database without published data is ready. `replicas` has the states of DATABASE_READ_URLS, in their order.',
  })
  @ApiOkResponse({ description: 'Ready', standardSchema: Health })
  @ApiResponse({
    status: 503,
    description:
      'The database or the queue is down, a table cannot be read, or the server is shutting down: `detail` says which',
    standardSchema: Problem,
  })
  async ready(): Promise<Health> {
    const fault = await this.#readiness.fault();
    const replicas = this.#readiness.replicas();
    if (fault === null) return { status: 'ok', ...(replicas.length > 0 && { replicas }) };
    throw new ProblemException({ status: 503, code: 'not-ready', ...fault });
  }
}
