import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createStack, readEmbeddedConfig } from '@marquee/embedded';
import { serveSample } from '@marquee/sample';
import { ApiDocument } from '../api-document.ts';
import { generateDays } from '../sample-days.ts';
import { fuzz } from './fuzz-run.ts';
import { RequestSource } from './requests.ts';

/** `npm run test:fuzz -- [--requests 100000] [--seed S] [--from N]`: random requests at a system of its own; a request follows from the seed and its number. */

const { values } = parseArgs({ options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) }, from: { type: 'string', default: '0' } } });
const [requests, seed, from] = [Number(values.requests), Number(values.seed), Number(values.from)];

const ROOT = join(import.meta.dirname, '../../..');
const CONNECTIONS = 16;
/** Memory is looked at as often, when the server has had nothing to do for a while. */
const PARTS = 5;
const REST_MS = 8000;
/** What a process may have more at the end than after its first part, when all its code is compiled and all its pools are full. */
const MOST_GROWTH = 1.25;

const folder = await mkdtemp(join(tmpdir(), 'marquee-fuzz-'));
// as root, PostgreSQL's account has to enter it
await chmod(folder, 0o755);
const days = await generateDays({ titles: 2000, days: 1 });
const origin = await serveSample({ folder: days.day(0), port: 0 });
const key = `mq_${randomBytes(32).toString('base64url')}`;
const env = { ...process.env, DATA_DIR: folder, API_PORT: '0', POSTGRES_PORT: '0', LOG_LEVEL: 'warn', DATASETS_URL: `${origin.url}/`, API_ADMIN_KEY: key };
const stack = createStack(readEmbeddedConfig(env, ROOT), 'background');
const sizes: number[] = [];
let faults = 0;
try {
  const { apiUrl, apiPort } = await stack.start();
  await fetch(`${apiUrl}/updatedata`, { method: 'POST' });
  while (((await (await fetch(`${apiUrl}/runs?limit=1`)).json()) as { items: { state: string }[] }).items[0]?.state === 'running') await sleep(200);
  const source = new RequestSource((await ApiDocument.of(apiUrl)).operations, { known: await someIds(apiUrl), keys: [key], seed });
  const pid = apiPid();
  console.log(`${requests} requests, seed ${seed}; the API has ${sizeOf(pid)} MB before them`);
  const began = performance.now();
  for (let part = 0; part < PARTS; part++) {
    const report = await fuzz(apiPort, source, { from: from + Math.floor((requests * part) / PARTS), to: from + Math.floor((requests * (part + 1)) / PARTS), connections: CONNECTIONS });
    await sleep(REST_MS);
    sizes.push(sizeOf(pid));
    faults += report.faults.length;
    console.log(`part ${part + 1}: ${sizeOf(pid)} MB, ${await heapOf(apiUrl)} MB of it on the heap; answers ${JSON.stringify(report.answers)}, 503 for ${JSON.stringify(report.refused)}`);
    for (const fault of report.faults.slice(0, 20)) console.log(`${fault}\n`);
  }
  console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`);
  if (apiPid() !== pid) throw new Error('The API crashed, and was started again.');
} finally {
  await stack.stop();
  await origin.close();
  await days.remove();
  await rm(folder, { recursive: true, force: true });
}
const growth = (sizes.at(-1) ?? 0) / (sizes[0] ?? 1);
console.log(`${faults} answers that are faults; memory after the last part is ${growth.toFixed(2)} of that after the first`);
process.exitCode = faults === 0 && growth <= MOST_GROWTH ? 0 : 1;

function apiPid(): number {
  return stack.processes.find(({ name }) => name === 'api')?.pid ?? 0;
}

/** MB that are resident, as Linux tells; 0 elsewhere. */
function sizeOf(pid: number): number {
  const text = process.platform === 'linux' ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/mu.exec(text)?.[1] ?? 0) / 1024);
}

async function heapOf(apiUrl: string): Promise<number> {
  const text = await (await fetch(`${apiUrl}/metrics`)).text();
  return Math.round(Number(/^nodejs_heap_size_used_bytes (\S+)$/mu.exec(text)?.[1] ?? 0) / 2 ** 20);
}

async function someIds(apiUrl: string): Promise<string[]> {
  const items = async (path: string) => ((await (await fetch(apiUrl + path)).json()) as { items: Record<string, string>[] }).items;
  const found = await Promise.all(['/titles?limit=50', '/names?limit=50', '/runs'].map(items));
  return found.flat().flatMap(({ tconst, nconst, id }) => tconst ?? nconst ?? id ?? []);
}
