import type { MessageInitShape } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { MovieQueryService, type MovieFilter, type MovieFilterSchema } from '@marquee/proto';
import { freePort } from '@marquee/process';
import { Client } from 'pg';
import { Pool } from 'undici';
import { readNumbers } from './arguments.ts';
import { callAtRate } from './request-load.ts';
import { sampleFolder } from './sample-folder.ts';
import { startBenchStack } from './stack.ts';

/**
 * `npm run bench:grpc -- --titles N [--rate 100] [--seconds 10] [--rounds 3] [--keep 1]`: the same
 * questions by HTTP and JSON and by gRPC, in turns, so that other load affects both; and a stream of
 * all titles. The response cache is off. Either client parses the whole answer.
 */
const { titles, rate, seconds, rounds, keep } = readNumbers({
  titles: 100_000,
  rate: 100,
  seconds: 10,
  rounds: 3,
  keep: 0,
});

/** Messages before the first measurement of memory. */
const FIRST_STREAMED = 100_000;

/** A question in both forms. */
interface Question {
  readonly path: string;
  readonly ask: () => Promise<unknown>;
}

const grpcPort = await freePort();
const stack = await startBenchStack(await sampleFolder(titles, 0), {
  folder: `stack-grpc-${titles}`,
  keep: keep > 0,
  settings: { GRPC_PORT: String(grpcPort), API_CACHE_MB: '0' },
});
const client = new Client({ connectionString: stack.databaseUrl });
const movies = createClient(
  MovieQueryService,
  // as the client of HTTP, without compression
  createGrpcTransport({ baseUrl: `http://127.0.0.1:${grpcPort}`, acceptCompression: [] }),
);
const http = new Pool(stack.apiUrl, { connections: 256, pipelining: 1 });
try {
  await client.connect();
  await load();
  console.log(`\n${rate} questions/s, each kind for ${seconds} s in ${rounds} turns; times in ms`);
  console.log(`${''.padEnd(30)}     p50     p99    gRPC: p50     p99   p99 to p99`);
  for (const [kind, questions] of Object.entries(await drawQuestions()))
    await compare(kind, questions);
  await measureStream();
} finally {
  await http.close();
  await client.end().catch(() => undefined);
  await stack.stop();
}

async function load(): Promise<void> {
  const { rowCount } = await client.query(
    'select from ingest.data_control where snapshot_id is not null',
  );
  if (rowCount === 7) return;
  console.log('Loading …');
  await stack.run('/updatedata');
  await stack.settled();
}

/** Questions of each kind, drawn from the data; each has an answer. */
async function drawQuestions(): Promise<Record<string, Question[]>> {
  const { rows } = await client.query<{
    id: string;
    person: string;
    year: number;
    genre: string;
    word: string;
  }>(
    `select t.tconst as id, p.nconst as person, t.start_year as year, t.genres[1] as genre,
       substring(t.primary_title from '[[:alpha:]]{4,}') as word
     from imdb.title_basics as t join imdb.title_principals as p on p.tconst = t.tconst and p.ordering = 1
     where t.start_year is not null and t.genres <> '{}' and t.primary_title ~ '[[:alpha:]]{4,}'
     order by md5(t.tconst) limit $1`,
    [rate * seconds],
  );
  const listed = (filter: Filter): Question => ({
    path: `/movies?${new URLSearchParams(textsOf(filter)).toString()}`,
    ask: async () => movies.listMovies({ filter }),
  });
  return {
    'movie by id': rows.map(({ id }) => ({
      path: `/movies/${id}`,
      ask: async () => movies.getMovie({ id }),
    })),
    'movies of a year and genre': rows.map(({ year, genre }) =>
      listed({ yearFrom: year, yearTo: year, genre: [genre] }),
    ),
    'movies of a cast member': rows.map(({ person }) => listed({ person })),
    'movies by title': rows.map(({ word }) => listed({ q: word })),
    'all four together': rows.map(({ year, genre, person, word }) =>
      listed({ yearFrom: year, yearTo: year, genre: [genre], person, q: word }),
    ),
  };
}

type Filter = Exclude<MessageInitShape<typeof MovieFilterSchema>, MovieFilter>;

function textsOf(filter: Filter): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)]));
}

async function compare(kind: string, questions: readonly Question[]): Promise<void> {
  const failed = { http: 0, grpc: 0 };
  const byHttp = async (i: number): Promise<void> => {
    const path = questions[i % questions.length]?.path ?? '/';
    const { statusCode, body } = await http.request({ path, method: 'GET' });
    await body.json();
    if (statusCode !== 200) failed.http++;
  };
  const byGrpc = async (i: number): Promise<void> => {
    await questions[i % questions.length]?.ask().catch(() => failed.grpc++);
  };
  // opens connections, prepares statements, compiles code, and reads data from the disk
  for (const warm of [byHttp, byGrpc]) await callAtRate(warm, { rate, seconds });
  Object.assign(failed, { http: 0, grpc: 0 });
  const turns = { http: [] as Float64Array[], grpc: [] as Float64Array[] };
  for (let round = 0; round < rounds; round++) {
    turns.http.push(await callAtRate(byHttp, { rate, seconds }));
    turns.grpc.push(await callAtRate(byGrpc, { rate, seconds }));
  }
  // the median turn: one with a hiccup of the machine says nothing of either
  const median = (share: number, of: readonly Float64Array[]): number =>
    of.map((times) => times[Math.floor(times.length * share)] ?? NaN).sort((a, b) => a - b)[
      Math.floor(of.length / 2)
    ] ?? NaN;
  const [http50, http99] = [median(0.5, turns.http), median(0.99, turns.http)];
  const [grpc50, grpc99] = [median(0.5, turns.grpc), median(0.99, turns.grpc)];
  const cell = (ms: number, width = 8) => ms.toFixed(1).padStart(width);
  console.log(
    `${kind.padEnd(30)}${cell(http50)}${cell(http99)}${cell(grpc50, 13)}${cell(grpc99)}${(grpc99 / http99).toFixed(2).padStart(13)}   failed: ${failed.http}, ${failed.grpc}`,
  );
}

/** Streams all titles. Reports the peak memory of the API after the first ones and at the end. */
async function measureStream(): Promise<void> {
  const peak = (): number => stack.peakMemory()['api'] ?? NaN;
  const [before, began] = [peak(), performance.now()];
  let [messages, early] = [0, NaN];
  for await (const { movie } of movies.streamMovies({})) {
    if (movie === undefined) throw new Error('a message without a movie');
    if (++messages === FIRST_STREAMED) early = peak();
  }
  const perSecond = messages / ((performance.now() - began) / 1000);
  console.log(
    `\nstream of all titles: ${messages} messages, ${perSecond.toFixed(0)} a second; peak memory of the API ${before} MB before, ${early} MB after ${FIRST_STREAMED}, ${peak()} MB at the end`,
  );
}
