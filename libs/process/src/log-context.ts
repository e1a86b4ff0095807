import { AsyncLocalStorage } from 'node:async_hooks';

/** What log lines are about: the fields are on every line of a request or job. */
export interface LogFields {
  /** The id of the request, or of the one that started the job's work. */
  readonly request?: string;
  /** The id of the trace, where traces are sent. */
  readonly trace?: string;
  readonly job?: string;
  readonly run?: string;
  readonly dataset?: string;
  readonly source?: string;
}

const CONTEXT = new AsyncLocalStorage<LogFields>();

/** Does work whose log lines have more fields, wherever it logs. */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  return CONTEXT.run({ ...CONTEXT.getStore(), ...fields }, work);
}

/** The fields of the current request or job. */
export function logFields(): LogFields {
  return CONTEXT.getStore() ?? {};
}

/** PostgreSQL cuts names that are longer. */
const MAX_NAME = 63;

/**
 * The name of a session of the database that works for the current request or job, for
 * `pg_stat_activity` and the log of the database.
 *
 * @param process such as `marquee loader`
 * @returns `marquee loader 0199…`, with the id of the run, or else of the request
 */
export function sessionName(process: string): string {
  const { run, request } = logFields();
  return [process, run ?? request ?? ''].join(' ').trim().slice(0, MAX_NAME);
}
