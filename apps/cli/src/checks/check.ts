/** The result of a check of `marquee doctor`. */
export interface Check {
  readonly check:
    | 'node'
    | 'configuration'
    | 'stack'
    | 'api'
    | 'version'
    | 'key'
    | 'queue'
    | 'replicas'
    | 'data'
    | 'runs'
    | 'database'
    | 'tables'
    | 'snapshots'
    | 'disk'
    | 'psql';
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do; null if nothing. */
  readonly todo: string | null;
}

export function ok(check: Check['check'], found: string): Check {
  return { check, status: 'ok', found, todo: null };
}

export function warn(check: Check['check'], found: string, todo: string): Check {
  return { check, status: 'warn', found, todo };
}

export function fail(check: Check['check'], found: string, todo: string): Check {
  return { check, status: 'fail', found, todo };
}
