import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createStack, readEmbeddedConfig } from '@marquee/embedded';
import { freePort } from '@marquee/process';
import { serveSample } from '@marquee/sample';
import { ApiDocument } from '../api-document.ts';
import { generateDays } from '../sample-days.ts';
import { fuzz } from './fuzz-run.ts';
import { memoryOf, type Memory } from './memory.ts';
import { RequestSource } from './requests.ts';

/**
 * `npm run test:fuzz -- [--requests 100000] [--seed S] [--from N]`: sends random requests to a new
 * system. A request depends only on the seed and its number.
 */

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    from: { type: 'string', default: '0' },
  },
});
const [requests, seed, from] = [Number(values.requests), Number(values.seed), Number(values.from)];

const ROOT = join(import.meta.dirname, '../../..');
const CONNECTIONS = 16;
/** Number of memory measurements, each after the server was idle for a while. */
const PARTS = 5;
const REST_MS = 8000;
/**
 * Allowed growth of the heap from the first part to the end, in MB. After the first part all code
 * is compiled and all pools are full.
 */
const MOST_GROWTH = 1.25;
/**
 * Allowed growth of resident memory after half of the requests, in MB: V8 keeps memory for garbage
 * up to the peak it has seen.
 */
const MOST_LATE_GROWTH = 1.25;

const folder = await mkdtemp(join(tmpdir(), 'marquee-fuzz-'));
// as root, PostgreSQL runs as another user, who needs access
await chmod(folder, 0o755);
const days = await generateDays({ titles: 2000, days: 1 });
const origin = await serveSample({ folder: days.day(0), port: 0 });
const key = `mq_${randomBytes(32).toString('base64url')}`;
const inspectPort = await freePort();
const env = {
  ...process.env,
  NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --inspect-port=${inspectPort}`,
  DATA_DIR: folder,
  API_PORT: '0',
  POSTGRES_PORT: '0',
  LOG_LEVEL: 'warn',
  DATASETS_URL: `${origin.url}/`,
  API_ADMIN_KEY: key,
};
const stack = createStack(readEmbeddedConfig(env, ROOT), 'background');
const sizes: Memory[] = [];
let faults = 0;
try {
  const { apiUrl, apiPort } = await stack.start();
  await fetch(`${apiUrl}/updatedata`, { method: 'POST' });
  while (
    ((await (await fetch(`${apiUrl}/runs?limit=1`)).json()) as { items: { state: string }[] })
      .items[0]?.state === 'running'
  )
    await sleep(200);
  const source = new RequestSource((await ApiDocument.of(apiUrl)).operations, {
    known: await someIds(apiUrl),
    keys: [key],
    seed,
  });
  const pid = apiPid();
  const { held: heldBefore, resident: residentBefore } = await memoryOf(pid, inspectPort);
  console.log(
    `${requests} requests, seed ${seed}; the API holds ${heldBefore} MB before them, and has ${residentBefore} MB`,
  );
  const began = performance.now();
  for (let part = 0; part < PARTS; part++) {
    const report = await fuzz(apiPort, source, {
      from: from + Math.floor((requests * part) / PARTS),
      to: from + Math.floor((requests * (part + 1)) / PARTS),
      connections: CONNECTIONS,
    });
    await sleep(REST_MS);
    const size = await memoryOf(pid, inspectPort);
    sizes.push(size);
    faults += report.faults.length;
    console.log(
      `part ${part + 1}: the API holds ${size.held} MB, and has ${size.resident} MB; answers ${JSON.stringify(report.answers)}, 503 for ${JSON.stringify(report.refused)}`,
    );
    for (const fault of report.faults.slice(0, 20)) console.log(`${fault}\n`);
  }
  console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`);
  if (apiPid() !== pid) throw new Error('The API crashed and was restarted.');
} finally {
  await stack.stop();
  await origin.close();
  await days.remove();
  await rm(folder, { recursive: true, force: true });
}
const [first, halfWay, last] = [sizes[0], sizes[Math.floor(PARTS / 2)], sizes.at(-1)];
const growth = (last?.held ?? NaN) / (first?.held ?? NaN);
// resident memory is unknown on systems other than Linux
const lateGrowth =
  halfWay?.resident === 0 ? 1 : (last?.resident ?? NaN) / (halfWay?.resident ?? NaN);
console.log(
  `${faults} answers that are faults; at the end the API holds ${growth.toFixed(2)} of what it held after the first part, and has ${lateGrowth.toFixed(2)} of what it had half way`,
);
process.exitCode = faults === 0 && growth <= MOST_GROWTH && lateGrowth <= MOST_LATE_GROWTH ? 0 : 1;

function apiPid(): number {
  return stack.processes.find(({ name }) => name === 'api')?.pid ?? 0;
}

async function someIds(apiUrl: string): Promise<string[]> {
  const items = async (path: string) =>
    ((await (await fetch(apiUrl + path)).json()) as { items: Record<string, string>[] }).items;
  const found = await Promise.all(['/titles?limit=50', '/names?limit=50', '/runs'].map(items));
  return found.flat().flatMap(({ tconst, nconst, id }) => tconst ?? nconst ?? id ?? []);
}
