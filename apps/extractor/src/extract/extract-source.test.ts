import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import {
  isReject,
  joinPieces,
  mergePieces,
  piecesOf,
  type Piece,
  type SourceDefinition,
} from '@marquee/sources';
import fc from 'fast-check';
import type { PoolClient } from 'pg';
import { expect, it } from 'vitest';
import { TestExtractor } from '../testing/test-extractor.ts';

const extractor = TestExtractor.use();

/** At least one row: an empty file is no delivery. */
const MANY = { minLength: 1, maxLength: 6 };

const FILMS = {
  schema: 1,
  id: 'films',
  name: 'Films',
  licence: { name: 'Made up', republish: true },
  scales: { stars: { min: 0, max: 5, kind: 'audience' } },
  files: [
    {
      name: 'films',
      pattern: 'films*.csv',
      format: 'csv',
      id: 'id',
      fields: { title: 'title', year: 'year' },
    },
    {
      name: 'links',
      pattern: 'links*.csv',
      format: 'csv',
      join: { on: [{ here: 'film', there: 'id' }] },
      fields: { ids: { tmdb: 'tmdb' } },
    },
    {
      name: 'votes',
      pattern: 'votes*.csv',
      format: 'csv',
      join: { on: [{ here: 'film', there: 'id' }], many: true },
      fields: { ratings: [{ name: 'stars', value: 'stars' }] },
    },
  ],
};

/** A file of made-up films, one for each number. */
function films(numbers: readonly number[], year = 1999): string {
  return ['id,title,year', ...numbers.map((n) => `${n},Film ${n},${year}`)].join('\n');
}

it('makes records of a file, and marks each as pending', async () => {
  await extractor.define(FILMS);
  const delivery = await extractor.deliver('films', 'films', films([1, 2]));
  expect(await extractor.extract('films')).toBe(true);
  expect(await extractor.records('films')).toEqual({
    1: {
      delivery,
      line: 2,
      record: { title: 'Film 1', year: 1999 },
      raw: { films: { id: '1', title: 'Film 1', year: '1999' } },
    },
    2: expect.objectContaining({ line: 3, record: { title: 'Film 2', year: 1999 } }) as object,
  });
  expect(await extractor.takePending()).toEqual(['1', '2']);
  expect(await extractor.deliveries()).toEqual([
    {
      id: delivery,
      state: 'taken',
      rows: 2,
      records: 2,
      equal: 0,
      rejects: 0,
      added: 2,
      changed: 0,
      removed: 0,
      error: null,
    },
  ]);
  expect(await extractor.extract('films')).toBe(false);
});

it('passes on only what differs from the delivery before', async () => {
  await extractor.define(FILMS);
  const first = await extractor.deliver('films', 'films', films([1, 2, 3]));
  await extractor.extract('films');
  await extractor.takePending();
  const text = `${films([3, 1])}\n4,Film 4,1999`.replace('Film 3,1999', 'Film 3,2000');
  const second = await extractor.deliver('films', 'films', gzipSync(text));
  await extractor.extract('films');
  expect(await extractor.takePending()).toEqual(['2', '3', '4']);
  const records = await extractor.records('films');
  expect(Object.keys(records)).toEqual(['1', '3', '4']);
  expect(records['1']?.delivery).toBe(first);
  expect(records['3']).toMatchObject({ delivery: second, record: { year: 2000 } });
  expect((await extractor.deliveries())[1]).toMatchObject({ added: 1, changed: 1, removed: 1 });
});

it('makes records of what it had before when a delivery is taken back, and again when it is taken again', async () => {
  await extractor.define(FILMS);
  await extractor.deliver('films', 'films', films([1, 2]));
  const second = await extractor.deliver('films', 'films', films([2, 3], 2000));
  await extractor.extract('films');
  const after = await extractor.records('films');
  expect(Object.keys(after)).toEqual(['2', '3']);
  await extractor.takePending();
  await extractor.setState(second, 'withdrawn');
  await extractor.extract('films');
  expect(Object.values(await extractor.records('films')).map(({ record }) => record)).toEqual([
    { title: 'Film 1', year: 1999 },
    { title: 'Film 2', year: 1999 },
  ]);
  expect(await extractor.takePending()).toEqual(['1', '2', '3']);
  await extractor.setState(second, 'received');
  await extractor.extract('films');
  expect(await extractor.records('films')).toEqual(after);
  // the only one: nothing is left
  await extractor.setState(1, 'withdrawn');
  await extractor.setState(second, 'withdrawn');
  await extractor.extract('films');
  expect(await extractor.records('films')).toEqual({});
  expect(await extractor.extract('films')).toBe(false);
});

it('leaves a delivery withdrawn that is taken back while it is read', async () => {
  await extractor.define(FILMS);
  await extractor.deliver('films', 'films', films([1, 2]));
  await extractor.extract('films');
  const second = await extractor.deliver('films', 'films', films([2, 3]));
  const withdrawals: Promise<void>[] = [];
  await extractor.extract('films', {
    onRows: () => withdrawals.push(extractor.setState(second, 'withdrawn')),
  });
  await Promise.all(withdrawals);
  await extractor.extract('films');
  expect((await extractor.deliveries())[1]).toMatchObject({ id: second, state: 'withdrawn' });
  expect(Object.keys(await extractor.records('films'))).toEqual(['1', '2']);
});

it('leaves records as they are when an older delivery is taken again', async () => {
  await extractor.define(FILMS);
  const first = await extractor.deliver('films', 'films', films([1, 2]));
  await extractor.deliver('films', 'films', films([2, 3]));
  await extractor.extract('films');
  await extractor.takePending();
  await extractor.setState(first, 'received');
  await extractor.extract('films');
  expect(Object.keys(await extractor.records('films'))).toEqual(['2', '3']);
  expect(await extractor.takePending()).toEqual([]);
});

const LINKS = 'film,tmdb\n1,101\n2,\n9,109';
const VOTES = 'who,film,stars\na,1,4\nb,1,4.5\na,2,1';

it('joins files in whatever order they come, with means of many rows', async () => {
  const files = { films: films([1, 2, 3]), links: LINKS, votes: VOTES };
  const orders = [
    ['films', 'links', 'votes'],
    ['votes', 'links', 'films'],
  ] as const;
  for (const [i, order] of orders.entries()) {
    const source = `films-${i}`;
    await extractor.define({ ...FILMS, id: source });
    for (const file of order) {
      await extractor.deliver(source, file, files[file]);
      await extractor.extract(source);
    }
    const records = await extractor.records(source);
    expect(Object.values(records).map(({ record }) => record)).toEqual([
      {
        title: 'Film 1',
        year: 1999,
        ids: { tmdb: '101' },
        ratings: [
          { name: 'stars', value: 4.25, scale: { min: 0, max: 5 }, votes: 2, kind: 'audience' },
        ],
      },
      expect.objectContaining({ ids: {}, title: 'Film 2' }),
      { title: 'Film 3', year: 1999 },
    ]);
    expect(records['1']?.raw).toMatchObject({ links: { tmdb: '101' }, votes: { rows: 2 } });
  }
  const { rows } = await extractor.database.pool.query<{ reason: string }>(
    'select line, reason from sources.reject order by delivery',
  );
  // film 9 is in no file of films
  expect(rows).toEqual(orders.map(() => ({ line: 4, reason: 'it belongs to no row of films' })));
});

it('keeps malformed rows as rejects, and counts rows that are equal', async () => {
  await extractor.define(FILMS);
  const good = Array.from({ length: 50 }, (_, i) => i + 1);
  const text = [
    films(good),
    ',No id,1999',
    '51,No year,soon',
    '52,Too few',
    '1,Film 1,1999',
    '2,Another film 2,1999',
    '',
  ].join('\n');
  const delivery = await extractor.deliver('films', 'films', text);
  await extractor.extract('films');
  expect(await extractor.deliveries()).toMatchObject([
    { state: 'taken', rows: 55, records: 50, equal: 1, rejects: 4 },
  ]);
  expect(await extractor.rejects(delivery)).toMatchObject([
    { line: 52, reason: 'expected an id of the movie, got nothing' },
    { line: 53, reason: 'year: expected a number, got “soon”' },
    { line: 54, reason: 'expected 3 columns, got 2', raw: '52 | Too few' },
    { line: 56, reason: 'line 3 has the same id, 2' },
  ]);
});

it.each([
  ['empty', ''],
  ['empty', 'id,title,year\n'],
  ['wrong-header', 'film,tmdb\n1,2\n'],
  ['truncated', gzipSync(films([1, 2, 3, 4])).subarray(0, 40)],
  ['truncated', 'id,title,year\n1,"Film 1,1999\n2,Film 2,1999'],
  ['wrong-format', Buffer.from('PK\u0003\u0004 a ZIP archive', 'latin1')],
  ['too-many-rejects', `${films([1, 2, 3])}\n4,Film 4,soon`],
  ['too-many-lost', films([1])],
])('refuses a file that is %s, and keeps the records', async (code, content) => {
  await extractor.define(FILMS);
  await extractor.deliver('films', 'films', films([1, 2, 3]));
  await extractor.extract('films');
  const before = await extractor.records('films');
  await extractor.takePending();
  await extractor.deliver('films', 'films', content);
  const last = await extractor.deliver('films', 'links', LINKS);
  await extractor.extract('films');
  expect(await extractor.deliveries()).toMatchObject([
    { state: 'taken' },
    { state: 'failed', error: code },
    // a failed delivery stops no other
    { state: 'taken', error: null },
  ]);
  const after = await extractor.records('films');
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(after['1']?.delivery).toBe(last);
});

it('says whose file it is when its header is wrong', async () => {
  await extractor.define(FILMS);
  await extractor.define({ ...FILMS, id: 'others' });
  await extractor.deliver('films', 'films', LINKS);
  await extractor.extract('films');
  const { rows } = await extractor.database.pool.query('select error from sources.delivery');
  expect(rows).toMatchObject([
    {
      error: {
        message:
          'The file has the columns film, tmdb; it lacks id, title, year. These columns are those of films: links, others: links.',
        hint: expect.stringContaining('another source') as string,
      },
    },
  ]);
});

it.each([
  ['too-many-rejects', `${films([1, 2, 3])}\n4,Film 4,soon`, 3],
  ['too-many-lost', films([1]), 1],
])(
  'shows why a gate stops a delivery, and lets it pass when a person says so: %s',
  async (gate, content, records) => {
    await extractor.define(FILMS);
    await extractor.deliver('films', 'films', films([1, 2, 3]));
    const stopped = await extractor.deliver('films', 'films', content);
    await extractor.extract('films');
    expect((await extractor.deliveries())[1]).toMatchObject({ state: 'failed', error: gate });
    if (gate === 'too-many-rejects')
      expect(await extractor.rejects(stopped)).toMatchObject([{ line: 5 }]);
    await extractor.setState(stopped, 'received', [gate]);
    await extractor.extract('films');
    expect((await extractor.deliveries())[1]).toMatchObject({ state: 'taken', error: null });
    expect(Object.keys(await extractor.records('films'))).toHaveLength(records);
  },
);

it('remakes the records when the definition changes, and reports a file that no longer fits it', async () => {
  await extractor.define(FILMS);
  await extractor.deliver('films', 'films', films([1, 2]));
  await extractor.extract('films');
  const before = await extractor.records('films');
  const [file, ...others] = FILMS.files;
  const withTitle = (title: unknown) => ({
    ...FILMS,
    files: [{ ...file, fields: { title } }, ...others],
  });
  await extractor.define(withTitle('name'));
  await extractor.extract('films');
  expect(await extractor.records('films')).toEqual(before);
  const { rows } = await extractor.database.pool.query('select error from sources.source');
  expect(rows).toMatchObject([{ error: { code: 'wrong-header' } }]);
  expect(await extractor.extract('films')).toBe(false);
  await extractor.define(withTitle({ column: 'title', transforms: [{ prefix: 'The ' }] }));
  await extractor.extract('films');
  expect((await extractor.records('films'))['1']?.record).toEqual({ title: 'The Film 1' });
  const after = await extractor.database.pool.query('select error from sources.source');
  expect(after.rows).toEqual([{ error: null }]);
});

it('leaves nothing when it dies at any row, and does it again', async () => {
  await extractor.define(FILMS);
  await extractor.deliver('films', 'films', films([1, 2]));
  await extractor.extract('films');
  await extractor.takePending();
  const before = await extractor.records('films');
  await extractor.deliver('films', 'films', films([2, 3]));
  await extractor.deliver('films', 'links', LINKS);
  for (const steps of [1, 2]) {
    const dying = new AbortController();
    let calls = 0;
    const onRows = () => {
      calls += 1;
      if (calls === steps) dying.abort(new Error('killed'));
    };
    await expect(extractor.extract('films', { signal: dying.signal, onRows })).rejects.toThrow();
    expect(await extractor.records('films')).toEqual(before);
    expect(await extractor.takePending()).toEqual([]);
  }
  await extractor.extract('films');
  expect(Object.keys(await extractor.records('films'))).toEqual(['2', '3']);
});

it('has the same records whatever the order of rows, and of deliveries before the last', async () => {
  const rows = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(rows, { maxLength: 3 }), rows, async (earlier, last) => {
      const content = async (source: string, deliveries: number[][]) => {
        await extractor.define({ ...FILMS, id: source });
        for (const numbers of deliveries) {
          const id = await extractor.deliver(source, 'films', films(numbers));
          await extractor.setState(id, 'received', ['too-many-lost']);
          await extractor.extract(source);
        }
        return Object.entries(await extractor.records(source)).map(([id, { record }]) => [
          id,
          record,
        ]);
      };
      run += 1;
      const direct = await content(`a${run}`, [last.toSorted((a, b) => a - b)]);
      expect(await content(`b${run}`, [...earlier, last])).toEqual(direct);
    }),
    { numRuns: 8 },
  );
});

/** What a trial in memory makes of files: the records, and the number of rejects. */
async function inMemory(definition: SourceDefinition, files: readonly string[]) {
  const pieces: Piece[] = [];
  let rejects = 0;
  for (const [number, text] of files.entries())
    for await (const piece of piecesOf(
      definition,
      number,
      Readable.from([Buffer.from(text)]),
      () => undefined,
    ))
      if (isReject(piece)) rejects += 1;
      else pieces.push(piece);
  const { records, unjoined } = joinPieces(definition, pieces);
  const merged = [...records].map(([id, ofRecord]) => mergePieces(definition, id, ofRecord));
  const late = merged.reduce((sum, each) => sum + each.rejects.length, 0);
  return {
    records: Object.fromEntries(merged.map(({ record: { id, record } }) => [id, record])),
    rejects: rejects + unjoined + late,
  };
}

it('joins files as a trial in memory does, also repeated, contradicting and missing keys', async () => {
  const key = fc.constantFrom('1', '2', '3', '4', '');
  const rows = (values: string[]) => fc.array(fc.tuple(key, fc.constantFrom(...values)), MANY);
  const all = fc.tuple(rows(['A,1999', 'B,2000', 'B,soon']), rows(['7', '8']), rows(['3', '5']));
  const heads = ['id,title,year', 'film,tmdb', 'film,stars'];
  const [file, links, votes] = FILMS.files;
  const join = { ...links?.join, otherwise: 'record' as const };
  let run = 0;
  await fc.assert(
    fc.asyncProperty(all, fc.boolean(), async (values, areRecords) => {
      run += 1;
      const linksFile = areRecords ? { ...links, id: 'tmdb', join } : links;
      const definition = await extractor.define({
        ...FILMS,
        id: `films${run}`,
        files: [file, linksFile, votes],
      });
      const texts = values.map((ofFile, i) =>
        [heads[i], ...ofFile.map((row) => row.join(','))].join('\n'),
      );
      const ids = [];
      for (const [i, text] of texts.entries()) {
        const id = await extractor.deliver(definition.id, FILMS.files[i]?.name ?? '', text);
        await extractor.setState(id, 'received', ['too-many-rejects']);
        ids.push(id);
      }
      await extractor.extract(definition.id);
      const records = Object.entries(await extractor.records(definition.id));
      const rejects = await Promise.all(ids.map(async (id) => extractor.rejects(id)));
      expect({
        records: Object.fromEntries(records.map(([id, { record }]) => [id, record])),
        rejects: rejects.flat().length,
      }).toEqual(await inMemory(definition, texts));
    }),
    { numRuns: 12 },
  );
});

it('ends each transaction once, so that PostgreSQL has nothing to warn of', async () => {
  const notices: (string | undefined)[] = [];
  const { pool } = extractor.database;
  const listen = (client: PoolClient) => {
    client.on('notice', ({ message }) => notices.push(message));
  };
  pool.on('acquire', listen);
  try {
    await extractor.define(FILMS);
    await extractor.deliver('films', 'films', films([1]));
    expect(await extractor.extract('films')).toBe(true);
    expect(await extractor.extract('films')).toBe(false);
  } finally {
    pool.off('acquire', listen);
  }
  expect(notices).toEqual([]);
});
