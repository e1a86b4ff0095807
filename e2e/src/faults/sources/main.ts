import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { generateSources } from '@marquee/sample';
import { HAS_REDIS } from '../../redis.ts';
import { generateDays, SAMPLE_SEED } from '../../sample-days.ts';
import { FaultyOrigin } from '../faulty-origin.ts';
import { Machine, waitUntil, type QueueBackend, type SourcesVictim } from '../machine.ts';
import { SeededRandom } from '../seeded-random.ts';
import { differences, readToldState, settled, targetOf, type ToldState } from './told-state.ts';

/**
 * `node e2e/dist/faults/sources/main.js [--cases 20] [--seed S] [--case N]`: kills processes at
 * random moments while deliveries come and go. Records, matches, movies and sums must be those of a
 * machine without faults.
 */

const TITLES = 3000;
const VICTIMS = ['extractor', 'aggregator', 'postgres', 'api', 'queue'] as const;
const SOURCES = {
  'made-up-critics': { file: 'reviews', name: 'reviews.tsv' },
  'made-up-box-office': { file: 'films', name: 'films.csv' },
} as const;
type SourceId = keyof typeof SOURCES;
const SOURCE_IDS = Object.keys(SOURCES) as SourceId[];
/** The latest moment of a kill after a step, in ms: a delivery takes a second or two. */
const LATEST_MS = 1500;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    case: { type: 'string' },
  },
});
const seed = Number(values.seed);
const numbers =
  values.case === undefined
    ? Array.from({ length: Number(values.cases) }, (_, i) => i + 1)
    : [Number(values.case)];

/** The versions of the file of each source: as it is, and without every ninth row. */
type Versions = Readonly<Record<SourceId, readonly string[]>>;

const folder = await mkdtemp(join(tmpdir(), 'marquee-source-faults-'));
const days = await generateDays({ titles: TITLES, days: 1 });
await generateSources({ sample: days.day(0), seed: SAMPLE_SEED, folder });
const versions = Object.fromEntries(
  await Promise.all(
    SOURCE_IDS.map(async (id) => {
      const whole = await readFile(join(folder, id, SOURCES[id].name), 'utf8');
      const lines = whole.split('\n');
      return [id, [whole, lines.filter((_, i) => i % 9 !== 8).join('\n')]];
    }),
  ),
) as Versions;
const origin = await FaultyOrigin.start(days, 1);
const states = new Map<string, ToldState>();
let failed = 0;
console.log(`seed ${seed}; to repeat a case: --seed ${seed} --case N`);
try {
  await withMachine('postgres', learn);
  const queues: QueueBackend[] = HAS_REDIS ? ['postgres', 'redis'] : ['postgres'];
  for (const [i, queue] of queues.entries())
    await withMachine(queue, async (machine) => {
      for (const number of numbers.filter((each) => each % queues.length === i))
        await runCase(machine, number);
    });
} finally {
  await origin.close();
  await days.remove();
  await rm(folder, { recursive: true, force: true });
}
console.log(`${numbers.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** A machine with the sample published, and each source delivered once. */
async function withMachine(
  queue: QueueBackend,
  work: (machine: Machine) => Promise<void>,
): Promise<void> {
  const machine = await Machine.start(queue, origin, { sources: true });
  try {
    origin.serve(0);
    await machine.ended(await machine.startRun(true));
    for (const id of SOURCE_IDS) {
      const definition = await readFile(join(folder, `${id}.json`), 'utf8');
      await request(machine, 'PUT', `/sources/${id}`, definition);
      await deliver(machine, id, 0);
    }
    await settled(machine.pool, SOURCE_IDS.length);
    await work(machine);
  } finally {
    await machine.stop();
    await machine.remove();
  }
}

/** Reads what follows from each choice of versions, without faults. */
async function learn(machine: Machine): Promise<void> {
  for (const [critics, boxOffice] of [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as const) {
    await deliver(machine, 'made-up-critics', critics);
    await deliver(machine, 'made-up-box-office', boxOffice);
    await settled(machine.pool, SOURCE_IDS.length);
    states.set(await targetOf(machine.pool), await readToldState(machine.pool));
  }
}

async function runCase(machine: Machine, number: number): Promise<void> {
  const random = new SeededRandom(seed * 1000 + number);
  const done: string[] = [];
  try {
    for (let steps = random.integer(1, 3); steps > 0; steps--) {
      const id = random.pick(SOURCE_IDS);
      const victim = random.pick(VICTIMS);
      const atMs = random.integer(0, LATEST_MS);
      const action = random.integer(0, 2);
      done.push(
        `${action === 2 ? 'take back' : `deliver ${action}`} ${id}, kill ${victim} after ${atMs} ms`,
      );
      await Promise.all([
        action === 2 ? takeBack(machine, id) : deliver(machine, id, action),
        sleep(atMs).then(async () => killOne(machine, victim)),
      ]);
    }
    await machine.waitUntilHealthy();
    await settled(machine.pool, SOURCE_IDS.length);
    const expected = states.get(await targetOf(machine.pool));
    if (expected === undefined) throw new Error('Nothing is known of these deliveries.');
    const found = differences(await readToldState(machine.pool), expected);
    if (found.length > 0) throw new Error(found.join('\n'));
    console.log(`${number} ok, queue on ${machine.queue}: ${done.join('; ')}`);
    await machine.restartIfNeeded();
  } catch (error) {
    failed++;
    console.log(
      `${number} FAILED, queue on ${machine.queue}: ${done.join('; ')}\n${String(error)}`,
    );
  }
}

async function killOne(machine: Machine, victim: (typeof VICTIMS)[number]): Promise<void> {
  if (victim !== 'queue') {
    await machine.kill(victim satisfies SourcesVictim);
    return;
  }
  // with the queue on PostgreSQL, its jobs are lost
  if (machine.redis === null)
    await machine.pool.query('truncate bullmq.job cascade').catch(() => undefined);
  else {
    await machine.redis.kill();
    await machine.redis.comeBack({ keep: false });
  }
}

async function deliver(machine: Machine, id: SourceId, version: number): Promise<void> {
  const { file, name } = SOURCES[id];
  const content = versions[id][version] ?? '';
  await request(
    machine,
    'POST',
    `/sources/${id}/deliveries?file=${file}&name=${name}`,
    content,
    'application/octet-stream',
  );
}

/** Takes back the newest delivery, unless it is the only one. */
async function takeBack(machine: Machine, id: SourceId): Promise<void> {
  const ids = await waitUntil('deliveries are listed', async () => {
    const { rows } = await machine.pool.query<{ id: string }>(
      `select id from sources.delivery where source = $1::text and state <> 'withdrawn' order by id desc limit 2`,
      [id],
    );
    return rows.map((row) => row.id);
  });
  if (ids.length === 2)
    await request(machine, 'POST', `/sources/${id}/deliveries/${ids[0] ?? ''}/withdraw`);
}

/** Sends a request until it is answered, whatever happens to the API meanwhile. */
async function request(
  machine: Machine,
  method: 'PUT' | 'POST',
  path: string,
  body = '',
  type = 'application/json',
): Promise<void> {
  await waitUntil(`${method} ${path} is answered`, async () => {
    const response = await fetch(machine.apiUrl + path, {
      method,
      ...(body !== '' && { body, headers: { 'content-type': type } }),
      signal: AbortSignal.timeout(10_000),
    });
    // 409: a request before it, whose answer got lost, has done it
    if (response.ok || response.status === 409) return true;
    throw new Error(`${response.status} ${await response.text()}`);
  });
}
