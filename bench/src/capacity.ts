import { Client } from 'pg';
import { readNumbers } from './arguments.ts';
import { requestAtFullSpeed } from './request-load.ts';
import { sampleFolder } from './sample-folder.ts';
import { drawRequests } from './sample-requests.ts';
import { startBenchStack } from './stack.ts';

/**
 * `npm run bench:capacity -- --titles N [--seconds 10]`: what a request of each kind costs, in
 * milliseconds of a core, of the API and of PostgreSQL, without the response cache. Other work on the
 * machine changes the requests per second, but hardly these costs.
 */

const { titles, seconds } = readNumbers({ titles: 100_000, seconds: 10 });

/** Enough to keep the API busy. */
const CONNECTIONS = 8;
const DRAWN = 2000;

const stack = await startBenchStack(await sampleFolder(titles, 0), {
  folder: 'stack-capacity',
  settings: { API_CACHE_MB: '0' },
});
const client = new Client({ connectionString: stack.databaseUrl });
try {
  await client.connect();
  await stack.run('/updatedata');
  await stack.settled();
  console.log(`${''.padEnd(30)}requests/s      p99   API, ms   PostgreSQL, ms`);
  for (const { name, paths } of await drawRequests(client, { count: DRAWN, seed: 1 })) {
    const load = { connections: CONNECTIONS, seconds };
    await requestAtFullSpeed(stack.apiUrl, paths, { ...load, requests: paths.length });
    const [api, database] = [stack.processorSeconds('api'), stack.databaseSeconds()];
    const { requests, perSecond, times } = await requestAtFullSpeed(stack.apiUrl, paths, load);
    const cost = (now: number | null, before: number | null) =>
      ((((now ?? NaN) - (before ?? NaN)) * 1000) / requests).toFixed(2);
    console.log(
      `${name.padEnd(30)}${perSecond.toFixed(0).padStart(10)}${(times[Math.floor(times.length * 0.99)] ?? NaN).toFixed(1).padStart(9)}${cost(stack.processorSeconds('api'), api).padStart(10)}${cost(stack.databaseSeconds(), database).padStart(17)}`,
    );
  }
} finally {
  await client.end();
  await stack.stop();
}
