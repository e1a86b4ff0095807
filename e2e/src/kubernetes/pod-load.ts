// Runs in a pod of its own, beside the packages of the image: it imports nothing of the workspace.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** The file that asks for the end. */
const STOP = '/tmp/stop';
/** Clients of keep-alive connections, and how long each waits between requests: some 700 requests a second. */
const CLIENTS = 16;
const PAUSE_MS = 20;

const [, , origin = '', least = '0'] = process.argv;
const pool = new Pool(origin, { connections: CLIENTS, pipelining: 1 });
const failures = new Map<string, number>();
const times: number[] = [];
const counts = { sent: 0, isStopped: false };

/** What the requests are for: titles, people, lists, searches, and the state of the data. */
const paths = await readPaths();

await Promise.all([watch(), ...Array.from({ length: CLIENTS }, send)]);
await pool.close();
times.sort((a, b) => a - b);
const at = (share: number) => Math.round(times[Math.floor(times.length * share)] ?? 0);
console.log(
  JSON.stringify({
    requests: counts.sent,
    failed: [...failures.values()].reduce((sum, count) => sum + count, 0),
    failures: Object.fromEntries(failures),
    p50: at(0.5),
    p99: at(0.99),
    longest: Math.round(times.at(-1) ?? 0),
  }),
);

async function readPaths(): Promise<string[]> {
  const read = async (path: string) =>
    (await (await pool.request({ path, method: 'GET' })).body.json()) as {
      items: Record<string, string>[];
    };
  const titles = (await read('/titles?limit=50')).items.map(({ tconst = '' }) => tconst);
  const names = (await read('/names?limit=20')).items.map(({ nconst = '' }) => nconst);
  return [
    ...titles.flatMap((id) => [`/titles/${id}`, `/titles/${id}?include=ratings`]),
    ...names.map((id) => `/names/${id}`),
    ...['winter', 'the', 'long night', 'love'].map(
      (words) => `/search?q=${encodeURIComponent(words)}`,
    ),
    ...['/titles?titleType=movie&sort=votes&limit=20', '/published', '/'],
  ];
}

async function watch(): Promise<void> {
  while (!existsSync(STOP) || counts.sent < Number(least)) await sleep(200);
  counts.isStopped = true;
}

async function send(): Promise<void> {
  while (!counts.isStopped) {
    const path = paths[counts.sent++ % paths.length] ?? '/';
    const began = performance.now();
    try {
      const { statusCode, body } = await pool.request({ path, method: 'GET' });
      const said = await body.text();
      if (statusCode !== 200) note(`${statusCode} ${codeOf(said)} ${path}`);
    } catch (error) {
      note(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
    times.push(performance.now() - began);
    await sleep(Math.random() * 2 * PAUSE_MS);
  }
}

/** The code of a problem. */
function codeOf(said: string): string {
  return /"code":"([^"]*)"/u.exec(said)?.[1] ?? 'without a code';
}

function note(failure: string): void {
  failures.set(failure, (failures.get(failure) ?? 0) + 1);
}
