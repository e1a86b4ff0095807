import { createLog, type Logger } from '@marquee/process';
import type { Config } from '../config.ts';
import { appChildren } from './apps.ts';
import { setUpDatabase } from './database-set-up.ts';
import { openLog } from './log-files.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';

/**
 * Creates the supervisor of the whole stack.
 *
 * @param where in the background each process logs to its own file
 */
export function createStack(
  config: Config,
  where: 'foreground' | 'background',
  options: Partial<SupervisorOptions> = {},
): Supervisor {
  return new Supervisor({
    config,
    children: (addresses) => appChildren(config, addresses),
    log: createLog('supervisor', config.logLevel),
    postgresLog: postgresLog(createLog('postgres', config.logLevel)),
    setUpDatabase: async (adminUrl) => setUpDatabase(config.root, adminUrl),
    output: (name) => (where === 'foreground' ? 'inherit' : openLog(config.paths, name)),
    onCrash: 'restart',
    ...options,
  });
}

/**
 * Maps PostgreSQL's log lines to levels of our log. An ERROR concerns the client that sent the
 * statement, which logs it itself.
 */
function postgresLog(log: Logger): (line: string) => void {
  return (line) => {
    const [, severity = '', message = line] = /^(\w+): {2}(.*)$/su.exec(line) ?? [];
    if (severity === 'PANIC') log.error(message);
    else if (
      severity === 'WARNING' ||
      (severity === 'FATAL' && !message.includes('administrator command'))
    )
      log.warn(message);
    else log.info(severity === 'LOG' ? message : line);
  };
}
