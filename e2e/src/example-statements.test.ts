import { exampleStatements, type ExampleStatement } from '@marquee/api/testing';
import { beforeAll, expect, it } from 'vitest';
import { readReferenceCatalogue, type ReferenceCatalogue } from './reference-catalogue.ts';
import { matchesQuery, titleOrder, type Query } from './reference-filters.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

// `npm run docs` writes these files again

const days = useDays({ titles: 3000, days: 1 });
const system = useSharedSystem(() => ({ workers: false, published: days }));

let examples: ExampleStatement[];
let reference: ReferenceCatalogue;
beforeAll(async () => {
  const { pool } = system.database;
  const read = async <Row extends object>({ text }: { text: string }, values: readonly unknown[]) =>
    pool.query<Row>(text, [...values]).then(({ rows }) => rows);
  examples = await exampleStatements({ read, readPrepared: read, lostServers: 0 });
  reference = await readReferenceCatalogue(days.day(0));
});

it('apps/api/sql holds a statement of each access path and stage, as the API sends it', async () => {
  expect(examples.map(({ name }) => name)).toEqual([
    'index-scan',
    'gin-search',
    'range-scan',
    'value-by-value',
    'text-starts',
    'text-words',
  ]);
  for (const { name, about, sql } of examples) {
    const comment = about.replaceAll(/^/gmu, '-- ');
    await expect(`${comment}\n${sql.trim()};\n`).toMatchFileSnapshot(
      `../../apps/api/sql/${name}.sql`,
    );
  }
});

it.each<[name: string, query: Query]>([
  ['index-scan', { genre: 'Drama', sort: 'rating', order: 'desc' }],
  [
    'range-scan',
    { genre: 'Drama', startYearFrom: 1950, startYearTo: 1989, sort: 'votes', order: 'desc' },
  ],
])('the statement %s finds what the files have', async (name, query) => {
  const sql = examples.find((example) => example.name === name)?.sql ?? '';
  const { rows } = await system.database.pool.query<{ tconst: string }>(sql);
  const expected = reference.titles
    .filter((title) => matchesQuery(title, query) && (title.numVotes ?? 0) > 0)
    .sort(titleOrder(query))
    .slice(0, 21);
  expect(rows.map(({ tconst }) => tconst)).toEqual(expected.map(({ tconst }) => tconst));
});

it('each statement runs as it stands, without parameters', async () => {
  for (const { name, sql } of examples)
    await expect(system.database.pool.query(sql), name).resolves.toBeDefined();
});
