import { mkdtempSync, chmodSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { serveSample } from '@marquee/sample';
import { generateDays } from '../sample-days.ts';
import { describeSample, findGrowth } from './report.ts';
import { Requests } from './requests.ts';
import { takeSample, type Sample } from './sampler.ts';
import { addSource, deliver, findLosses, merged, passDay, readFilms, update } from './soak-day.ts';
import { SoakStack, VICTIMS } from './soak-stack.ts';

/**
 * `npm run test:soak -- [--hours 2] [--day-seconds 60] [--titles 3000] [--api-port 0] [--postgres-port 0]`:
 * days of a stack, one after another, in compressed time.
 */
const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '2' },
    'day-seconds': { type: 'string', default: '60' },
    titles: { type: 'string', default: '3000' },
    'api-port': { type: 'string', default: '0' },
    'postgres-port': { type: 'string', default: '0' },
  },
});
const milliseconds = Number(values.hours) * 3_600_000;
const daySeconds = Number(values['day-seconds']);

/** Days of the sample, which are served forwards and backwards, so that each is a usual refresh. */
const SAMPLE_DAYS = 5;
const sampleDay = (day: number) => {
  const step = day % (2 * SAMPLE_DAYS - 2);
  return step < SAMPLE_DAYS ? step : 2 * SAMPLE_DAYS - 2 - step;
};
/** Some dozen kills in all, so that processes live long enough in between to tell whether they grow. */
const killEvery = Math.max(2, Math.round(milliseconds / 1000 / daySeconds / 15));
/** Every so many days everything is loaded in full. */
const FULL_LOAD_EVERY = 6;

const days = await generateDays({ titles: Number(values.titles), days: SAMPLE_DAYS });
const folders = Array.from({ length: SAMPLE_DAYS }, (_, day) => days.day(day));
const films = await readFilms(folders);
let origin = await serveSample({ folder: days.day(0), port: 0 });
const data = mkdtempSync(join(tmpdir(), 'marquee-soak-'));
// started as root, PostgreSQL runs as another user, who needs access
chmodSync(data, 0o755);
const stack = await SoakStack.start({
  data,
  originUrl: origin.url,
  apiPort: Number(values['api-port']),
  postgresPort: Number(values['postgres-port']),
});
const requests = new Requests(stack.apiUrl, films, (id) => stack.errorOf(id));
const samples: Sample[] = [];
const restarts = new Map<string, Set<number>>();
const losses: string[] = [];
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

/** Kills a process while a day's work goes on. PostgreSQL is killed once, in the middle. */
async function strike(day: number, isMiddle: boolean): Promise<string | null> {
  const victim = isMiddle
    ? 'postgres'
    : day % killEvery === killEvery - 1
      ? (VICTIMS[Math.floor(day / killEvery) % VICTIMS.length] ?? null)
      : null;
  if (victim === null) return null;
  await sleep(Math.random() * 6000);
  requests.tolerate(victim === 'api' || victim === 'postgres');
  await stack.kill(victim);
  requests.tolerate(false);
  // all reconnect after PostgreSQL's end, and take their memory anew
  for (const name of victim === 'postgres' ? ['postgres', ...VICTIMS] : [victim]) {
    const of = restarts.get(name) ?? new Set();
    restarts.set(name, of.add(day));
  }
  return victim;
}

async function liveDay(day: number, isMiddle: boolean): Promise<void> {
  const folder = days.day(sampleDay(day));
  const { port } = new URL(origin.url);
  await origin.close();
  origin = await serveSample({ folder, port: Number(port) });
  const isFull = day % FULL_LOAD_EVERY === FULL_LOAD_EVERY - 1;
  const [killed] = await Promise.all([
    strike(day, isMiddle),
    update(stack, isFull ? 'full' : true),
    deliver(stack, films, day),
  ]);
  await merged(stack.pool);
  const lost = await findLosses(stack, folder, films, day);
  losses.push(...lost.map((loss) => `day ${day}: ${loss}`));
  await passDay(stack.pool);
  const sample = await takeSample(stack.pool, data, stack.processes);
  samples.push(sample);
  console.log(describeSample(day, sample, { killed, isFull, lost, requests: requests.counts }));
}

let isPostgresKilled = false;
try {
  await addSource(stack);
  const began = performance.now();
  for (let day = 0; performance.now() - began < milliseconds; day++) {
    if (interrupted.signal.aborted) break;
    const dayBegan = performance.now();
    const isMiddle: boolean = !isPostgresKilled && dayBegan - began > milliseconds / 2;
    isPostgresKilled ||= isMiddle;
    await liveDay(day, isMiddle);
    if (day === 0) requests.start();
    await sleep(Math.max(0, daySeconds * 1000 - (performance.now() - dayBegan)), undefined, {
      signal: interrupted.signal,
    }).catch(() => undefined);
  }
} finally {
  await requests.stop();
  await stack.stop();
  await origin.close();
  await days.remove();
  await rm(data, { recursive: true, force: true });
}
const faults = [...losses, ...findGrowth(samples, restarts), ...requests.faults()];
console.log(
  faults.length === 0 ? '1 passed, 0 failed' : `${faults.join('\n')}\n0 passed, 1 failed`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
