import { RUN_KINDS, type RunKind } from './run-kind.ts';

/**
 * Statements of a run in PostgreSQL's log, in their order; some occur once, some once per dataset.
 */
const STATEMENTS = {
  starting: /INSERT INTO "ingest"\."run"/u,
  'recording snapshots': /insert into ingest\.snapshot /u,
  'beginning to load': /pg_advisory_xact_lock\(hashtext\(\$1::text\), hashtext/u,
  comparing: /create table imdb_next\.\w+_change /u,
  'copying changes': /: copy imdb_next\.\w+_change from/u,
  'joining moved rows': /delete from imdb_next\.\w+_change as o /u,
  'keying changes': /alter table imdb_next\.\w+_change add primary key/u,
  copying: /: copy imdb_next\.(?!\w+_(?:change|first_row) )\w+ from/u,
  keying: /: create unique index \w+ on imdb_next\./u,
  indexing: /: create index on imdb_next\./u,
  analyzing: /: analyze imdb_next\./u,
  staging: /insert into ingest\.staged /u,
  publishing: /select dataset, rows from ingest\.data_control$/u,
  merging: /merge into imdb\./u,
  'keeping the changes': /attach partition/u,
  'locking the tables': /: lock table imdb\./u,
  'changing tables over': /set schema imdb_old/u,
  'dropping old tables': /: drop table imdb_old\./u,
  'recording what is published': /insert into ingest\.data_control as c /u,
  'ending the run': /update ingest\.run set state/u,
  'keeping the steps': /insert into ingest\.run_step$/u,
  'counting orphans': /count\(\*\)::float8 as orphans/u,
} as const satisfies Record<string, RegExp>;
export type StatementName = keyof typeof STATEMENTS;
export const STATEMENT_NAMES = Object.keys(STATEMENTS) as readonly StatementName[];

const ALL_RUNS = [
  'starting',
  'recording snapshots',
  'beginning to load',
  'indexing',
  'analyzing',
  'staging',
  'publishing',
  'locking the tables',
  'recording what is published',
  'ending the run',
  'keeping the steps',
  'counting orphans',
] as const;
const TABLE_LOADS = ['copying', 'keying', 'changing tables over', 'dropping old tables'] as const;
const REFRESHES = [
  'comparing',
  'copying changes',
  'joining moved rows',
  'keying changes',
  'merging',
  'keeping the changes',
] as const;

/** Statements of each kind of run. */
export const STATEMENTS_OF: Readonly<Record<RunKind, readonly StatementName[]>> = {
  first: [...ALL_RUNS, ...TABLE_LOADS],
  full: [...ALL_RUNS, ...TABLE_LOADS],
  refresh: [...ALL_RUNS, ...REFRESHES],
};

/** Number of occurrences of each statement in a run without faults. */
export type StatementCounts = Readonly<Record<StatementName, number>>;

/** Whether a line of PostgreSQL's log shows this statement. */
export function isStatement(name: StatementName, line: string): boolean {
  return STATEMENTS[name].test(line);
}

/** Counts the statements in the log lines of one run. */
export function countStatements(lines: readonly string[]): StatementCounts {
  return Object.fromEntries(
    STATEMENT_NAMES.map((name) => [name, lines.filter((line) => isStatement(name, line)).length]),
  ) as StatementCounts;
}

/**
 * A pattern that matches nothing would lead to cases whose trigger never fires.
 *
 * @param counts statements of a run of each kind without faults
 * @throws Error naming the patterns without a match
 */
export function expectPatternsMatch(counts: Readonly<Record<RunKind, StatementCounts>>): void {
  const stale = RUN_KINDS.flatMap((kind) =>
    STATEMENTS_OF[kind]
      .filter((name) => counts[kind][name] === 0)
      .map((name) => `"${name}" in a ${kind} load (${String(STATEMENTS[name])})`),
  );
  if (stale.length === 0) return;
  throw new Error(
    `Patterns of statements have gone stale, as a run without faults matches none of these: ${stale.join(', ')}. Bring STATEMENTS in line with the loader's statements.`,
  );
}
