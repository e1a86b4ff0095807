import { demoPaths, readState } from '@marquee/stack';
import type { Config } from '../config.ts';
import { createStack } from '../supervision/stack.ts';
import { runningAdminUrl, runningDatabase } from './database.ts';

/**
 * Does work on the database of the stack. If the stack is not up, only its database is started
 * meanwhile.
 *
 * @param target the make target that was called
 * @param work gets the superuser's URL
 */
export async function withDatabase<T>(
  config: Config,
  target: string,
  work: (adminUrl: string) => Promise<T> | T,
): Promise<T> {
  // if only the demo is running, it is probably meant, and the error says how to name it
  if (readState(config.paths) ?? readState(demoPaths(config).paths))
    return work(runningAdminUrl(config, runningDatabase(config, target)));
  const database = createStack(
    { ...config, apiPort: 0, postgresPort: 0, logLevel: 'warn' },
    'foreground',
    { children: () => [] },
  );
  const { adminUrl } = await database.start();
  try {
    return await work(adminUrl);
  } finally {
    await database.stop();
  }
}
