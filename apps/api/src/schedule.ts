import type { Logger } from '@marquee/process';
import { Schedule, type ScheduleOptions } from '@marquee/runs';
import { runBackup } from './backup/run-backup.ts';
import type { ApiConfig } from './config.ts';
import type { RunStarter } from './resources/runs/run-starter.ts';

/**
 * Starts updates and backups by their schedules. Updates are forced, so that they ask IMDb even after
 * an update on the same day: an unchanged dataset costs one request.
 */
export async function startSchedule(
  config: ApiConfig,
  starter: RunStarter,
  log: Logger,
): Promise<Schedule> {
  const timeZone = config.UPDATE_TIME_ZONE;
  const options: ScheduleOptions = {
    url: config.QUEUE_URL,
    work: {
      update: {
        cron: config.UPDATE_SCHEDULE ?? null,
        timeZone,
        jitterSeconds: config.UPDATE_JITTER_SECONDS,
        onDue: async () => {
          const { id } = await starter.update({ force: true, scheduled: true });
          log.info({ run: id }, 'started a scheduled update');
        },
      },
      backup: {
        cron: config.BACKUP_SCHEDULE ?? null,
        timeZone,
        jitterSeconds: 0,
        onDue: async (signal) => log.info(await runBackup(config, signal)),
      },
    },
    onError: (error) => log.warn({ err: error }, `schedule: ${error.message}`),
  };
  return Schedule.start(options);
}
