import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createClient } from '@connectrpc/connect';
import { createTestDatabase, type TestDatabase } from '@marquee/catalogue/testing';
import { freePort } from '@marquee/process';
import { MovieQueryService, MovieSort } from '@marquee/proto';
import { expect, it, onTestFinished } from 'vitest';
import { memoryOf, type Memory } from './fuzzing/memory.ts';
import { PROTOCOLS } from './grpc-clients.ts';
import { buildSearchTables } from './search-tables.ts';

const API = new URL('../../apps/api/dist/main.js', import.meta.url);
const MOVIES = 1_000_000;

/** The API as a process of its own, whose memory is not that of the client. */
async function startApi({ url }: TestDatabase) {
  const [http, grpc, inspector] = [await freePort(), await freePort(), await freePort()];
  const child = fork(API, {
    execArgv: [`--inspect-port=${inspector}`],
    env: {
      ...process.env,
      DATABASE_URL: url,
      QUEUE_URL: url,
      SNAPSHOT_DIR: 'none',
      API_PORT: String(http),
      GRPC_PORT: String(grpc),
      LOG_LEVEL: 'error',
    },
  });
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const apiUrl = `http://127.0.0.1:${http}`;
  const isUp = async () =>
    fetch(`${apiUrl}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(isUp, { timeout: 60_000 }).toBe(true);
  return {
    apiUrl,
    grpcUrl: `http://127.0.0.1:${grpc}`,
    memory: async () => memoryOf(child.pid ?? 0, inspector),
  };
}

it(
  'a million movies are streamed in flat memory',
  { tags: ['long'], timeout: 600_000 },
  async () => {
    const database = await createTestDatabase();
    onTestFinished(async () => database.remove());
    await database.pool.query(
      `insert into imdb.title_basics
     select 'tt' || lpad(n::text, 7, '0'), 'movie', 'Title ' || n, 'Title ' || n, false, 1900 + n % 120, null, 90, '{Drama}'
     from generate_series(1, $1::int) as n`,
      [MOVIES],
    );
    await buildSearchTables(database.pool);
    const { memory, ...system } = await startApi(database);
    const movies = createClient(MovieQueryService, PROTOCOLS.gRPC(system));
    const memories: Memory[] = [];
    let streamed = 0;
    for await (const { movie } of movies.streamMovies({ sort: MovieSort.ID })) {
      const id = `tt${String(++streamed).padStart(7, '0')}`;
      if (movie?.id !== id) expect.fail(`expected ${id}, got ${movie?.id ?? 'nothing'}`);
      if (streamed % (MOVIES / 10) === 0) memories.push(await memory());
    }
    expect(streamed).toBe(MOVIES);
    expect(memories.length).toBe(10);
    // in MB, since the first tenth. The other 900,000 movies are 60 MB as messages, and 700 MB as
    // objects; V8 keeps some pages that are free.
    const [first, ...later] = memories;
    const growth = (of: keyof Memory) =>
      Math.max(...later.map((one) => one[of])) - (first?.[of] ?? NaN);
    const measured = JSON.stringify(memories);
    expect(growth('held'), measured).toBeLessThan(20);
    expect(growth('resident'), measured).toBeLessThan(50);
  },
);
