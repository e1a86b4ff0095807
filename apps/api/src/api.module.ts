import { dataSourceOptions, NameBasicEntity, RunEntity, RunStepEntity, TitleBasicEntity } from '@marquee/catalogue';
import type { Logger } from '@marquee/process';
import { RunQueue } from '@marquee/runs';
import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { ApiConfig } from './config.ts';
import { HealthController } from './health/health.controller.ts';
import { NamesController } from './names/names.controller.ts';
import { RunReader } from './runs/run-reader.ts';
import { RunStarter } from './runs/run-starter.ts';
import { RunsController } from './runs/runs.controller.ts';
import { TitlesController } from './titles/titles.controller.ts';

/** No request may take longer in the database. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** The whole API: one process, one domain, one module. */
@Module({})
export class ApiModule {
  static of(config: Pick<ApiConfig, 'DATABASE_URL'>, queue: RunQueue, log: Logger): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        TypeOrmModule.forRoot({
          ...dataSourceOptions(config.DATABASE_URL),
          retryAttempts: 0,
          poolErrorHandler: (error: unknown) => log.warn({ err: error }, 'lost a connection to the database'),
          // a query that takes longer would take others' connections
          extra: { application_name: 'marquee api', keepAlive: true, statement_timeout: STATEMENT_TIMEOUT_MS },
        }),
        TypeOrmModule.forFeature([TitleBasicEntity, NameBasicEntity, RunEntity, RunStepEntity]),
      ],
      controllers: [TitlesController, NamesController, RunsController, HealthController],
      providers: [RunStarter, RunReader, { provide: RunQueue, useValue: queue }],
    };
  }
}
