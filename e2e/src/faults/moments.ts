import type { RunKind } from './run-kind.ts';

/**
 * When in a run a fault comes: after a part of its usual time, after a part of all bytes was sent,
 * or soon after a statement has begun.
 */
export type Moment =
  | { readonly on: 'time'; readonly part: number }
  | { readonly on: 'bytes'; readonly part: number }
  | {
      readonly on: 'statement';
      readonly name: StatementName;
      readonly nth: number;
      readonly delayMs: number;
    };

/**
 * The statements by which the work of a run shows in PostgreSQL's log, in their order; some come
 * once, some for each dataset.
 */
const STATEMENTS = {
  starting: { pattern: /insert into ingest\.run /u, most: 1 },
  'recording snapshots': { pattern: /insert into ingest\.snapshot /u, most: 7 },
  comparing: { pattern: /create table imdb_next\.\w+_change /u, most: 7 },
  'copying changes': { pattern: /: copy imdb_next\.\w+_change from/u, most: 7 },
  'keying changes': { pattern: /alter table imdb_next\.\w+_change add primary key/u, most: 7 },
  copying: { pattern: /: copy imdb_next\.(?!\w+_change )\w+ from/u, most: 7 },
  keying: { pattern: /: create unique index \w+ on imdb_next\./u, most: 7 },
  indexing: { pattern: /: create index on imdb_next\./u, most: 2 },
  analyzing: { pattern: /: analyze imdb_next\./u, most: 7 },
  staging: { pattern: /insert into ingest\.staged /u, most: 7 },
  publishing: {
    pattern: /from ingest\.run where id = \S+ and state = 'running' for key share/u,
    most: 1,
  },
  merging: { pattern: /merge into imdb\./u, most: 7 },
  'keeping the changes': { pattern: /attach partition/u, most: 1 },
  'locking the tables': { pattern: /: lock table imdb\./u, most: 1 },
  'changing tables over': { pattern: /set schema imdb_old/u, most: 7 },
  'dropping old tables': { pattern: /: drop table imdb_old\./u, most: 7 },
  'recording what is published': { pattern: /update ingest\.data_control$/u, most: 7 },
  'ending the run': { pattern: /update ingest\.run set state/u, most: 1 },
  'keeping the steps': { pattern: /insert into ingest\.run_step$/u, most: 1 },
  'counting orphans': { pattern: /count\(\*\)::float8 as orphans/u, most: 6 },
} as const satisfies Record<string, { pattern: RegExp; most: number }>;
export type StatementName = keyof typeof STATEMENTS;

const OF_ALL = [
  'starting',
  'recording snapshots',
  'staging',
  'publishing',
  'recording what is published',
  'ending the run',
  'keeping the steps',
  'counting orphans',
] as const;
const OF_TABLES = [
  'copying',
  'keying',
  'indexing',
  'analyzing',
  'locking the tables',
  'changing tables over',
  'dropping old tables',
] as const;
const OF_CHANGES = [
  'comparing',
  'copying changes',
  'keying changes',
  'merging',
  'keeping the changes',
] as const;

/** The statements that come in a kind of run. */
export const STATEMENTS_OF: Readonly<Record<RunKind, readonly StatementName[]>> = {
  first: [...OF_ALL, ...OF_TABLES],
  full: [...OF_ALL, ...OF_TABLES],
  refresh: [...OF_ALL, ...OF_CHANGES],
};

/** The most often a statement comes in a run. */
export function mostOf(name: StatementName): number {
  return STATEMENTS[name].most;
}

/** What tells of a run's course. */
export interface Course {
  onStatement: (line: string) => void;
}
export interface Sending {
  onProgress: (part: number) => void;
}

/** A wait for a moment. */
export interface Wait {
  hasCome(): boolean;
  end(): void;
}

/**
 * Waits for a moment of the run that begins now, and then acts once.
 *
 * @param usualMs how long such a run takes
 */
export function atMoment(
  moment: Moment,
  { course, sending, usualMs }: { course: Course; sending: Sending; usualMs: number },
  act: () => void,
): Wait {
  let hasCome = false;
  let timer: NodeJS.Timeout | undefined;
  const come = () => {
    if (hasCome) return;
    hasCome = true;
    act();
  };
  if (moment.on === 'time') timer = setTimeout(come, moment.part * usualMs);
  if (moment.on === 'bytes') {
    sending.onProgress = (part) => {
      if (part >= moment.part) come();
    };
  }
  if (moment.on === 'statement') {
    let seen = 0;
    course.onStatement = (line) => {
      if (!STATEMENTS[moment.name].pattern.test(line)) return;
      seen++;
      if (seen !== moment.nth) return;
      if (moment.delayMs === 0) come();
      else timer = setTimeout(come, moment.delayMs);
    };
  }
  return {
    hasCome: () => hasCome,
    end() {
      clearTimeout(timer);
      course.onStatement = () => undefined;
      sending.onProgress = () => undefined;
    },
  };
}

/** A moment in words. */
export function describeMoment(moment: Moment): string {
  switch (moment.on) {
    case 'time':
      return `at ${Math.round(moment.part * 100)} % of the time`;
    case 'bytes':
      return `at ${Math.round(moment.part * 100)} % of the bytes`;
    case 'statement':
      return `${moment.name} (${moment.nth}${moment.delayMs === 0 ? '' : `, +${moment.delayMs} ms`})`;
  }
}
