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
  @ApiOperation({ operationId: 'isLive', summary: 'Whether the process answers' })
  @ApiOkResponse({ description: 'It does', standardSchema: Health })
  live(): Health {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'isReady',
    summary: 'Whether the database and the queue answer, and what is published can be read',
    description:
      'Reads a row of each table that answers are made of, on the connections that reads use; within some seconds in any case. ' +
      'A database in which nothing is published yet is ready.',
  })
  @ApiOkResponse({ description: 'They do, and it can', standardSchema: Health })
  @ApiResponse({
    status: 503,
    description: 'One does not, or something cannot be read: `detail` says what',
    standardSchema: Problem,
  })
  async ready(): Promise<Health> {
    const fault = await this.#readiness.fault();
    if (fault === null) return { status: 'ok' };
    throw new ProblemException({ status: 503, code: 'not-ready', ...fault });
  }
}
