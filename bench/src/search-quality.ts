import { parseArgs } from 'node:util';
import { FoundTitlePage, SearchPage, Suggestions } from '@marquee/contract';
import { Client } from 'pg';
import { filmFolder } from './film-folder.ts';
import { MEANT_FILMS, TYPED_FILMS, type MeantTitle } from './meant-films.ts';
import { sampleFolder } from './sample-folder.ts';
import { meantTitles } from './meant-titles.ts';
import { startBenchStack } from './stack.ts';

/**
 * `npm run bench:search-quality -- [--titles 50000 | --real FOLDER] [--misses]`: how often a search
 * finds what is meant. Queries are drawn from a sample's known titles; with `--real`, they are those
 * of `meant-films.ts`, on real data.
 *
 * | figure | meaning |
 * |---|---|
 * | hit@1, hit@5 | share of queries whose title is the first, or among the first five |
 * | from the 4th letter | share of titles that are among five suggestions from the 4th letter on |
 * | letters | median of the letters from which the title stays among five suggestions |
 * | whole | share of titles that are the first suggestion when typed whole |
 */

const { values } = parseArgs({
  options: {
    titles: { type: 'string', default: '50000' },
    real: { type: 'string' },
    misses: { type: 'boolean', default: false },
  },
});
const FIRST = 5;
/** From this letter on, a title should be among the suggestions. */
const FOURTH = 4;

const isReal = values.real !== undefined;
const stack = await startBenchStack(
  values.real === undefined
    ? await sampleFolder(Number(values.titles), 0)
    : await filmFolder(values.real),
  { folder: 'stack-search-quality' },
);
const client = new Client({ connectionString: stack.databaseUrl });
try {
  await client.connect();
  await stack.run('/updatedata');
  await stack.settled();
  const { queries, typed } = isReal
    ? { queries: MEANT_FILMS, typed: TYPED_FILMS }
    : await meantTitles(client);
  await expectPresent([...Object.values(queries).flat(), ...typed]);
  console.log(
    `${''.padEnd(26)}queries  search hit@1  hit@5  titles hit@1  hit@5  suggest hit@1  hit@5`,
  );
  for (const [kind, asked] of Object.entries(queries)) await measureHits(kind, asked);
  await measureTyping(typed);
} finally {
  await client.end().catch(() => undefined);
  await stack.stop();
}

async function expectPresent(meant: readonly MeantTitle[]): Promise<void> {
  const ids = [...new Set(meant.map(([, id]) => id))];
  const { rows } = await client.query<{ id: string }>(
    'select id from unnest($1::text[]) as id where not exists (select from imdb.title_basics where tconst = id)',
    [ids],
  );
  if (rows.length > 0)
    throw new Error(`No title has the id ${rows.map(({ id }) => id).join(', ')}`);
}

async function measureHits(kind: string, queries: readonly MeantTitle[]): Promise<void> {
  const shares = [];
  for (const find of [search, titles, suggest]) {
    const found: number[] = [];
    for (const [q, id] of queries) {
      const at = (await find(q)).indexOf(id);
      if (values.misses && at !== 0 && find === search) console.log(`  ${q}: ${id} is at ${at}`);
      found.push(at);
    }
    const within = (count: number) => found.filter((at) => at >= 0 && at < count).length;
    shares.push(share(within(1), queries.length), share(within(FIRST), queries.length));
  }
  console.log(
    `${kind.padEnd(26)}${String(queries.length).padStart(7)}${shares.map((text, i) => text.padStart(i % 2 === 0 ? 14 : 7)).join('')}`,
  );
}

/** Types titles letter by letter. */
async function measureTyping(typed: readonly MeantTitle[]): Promise<void> {
  const letters: number[] = [];
  let fromFourth = 0;
  let whole = 0;
  for (const [q, id] of typed) {
    let needed = 1;
    for (let length = 1; length <= q.length; length++) {
      const found = await suggest(q.slice(0, length));
      if (!found.includes(id)) needed = length + 1;
      if (length === q.length && found[0] === id) whole++;
      else if (length === q.length && values.misses)
        console.log(`  ${q}: ${id} is not the first suggestion, but ${found[0] ?? 'none'}`);
    }
    if (needed <= FOURTH) fromFourth++;
    else if (values.misses) console.log(`  ${q}: ${id} needs ${needed} letters`);
    letters.push(needed);
  }
  letters.sort((a, b) => a - b);
  console.log(
    `\ntyped letter by letter: ${typed.length} titles; from the 4th letter ${share(fromFourth, typed.length)}; letters ${letters[Math.floor(letters.length / 2)] ?? NaN}, at most ${letters.at(-1) ?? NaN}; whole ${share(whole, typed.length)}`,
  );
}

async function search(q: string): Promise<string[]> {
  return SearchPage.parse(await ask('/search', q)).items.map(({ id = '' }) => id);
}

async function titles(q: string): Promise<string[]> {
  return FoundTitlePage.parse(await ask('/titles', q)).items.map(({ tconst = '' }) => tconst);
}

async function suggest(q: string): Promise<string[]> {
  return Suggestions.parse(await ask('/suggest', q)).items.map(({ id }) => id);
}

async function ask(path: string, q: string): Promise<unknown> {
  const response = await fetch(`${stack.apiUrl}${path}?q=${encodeURIComponent(q)}&limit=${FIRST}`);
  if (!response.ok) throw new Error(`${path} for ${q} answered ${response.status}`);
  return response.json();
}

function share(count: number, of: number): string {
  return `${((100 * count) / Math.max(1, of)).toFixed(0)} %`;
}
