/** What was looked at, how it is, and what to do about it. */
export interface Check {
  readonly check:
    | 'node'
    | 'configuration'
    | 'stack'
    | 'api'
    | 'version'
    | 'key'
    | 'queue'
    | 'data'
    | 'runs'
    | 'database'
    | 'tables'
    | 'snapshots'
    | 'disk'
    | 'psql';
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  readonly todo: string | null;
}

export function well(check: Check['check'], found: string): Check {
  return { check, status: 'ok', found, todo: null };
}

export function warn(check: Check['check'], found: string, todo: string): Check {
  return { check, status: 'warn', found, todo };
}

export function fail(check: Check['check'], found: string, todo: string): Check {
  return { check, status: 'fail', found, todo };
}
