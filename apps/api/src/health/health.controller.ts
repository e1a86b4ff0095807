import { Health, Problem } from '@marquee/contract';
import { RunQueue } from '@marquee/runs';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { ProblemException } from '../problems/problem-exception.ts';

@ApiTags('health')
@Controller('health')
export class HealthController {
  readonly #dataSource: DataSource;
  readonly #queue: RunQueue;

  constructor(dataSource: DataSource, queue: RunQueue) {
    this.#dataSource = dataSource;
    this.#queue = queue;
  }

  @Get('live')
  @ApiOperation({ operationId: 'isLive', summary: 'Whether the process answers' })
  @ApiOkResponse({ description: 'It does', standardSchema: Health })
  live(): Health {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ operationId: 'isReady', summary: 'Whether the database and the queue answer' })
  @ApiOkResponse({ description: 'Both do', standardSchema: Health })
  @ApiResponse({ status: 503, description: 'One does not', standardSchema: Problem })
  async ready(): Promise<Health> {
    const checks = {
      database: () => this.#dataSource.query('select 1'),
      queue: () => this.#queue.ping(),
    };
    const silent: string[] = [];
    await Promise.all(
      Object.entries(checks).map(async ([name, check]) =>
        withinSeconds(3, check()).catch(() => silent.push(name)),
      ),
    );
    if (silent.length === 0) return { status: 'ok' };
    throw new ProblemException({
      status: 503,
      code: 'not-ready',
      detail: `No answer from the ${silent.sort().join(' and the ')}.`,
      hint: 'Is it up? See make ps and make logs.',
    });
  }
}

async function withinSeconds(seconds: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${seconds} s`)),
    seconds * 1000,
  );
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
