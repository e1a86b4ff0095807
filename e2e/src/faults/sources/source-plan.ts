import { SeededRandom } from '../seeded-random.ts';

export const SOURCE_IDS = ['made-up-critics', 'made-up-box-office'] as const;
export type SourceId = (typeof SOURCE_IDS)[number];

/** What records and movies follow from: a version of each source's file, IMDb's day, the rules. */
export interface Inputs {
  readonly files: Readonly<Record<SourceId, Version>>;
  readonly day: Version;
  readonly rule: Version;
}
export type Version = 0 | 1;

/** The inputs at the start of each case. */
export const START: Inputs = {
  files: { 'made-up-critics': 0, 'made-up-box-office': 0 },
  day: 0,
  rule: 0,
};

/** A change of the inputs. `version` is the one in force after it. */
export type Change =
  | { readonly kind: 'deliver'; readonly source: SourceId; readonly version: Version }
  | { readonly kind: 'take back'; readonly source: SourceId; readonly version: Version }
  | { readonly kind: 'publish'; readonly version: Version }
  | { readonly kind: 'rule'; readonly version: Version };
export const CHANGE_KINDS = ['deliver', 'take back', 'publish', 'rule'] as const;

/**
 * What is killed. `backend`: the PostgreSQL process of a connection of the worker, upon which
 * PostgreSQL ends all others and recovers. `queue`: Redis, which comes back with its data; `jobs`:
 * the same without, or the jobs of the queue on PostgreSQL.
 */
export const TARGETS = [
  'extractor',
  'aggregator',
  'postgres',
  'backend',
  'queue',
  'jobs',
  'api',
] as const;
export type Target = (typeof TARGETS)[number];

/** The workers, whose statements trigger kills. */
export const WORKERS = ['extractor', 'aggregator'] as const;
export type WorkerName = (typeof WORKERS)[number];

/** A kill, and its moment: a part of the usual time, or of the usual statements of a worker. */
export interface Kill {
  readonly target: Target;
  readonly worker: WorkerName;
  readonly on: 'time' | 'statement';
  readonly part: number;
  readonly delayMs: number;
}

/** A change, and kills one after the other while its work goes on. */
export interface Step {
  readonly change: Change;
  readonly kills: readonly Kill[];
}

/** Kills of a case. PostgreSQL is given up by its supervisor after the third crash in a row. */
export const MAX_POSTGRES_KILLS = 2;

/** Plans a case by its number: the same for the same seed. */
export function planSteps(seed: number, number: number, queue: 'postgres' | 'redis'): Step[] {
  const random = new SeededRandom(Math.imul(seed, 1_000_003) + number);
  const stacks: Record<SourceId, Version[]> = { 'made-up-critics': [0], 'made-up-box-office': [0] };
  let rule: Version = 0;
  let hasPublished = false;
  let postgresKills = 0;
  const chooseChange = (): Change => {
    const choice = random.integer(0, 9);
    if (choice === 0 && !hasPublished) {
      hasPublished = true;
      return { kind: 'publish', version: 1 };
    }
    if (choice <= 2) {
      rule = other(rule);
      return { kind: 'rule', version: rule };
    }
    const delivered = SOURCE_IDS.filter((id) => stacks[id].length > 1);
    const isTakenBack = choice <= 8 && delivered.length > 0;
    const source = random.pick(isTakenBack ? delivered : SOURCE_IDS);
    const stack = stacks[source];
    if (isTakenBack) {
      stack.pop();
      return { kind: 'take back', source, version: stack.at(-1) ?? 0 };
    }
    const version = other(stack.at(-1) ?? 0);
    stack.push(version);
    return { kind: 'deliver', source, version };
  };
  const chooseKill = (worker: WorkerName): Kill => {
    const targets: Target[] = [
      ...[worker, worker, worker],
      ...(postgresKills < MAX_POSTGRES_KILLS ? (['postgres', 'backend'] as const) : []),
      ...(queue === 'redis' ? (['queue'] as const) : []),
      ...(['jobs', 'api'] as const),
    ];
    const target = random.pick(targets);
    if (target === 'postgres' || target === 'backend') postgresKills++;
    return {
      target,
      worker,
      on: random.pick(['time', 'statement', 'statement'] as const),
      part: random.fraction(),
      delayMs: random.pick([0, 0, random.integer(1, 10), random.integer(10, 80)]),
    };
  };
  return Array.from({ length: random.integer(1, 2) }, () => {
    const change = chooseChange();
    const isOfSource = change.kind === 'deliver' || change.kind === 'take back';
    return {
      change,
      kills: Array.from({ length: random.integer(1, 2) }, () =>
        chooseKill(isOfSource ? random.pick(WORKERS) : 'aggregator'),
      ),
    };
  });
}

function other(version: Version): Version {
  return version === 0 ? 1 : 0;
}

/** The inputs after a change. */
export function changed(inputs: Inputs, change: Change): Inputs {
  switch (change.kind) {
    case 'publish':
      return { ...inputs, day: change.version };
    case 'rule':
      return { ...inputs, rule: change.version };
    case 'deliver':
    case 'take back':
      return { ...inputs, files: { ...inputs.files, [change.source]: change.version } };
  }
}

/** A change on one line. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'publish':
      return `publish day ${change.version}`;
    case 'rule':
      return `set rule ${change.version}`;
    case 'deliver':
      return `deliver ${change.version} of ${change.source}`;
    case 'take back':
      return `take back ${change.source} to ${change.version}`;
  }
}

/** A kill on one line. */
export function describeKill({ target, worker, on, part, delayMs }: Kill): string {
  const of = on === 'time' ? 'the time' : `the statements of the ${worker}`;
  return `kill -9 ${target} at ${Math.round(100 * part)} % of ${of}${delayMs === 0 ? '' : ` + ${delayMs} ms`}`;
}
