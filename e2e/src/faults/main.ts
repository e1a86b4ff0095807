import { parseArgs } from 'node:util';
import { HAS_REDIS } from '../redis.ts';
import { generateDays } from '../sample-days.ts';
import { smallDiskProblem } from './small-disk.ts';
import { Harness } from './harness.ts';
import { QUEUE_BACKENDS, type QueueBackend } from './machine.ts';
import { DAY_COUNT, planCase } from './case-plan.ts';
import { describeHits, describeResult, type CaseResult } from './report.ts';

/**
 * `npm run test:faults -- [--cases 200] [--seed S] [--queue postgres|redis|both] [--case N]`: the
 * last runs a single case.
 */

const TITLES = 3000;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    queue: { type: 'string', default: 'both' },
    case: { type: 'string' },
  },
});
const seed = numberOf('seed', values.seed);
const numbers =
  values.case === undefined
    ? Array.from({ length: numberOf('cases', values.cases) }, (_, i) => i + 1)
    : [numberOf('case', values.case)];
const queues = queuesOf(values.queue);

console.log(
  `seed ${seed}; queue on ${queues.join(' and ')}; to repeat a case: npm run test:faults -- --seed ${seed} --queue ${values.queue} --case N`,
);
const diskProblem = smallDiskProblem();
if (diskProblem !== null) console.log(`skipped: full disk: ${diskProblem}`);
const days = await generateDays({ titles: TITLES, days: DAY_COUNT });
const harness = await Harness.start(days);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
const results: CaseResult[] = [];
try {
  const baseline = await harness.calibrate(queues[0] ?? 'postgres');
  console.log(
    `without faults: ${Object.entries(baseline.ms)
      .map(([kind, ms]) => `${kind} ${(ms / 1000).toFixed(1)} s`)
      .join(', ')}`,
  );
  for (const number of numbers) {
    if (interrupted.signal.aborted) break;
    const result = await harness.run(
      planCase({ seed, number, queues, disk: diskProblem === null, counts: baseline.counts }),
    );
    results.push(result);
    console.log(describeResult(result));
  }
} finally {
  await harness.close();
  await days.remove();
}
const failed = results.filter(({ failure }) => failure !== null).length;
console.log(describeHits(results));
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} is "${text}"; expected a whole number`);
}

function queuesOf(text: string): readonly QueueBackend[] {
  const queues = QUEUE_BACKENDS.filter((queue) => text === 'both' || queue === text);
  if (queues.length === 0)
    throw new Error(`--queue is "${text}"; expected postgres, redis or both`);
  if (HAS_REDIS || !queues.includes('redis')) return queues;
  if (text === 'redis') throw new Error('redis-server is not on the PATH.');
  console.log('skipped: queue on Redis: redis-server is not on the PATH');
  return ['postgres'];
}
