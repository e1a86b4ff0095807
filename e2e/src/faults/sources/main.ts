import { parseArgs } from 'node:util';
import { HAS_REDIS } from '../../redis.ts';
import { QUEUE_BACKENDS, type QueueBackend } from '../machine.ts';
import { learn, runSourceCase, type Hit, type Learned } from './run-source-case.ts';
import { MadeUpInputs, SourceMachine } from './source-machine.ts';
import { describeChange, describeKill, planSteps, TARGETS, type Step } from './source-plan.ts';

/**
 * `node e2e/dist/faults/sources/main.js [--cases 20] [--seed S] [--case N] [--queue redis]`: kills processes at
 * random moments while deliveries, publishes and rules come and go. Records, matches, movies and sums
 * must be those of a machine without faults. A case is the same for the same seed and number.
 */

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    case: { type: 'string' },
    queue: { type: 'string', default: 'both' },
  },
});
const seed = Number(values.seed);
const numbers =
  values.case === undefined
    ? Array.from({ length: Number(values.cases) }, (_, i) => i + 1)
    : [Number(values.case)];
/** The queue of a case follows from its number. */
const queueOf = (number: number): QueueBackend =>
  HAS_REDIS && number % 2 === 0 ? 'redis' : 'postgres';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
const hits: Hit[] = [];
let [passed, failed] = [0, 0];
const inputs = await MadeUpInputs.make();
const began = performance.now();
try {
  const learned = await learnOnce(inputs);
  for (const queue of QUEUE_BACKENDS.filter((each) => ['both', each].includes(values.queue)))
    await runCases(
      queue,
      numbers.filter((number) => queueOf(number) === queue),
      learned,
    );
} finally {
  await inputs.remove();
}
for (const target of TARGETS) {
  const ofTarget = hits.filter(({ kill }) => kill.target === target);
  console.log(
    `${target.padEnd(10)}  ${String(ofTarget.length).padStart(4)} kills, ${ofTarget.filter(({ during }) => during !== null).length} during work`,
  );
}
console.log(
  `seed ${seed}: ${passed} passed, ${failed} failed, ${hits.length} kills in ${Math.round((performance.now() - began) / 1000)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function learnOnce(made: MadeUpInputs): Promise<Learned> {
  const source = await SourceMachine.start('postgres', made);
  try {
    const learned = await learn(source);
    const efforts = Object.entries(learned.efforts).map(
      ([kind, { ms, statements }]) =>
        `${kind} ${(ms / 1000).toFixed(1)} s, ${statements.extractor + statements.aggregator} statements`,
    );
    console.log(`seed ${seed}; without faults: ${efforts.join('; ')}`);
    return learned;
  } finally {
    await source.machine.stop();
    await source.machine.remove();
  }
}

/** Runs cases on one machine; after one that fails on another, and its files are kept. */
async function runCases(
  queue: QueueBackend,
  cases: readonly number[],
  learned: Learned,
): Promise<void> {
  let source: SourceMachine | null = null;
  try {
    for (const number of cases) {
      if (interrupted.signal.aborted) return;
      source ??= await SourceMachine.start(queue, inputs);
      const report = await runOne(source, number, learned);
      console.log(report.text);
      if (report.isOk) continue;
      await source.machine.stop().catch(() => undefined);
      source = null;
    }
  } finally {
    await source?.machine.stop();
    await source?.machine.remove();
  }
}

async function runOne(
  source: SourceMachine,
  number: number,
  learned: Learned,
): Promise<{ text: string; isOk: boolean }> {
  const { queue, folder } = source.machine;
  const started = performance.now();
  const lines = [`case ${number}, seed ${seed}, queue on ${queue}:`];
  let last: Step | null = null;
  const onHit = (step: Step, hit: Hit) => {
    hits.push(hit);
    if (step !== last) lines.push(`  ${describeChange(step.change)}`);
    last = step;
    lines.push(`    ${describeHit(hit)}`);
  };
  try {
    await runSourceCase(source, planSteps(seed, number, queue), learned, onHit);
    passed++;
    lines.push(`  ok after ${((performance.now() - started) / 1000).toFixed(1)} s`);
    return { text: lines.join('\n'), isOk: true };
  } catch (error) {
    failed++;
    lines.push(
      `  FAILED: ${error instanceof Error ? error.message : String(error)}`,
      `  to repeat it: npm run test:source-faults -- --seed ${seed} --case ${number}; data and logs: ${folder}`,
    );
    return { text: lines.join('\n'), isOk: false };
  }
}

/** A kill with its moment, and what was being done. */
function describeHit({ kill, ms, during }: Hit): string {
  const what = during === null ? 'after the work had ended' : `at ${shorten(during)}`;
  return `${describeKill(kill)}: after ${ms} ms, ${what}`;
}

/** The beginning of a statement in PostgreSQL's log. */
function shorten(line: string): string {
  const text = line.replace(/^marquee (\w+) LOG: +(?:execute [^:]*|statement): */u, '$1: ');
  return text.replaceAll(/\s+/gu, ' ').slice(0, 90);
}
