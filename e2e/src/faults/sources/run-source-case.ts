import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../machine.ts';
import type { SourceMachine } from './source-machine.ts';
import {
  changed,
  CHANGE_KINDS,
  START,
  WORKERS,
  type Change,
  type Inputs,
  type Kill,
  type Step,
  type WorkerName,
} from './source-plan.ts';
import {
  brokenChanges,
  differences,
  keyOf,
  lastChange,
  readToldState,
  settled,
  type ToldState,
} from './told-state.ts';

/** How often it is looked whether the work of a step has ended, in ms. */
const LOOK_MS = 100;

/** What the work of a change takes without faults. */
interface Effort {
  readonly ms: number;
  /** Statements of each worker. */
  readonly statements: Readonly<Record<WorkerName, number>>;
}

/** What follows from all inputs, and what each kind of change takes. */
export interface Learned {
  readonly states: ReadonlyMap<string, ToldState>;
  readonly efforts: Readonly<Record<Change['kind'], Effort>>;
}

/** A kill that happened. */
export interface Hit {
  readonly kill: Kill;
  /** Since the change was requested. */
  readonly ms: number;
  /** The last statement of the workers before it; null if their work had ended. */
  readonly during: string | null;
}

/** Makes all inputs without faults, one change at a time, and keeps what follows from each. */
export async function learn(source: SourceMachine): Promise<Learned> {
  const states = new Map<string, ToldState>();
  const efforts = new Map<Change['kind'], Effort>();
  let inputs = START;
  states.set(keyOf(inputs), await readToldState(source.machine.pool));
  for (const change of tour()) {
    const effort = await measure(source, change);
    const before = efforts.get(change.kind);
    efforts.set(change.kind, before === undefined ? effort : most(before, effort));
    inputs = changed(inputs, change);
    const state = await readToldState(source.machine.pool);
    const known = states.get(keyOf(inputs));
    const found = known === undefined ? [] : differences(state, known);
    if (found.length > 0)
      throw new Error(`Without faults, the same inputs led to something else: ${found.join('\n')}`);
    states.set(keyOf(inputs), state);
  }
  return {
    states,
    efforts: Object.fromEntries(
      CHANGE_KINDS.map((kind) => [kind, efforts.get(kind)]),
    ) as Learned['efforts'],
  };
}

/** Changes that lead from the start to all inputs, and back to the start. */
function tour(): Change[] {
  const critics = 'made-up-critics';
  const boxOffice = 'made-up-box-office';
  const files: Change[] = [
    { kind: 'deliver', source: critics, version: 1 },
    { kind: 'deliver', source: boxOffice, version: 1 },
    { kind: 'take back', source: critics, version: 0 },
    { kind: 'take back', source: boxOffice, version: 0 },
  ];
  return [
    ...files,
    { kind: 'rule', version: 1 },
    ...files,
    { kind: 'publish', version: 1 },
    ...files,
    { kind: 'rule', version: 0 },
    ...files,
    { kind: 'publish', version: 0 },
  ];
}

async function measure(source: SourceMachine, change: Change): Promise<Effort> {
  const { machine } = source;
  await machine.drainLog();
  const statements = { extractor: 0, aggregator: 0 };
  machine.onStatement = (line) => {
    const worker = workerOf(line);
    if (worker !== null) statements[worker]++;
  };
  const began = performance.now();
  await source.make(change);
  await settled(machine.pool);
  const ms = performance.now() - began;
  await machine.drainLog();
  machine.onStatement = () => undefined;
  return { ms, statements };
}

function most(a: Effort, b: Effort): Effort {
  return {
    ms: Math.max(a.ms, b.ms),
    statements: {
      extractor: Math.max(a.statements.extractor, b.statements.extractor),
      aggregator: Math.max(a.statements.aggregator, b.statements.aggregator),
    },
  };
}

/** The worker that has sent the statement on a line of PostgreSQL's log; null if there is none. */
function workerOf(line: string): WorkerName | null {
  return WORKERS.find((worker) => line.startsWith(`marquee ${worker} LOG:`)) ?? null;
}

/**
 * Runs a case from the inputs of {@link START}. What follows from its inputs must be what follows
 * without faults, and the log of changes must be whole.
 *
 * @param onHit called with each kill
 * @throws Error if it is not so, or the work does not end
 */
export async function runSourceCase(
  source: SourceMachine,
  steps: readonly Step[],
  { states, efforts }: Learned,
  onHit: (step: Step, hit: Hit) => void,
): Promise<void> {
  const { machine } = source;
  await source.reset();
  expectState('before the case', await readToldState(machine.pool), states, START);
  const change = await lastChange(machine.pool);
  let inputs: Inputs = START;
  for (const step of steps) {
    const counts = await strike(source, step, efforts[step.change.kind], (hit) => onHit(step, hit));
    if (counts) inputs = changed(inputs, step.change);
  }
  await machine.waitUntilHealthy();
  await settled(machine.pool);
  expectState('after it', await readToldState(machine.pool), states, inputs);
  const broken = await brokenChanges(machine.pool, change);
  if (broken.length > 0)
    throw new Error(
      `${broken.length} faults in the log of changes: ${broken.slice(0, 5).join('; ')}`,
    );
}

/** Makes a change, and kills while its work goes on. @returns whether the change counts */
async function strike(
  source: SourceMachine,
  { change, kills }: Step,
  effort: Effort,
  onHit: (hit: Hit) => void,
): Promise<boolean> {
  const { machine } = source;
  await machine.waitUntilHealthy();
  await machine.drainLog();
  const began = performance.now();
  let isMade = false;
  const made = source.make(change).finally(() => {
    isMade = true;
  });
  // awaited below
  made.catch(() => undefined);
  for (const kill of kills) {
    const during = await moment(source, kill, effort, () => isMade);
    onHit({ kill, ms: Math.round(performance.now() - began), during });
    await source.kill(kill.target, kill.worker);
  }
  return made;
}

/** Waits for the moment of a kill. @returns the last statement; null if the work has ended before */
async function moment(
  source: SourceMachine,
  { on, part, delayMs, worker }: Kill,
  effort: Effort,
  isMade: () => boolean,
): Promise<string | null> {
  const { machine } = source;
  const come = Promise.withResolvers<boolean>();
  let statement = '';
  let seen = 0;
  const nth = Math.max(1, Math.ceil(part * effort.statements[worker]));
  machine.onStatement = (line) => {
    const sender = workerOf(line);
    if (sender === null) {
      // the next line of a statement
      if (line.startsWith('\t')) statement += line;
      return;
    }
    statement = line;
    if (on === 'statement' && sender === worker && ++seen === nth) come.resolve(true);
  };
  const timer = on === 'time' ? setTimeout(() => come.resolve(true), part * effort.ms) : undefined;
  const ended = new AbortController();
  const watch = waitUntil('the work has ended', async () => {
    if (ended.signal.aborted) return true;
    await sleep(LOOK_MS);
    return isMade() && (await source.isSettled());
  });
  void watch.then(
    () => come.resolve(false),
    (error: unknown) => come.reject(error),
  );
  try {
    const isWorking = await come.promise;
    if (isWorking && delayMs > 0) await sleep(delayMs);
    return isWorking ? statement : null;
  } finally {
    clearTimeout(timer);
    ended.abort();
    machine.onStatement = () => undefined;
  }
}

function expectState(
  when: string,
  found: ToldState,
  states: ReadonlyMap<string, ToldState>,
  inputs: Inputs,
): void {
  const expected = states.get(keyOf(inputs));
  if (expected === undefined) throw new Error(`Nothing is known of ${keyOf(inputs)}.`);
  const wrong = differences(found, expected);
  if (wrong.length > 0)
    throw new Error(`Not what follows from ${keyOf(inputs)} ${when}:\n${wrong.join('\n')}`);
}
