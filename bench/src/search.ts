import type { Run } from '@marquee/contract';
import { Client } from 'pg';
import { readNumbers } from './arguments.ts';
import { loadSeconds, runSeconds } from './runs.ts';
import { sampleFolder } from './sample-folder.ts';
import { startBenchStack } from './stack.ts';

/**
 * `node bench/dist/search.js --titles N [--questions 300]`: measures build time and size of the
 * search tables, and response times of searches.
 */

const { titles, questions } = readNumbers({ titles: 100_000, questions: 300 });

const stack = await startBenchStack(await sampleFolder(titles, 0));
try {
  await stack.run('/run-downloader');
  reportBuild(await stack.run('/run-loader'));
  await stack.settled();
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  await reportSizes(client);
  const texts = await someTexts(client);
  await client.end();
  const typed = texts
    .slice(0, Math.ceil(questions / 10))
    .flatMap((text) => Array.from(text, (_, i) => text.slice(0, i + 1)));
  await measure('search, a title or name', '/search', texts);
  await measure(
    'search, two words',
    '/search',
    texts.map((text) => text.split(' ').toReversed().slice(0, 2).join(' ')),
  );
  await measure('search, misspelt', '/search', texts.map(misspell));
  await measure('suggest, letter by letter', '/suggest', typed);
} finally {
  await stack.stop();
}

function reportBuild(run: Run): void {
  console.log(`load                        ${loadSeconds(run).toFixed(1)} s`);
  console.log(`derived tables and publish  ${(runSeconds(run) - loadSeconds(run)).toFixed(1)} s`);
}

async function reportSizes(client: Client): Promise<void> {
  const { rows } = await client.query<{
    name: string;
    rows: number;
    heap: number;
    indexes: number;
  }>(
    `select relname as name, reltuples::float8 as rows, pg_table_size(oid)::float8 as heap, pg_indexes_size(oid)::float8 as indexes
     from pg_class where relnamespace = 'search'::regnamespace and relkind = 'r' order by 1`,
  );
  for (const { name, rows: count, heap, indexes } of rows) {
    console.log(
      `${name.padEnd(18)}${count.toLocaleString('en-US').padStart(12)} rows, ${(heap / 1e6).toFixed(0).padStart(6)} MB, indexes ${(indexes / 1e6).toFixed(0).padStart(6)} MB`,
    );
  }
}

/** Texts of titles and names, equally from all tiers. */
async function someTexts(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ text: string }>(
    `select text from (
       select substr(key, 2) as text, row_number() over (partition by kind, left(key, 1) order by md5(id || key)) as place
       from (select 'title' as kind, id, key from search.title_text tablesample system (20) union all select 'name', id, key from search.name_text tablesample system (20)) as texts
     ) as places order by place, md5(text) limit $1::int`,
    [questions],
  );
  return rows.map(({ text }) => text);
}

/** Omits a letter, replaces one or swaps two. */
function misspell(text: string, i: number): string {
  const at = 1 + ((i * 7) % Math.max(1, text.length - 2));
  const [letter = '', next = ''] = [text[at], text[at + 1]];
  const wrong = [next, `x${next}`, next + letter][i % 3] ?? '';
  return text.slice(0, at) + wrong + text.slice(at + 2);
}

async function measure(what: string, path: string, texts: readonly string[]): Promise<void> {
  const times: number[] = [];
  for (const [i, text] of [...texts, ...texts].entries()) {
    const began = performance.now();
    const response = await fetch(`${stack.apiUrl}${path}?q=${encodeURIComponent(text)}`);
    await response.arrayBuffer();
    if (!response.ok && response.status !== 400)
      throw new Error(`${path} of ${text} is answered with ${response.status}`);
    // the first round reads from the disk
    if (i >= texts.length) times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1].map((quantile) =>
    times[Math.min(times.length - 1, Math.floor(times.length * quantile))]?.toFixed(1),
  );
  console.log(
    `${what.padEnd(28)}${times.length} requests, p50 ${p50 ?? ''}, p90 ${p90 ?? ''}, p99 ${p99 ?? ''}, max ${max ?? ''} ms`,
  );
}
