import { parseArgs } from 'node:util';
import { HAS_REDIS } from '../redis.ts';
import { generateDays } from '../sample-days.ts';
import { whyNoDisk } from './disk.ts';
import { Harness } from './harness.ts';
import { HOMES, type Home } from './machine.ts';
import { DAYS, planCase } from './plan.ts';
import { describeHits, describeResult, type Result } from './report.ts';

/**
 * `npm run test:faults -- [--cases 200] [--seed S] [--home postgres|redis|both] [--case N]`: the
 * last runs one case alone.
 */

const TITLES = 3000;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    home: { type: 'string', default: 'both' },
    case: { type: 'string' },
  },
});
const seed = numberOf('seed', values.seed);
const numbers =
  values.case === undefined
    ? Array.from({ length: numberOf('cases', values.cases) }, (_, i) => i + 1)
    : [numberOf('case', values.case)];
const homes = homesOf(values.home);

console.log(
  `seed ${seed}; the queue on ${homes.join(' and ')}; to replay a case: npm run test:faults -- --seed ${seed} --home ${values.home} --case N`,
);
const noDisk = whyNoDisk();
if (noDisk !== null) console.log(`skipped: the full disk, for ${noDisk}`);
const days = await generateDays({ titles: TITLES, days: DAYS });
const harness = await Harness.start(days);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
const results: Result[] = [];
try {
  const usual = await harness.calibrate(homes[0] ?? 'postgres');
  console.log(
    `undisturbed: ${Object.entries(usual.ms)
      .map(([kind, ms]) => `${kind} ${(ms / 1000).toFixed(1)} s`)
      .join(', ')}`,
  );
  for (const number of numbers) {
    if (interrupted.signal.aborted) break;
    const result = await harness.run(
      planCase({ seed, number, homes, disk: noDisk === null, counts: usual.counts }),
    );
    results.push(result);
    console.log(describeResult(result));
  }
} finally {
  await harness.close();
  await days.remove();
}
const failed = results.filter(({ fault }) => fault !== null).length;
console.log(describeHits(results));
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} is "${text}"; expected a whole number`);
}

function homesOf(text: string): readonly Home[] {
  const homes = HOMES.filter((home) => text === 'both' || home === text);
  if (homes.length === 0) throw new Error(`--home is "${text}"; expected postgres, redis or both`);
  if (HAS_REDIS || !homes.includes('redis')) return homes;
  if (text === 'redis')
    throw new Error('There is no redis-server on the PATH to keep the queue in.');
  console.log('skipped: the queue on Redis, for there is no redis-server on the PATH');
  return ['postgres'];
}
