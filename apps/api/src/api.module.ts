import { dataSourceOptions, NameBasicEntity, RunEntity, RunStepEntity, TitleBasicEntity } from '@marquee/catalogue';
import type { Logger } from '@marquee/process';
import { RunQueue, UpdateSchedule, type ScheduleOptions } from '@marquee/runs';
import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { ApiConfig } from './config.ts';
import { HealthController } from './health/health.controller.ts';
import { NamesController } from './names/names.controller.ts';
import { PublishedController } from './published/published.controller.ts';
import { RunReader } from './runs/run-reader.ts';
import { RunStarter } from './runs/run-starter.ts';
import { RunsController } from './runs/runs.controller.ts';
import { TitlesController } from './titles/titles.controller.ts';

/** No request may take longer in the database. */
const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 2000;

/** The whole API: one process, one domain, one module. */
@Module({})
export class ApiModule {
  static of(config: ApiConfig, queue: RunQueue, log: Logger): DynamicModule {
    const options = dataSourceOptions(config.DATABASE_URL);
    return {
      module: ApiModule,
      imports: [
        TypeOrmModule.forRoot({
          ...options,
          retryAttempts: 0,
          poolErrorHandler: (error: unknown) => log.warn({ err: error }, 'lost a connection to the database'),
          // a query that takes longer, or waits for a lock, would take others' connections
          extra: { ...options.extra, application_name: 'marquee api', keepAlive: true, max: 20, statement_timeout: STATEMENT_TIMEOUT_MS, lock_timeout: LOCK_TIMEOUT_MS },
        }),
        TypeOrmModule.forFeature([TitleBasicEntity, NameBasicEntity, RunEntity, RunStepEntity]),
      ],
      controllers: [TitlesController, NamesController, RunsController, PublishedController, HealthController],
      providers: [
        RunStarter,
        RunReader,
        { provide: RunQueue, useValue: queue },
        { provide: UpdateSchedule, inject: [RunStarter], useFactory: async (starter: RunStarter) => startSchedule(config, starter, log) },
      ],
    };
  }
}

/** An update by the schedule asks IMDb whatever today's updates have found: what has not changed costs a request. */
async function startSchedule(config: ApiConfig, starter: RunStarter, log: Logger): Promise<UpdateSchedule> {
  const options: ScheduleOptions = {
    url: config.QUEUE_URL,
    cron: config.UPDATE_SCHEDULE ?? null,
    timeZone: config.UPDATE_TIME_ZONE,
    jitterSeconds: config.UPDATE_JITTER_SECONDS,
    onDue: async () => {
      const { id } = await starter.update({ force: true });
      log.info({ run: id }, 'an update has started by the schedule');
    },
    onError: (error) => log.warn({ err: error }, `schedule: ${error.message}`),
  };
  return UpdateSchedule.start(options);
}
