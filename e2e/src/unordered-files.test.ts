import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { keyColumnsOf, tableOf } from '@marquee/catalogue';
import type { Run } from '@marquee/contract';
import { DATASET_NAMES, fileNameOf, headerOf, type DatasetName } from '@marquee/datasets';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useSystem } from './system.ts';

const system = useSystem(() => ({ maxChangePercent: 100 }));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-order-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Two rows of each dataset; of different ids if the dataset has one row per id. */
const ROWS: Readonly<Record<DatasetName, readonly [string, string]>> = {
  'name.basics': [
    'nm0000001\tAnn\t1950\t\\N\tactress\ttt0000001',
    'nm0000002\tBen\t\\N\t\\N\t\\N\t\\N',
  ],
  'title.akas': [
    'tt0000001\t10\tEins\tDE\t\\N\timdbDisplay\t\\N\t0',
    'tt0000001\t2\tUn\tFR\t\\N\t\\N\t\\N\t0',
  ],
  'title.basics': [
    'tt0000001\tmovie\tOne\tOne\t0\t1990\t\\N\t90\tDrama',
    'tt0000002\tmovie\tTwo\tTwo\t0\t1991\t\\N\t\\N\t\\N',
  ],
  'title.crew': ['tt0000001\tnm0000001\t\\N', 'tt0000002\t\\N\tnm0000002'],
  'title.episode': ['tt0000003\ttt0000001\t1\t1', 'tt0000004\ttt0000001\t1\t2'],
  'title.principals': [
    'tt0000001\t1\tnm0000001\tactress\t\\N\t["A"]',
    'tt0000001\t2\tnm0000002\tdirector\t\\N\t\\N',
  ],
  'title.ratings': ['tt0000001\t7.0\t10', 'tt0000002\t8.0\t20'],
};

/** Creates the file of a dataset from its header and two rows. */
type Content = (dataset: DatasetName, header: string, rows: readonly [string, string]) => string;

const lines = (...all: readonly string[]) => `${all.join('\n')}\n`;
const unmodified: Content = (_, header, rows) => lines(header, ...rows);

/** Serves a file of each dataset and runs an update. */
async function update(content: Content, force: true | 'full' = true): Promise<Run> {
  for (const dataset of DATASET_NAMES)
    await write(dataset, content(dataset, headerOf(dataset), ROWS[dataset]));
  return updateTo(DATASET_NAMES, force);
}

async function updateTo(datasets: readonly DatasetName[], force: true | 'full'): Promise<Run> {
  return system.update(folder, { datasets, force, ignoreGates: ['row-loss', 'rejects'] });
}

async function write(dataset: DatasetName, content: string): Promise<void> {
  await writeFile(join(folder, fileNameOf(dataset)), gzipSync(content));
}

const noteOf = (run: Run, dataset: DatasetName) =>
  run.steps.find((step) => step.job === 'load' && step.dataset === dataset)?.note ?? null;
const notesOf = (run: Run) => DATASET_NAMES.map((dataset) => noteOf(run, dataset));
const forEach = (note: unknown) => DATASET_NAMES.map(() => note);

/** The rows of all tables. */
async function tables(
  datasets: readonly DatasetName[] = DATASET_NAMES,
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const dataset of datasets) {
    const table = tableOf(dataset, 'imdb');
    const rows = await system.query(`select to_jsonb(t)::text as row from ${table} t order by 1`);
    found[dataset] = rows.map(({ row }) => String(row));
  }
  return found;
}

/** The rejects of a run with their reasons. */
async function rejectsOf(run: Run): Promise<string[]> {
  const rows = await system.query(
    'select dataset, line::int, raw_text, reason from ingest.reject where run_id = $1 order by 1, 2',
    [run.id],
  );
  return rows.map((row) => Object.values(row).join('|'));
}

/** Recorded numbers of rows, rejects and repeated keys of the published datasets. */
async function counts(): Promise<unknown> {
  return system.query(
    'select dataset, rows::int, rejects::int, repeats::int from ingest.data_control order by 1',
  );
}

const NOTHING_CHANGED = 'refresh: 0 rows added, 0 changed, 0 removed';
const isRefreshed = (run: Run, dataset: DatasetName) =>
  noteOf(run, dataset)?.startsWith('refresh: ') === true;

it('a refresh rejects a bad line and keeps all others, that day and the next', async () => {
  const bad = ['', '\\.', 'TT0000001\tx', '\tx', '\\N\tx', 'ki\tXX\t\\N\t0'];
  await update(unmodified);
  const published = await tables();
  // a view of a user prevents a full load
  for (const dataset of DATASET_NAMES) {
    const table = tableOf(dataset, 'imdb');
    const view = oldOf(dataset);
    await system.query(`create materialized view ${view} as select * from ${table}`);
  }
  const run = await update((_, header, [first, second]) =>
    lines(header, ...bad.slice(0, 3), first, ...bad.slice(3), second, ''),
  );
  expect(notesOf(run)).toEqual(forEach(NOTHING_CHANGED));
  expect(await tables()).toEqual(published);
  const numbers = [2, 3, 4, 6, 7, 8, 10];
  const rejects = (await rejectsOf(run)).map((reject) => reject.split('|', 3).join('|'));
  expect(rejects).toEqual(
    DATASET_NAMES.toSorted().flatMap((dataset) =>
      [...bad, ''].map((line, i) => `${dataset}|${numbers[i]}|${line}`),
    ),
  );
  const next = await update(unmodified);
  expect(notesOf(next)).toEqual(forEach(NOTHING_CHANGED));
  expect(await rejectsOf(next)).toEqual([]);
  expect(await tables()).toEqual(published);
});

it(
  'files with carriage returns, a byte order mark or no final newline are read like others',
  { tags: ['long'] },
  async () => {
    await update(unmodified);
    const published = await tables();
    expect(Object.values(published).map(({ length }) => length)).toEqual(forEach(2));
    const withReturns: Content = (...file) => unmodified(...file).replaceAll('\n', '\r\n');
    const withMark: Content = (...file) => `\ufeff${unmodified(...file)}`;
    const withoutEnd: Content = (...file) => unmodified(...file).slice(0, -1);
    for (const content of [withReturns, withMark, withoutEnd]) {
      const refresh = await update(content);
      expect(notesOf(refresh)).toEqual(forEach(NOTHING_CHANGED));
      expect([await tables(), await rejectsOf(refresh)]).toEqual([published, []]);
    }
    const full = await update((...file) => `\ufeff${withReturns(...file).slice(0, -2)}`, 'full');
    expect([await tables(), await rejectsOf(full)]).toEqual([published, []]);
  },
);

it('an unknown column is ignored, and the run says so', async () => {
  await update(unmodified);
  const published = await tables();
  const added: Content = (_, header, rows) =>
    lines(`${header}\tmood`, ...rows.map((row, i) => `${row}\t${i}`));
  const note = 'the file has a column that this version does not know and leaves out: "mood"';
  expect(notesOf(await update(added))).toEqual(forEach(`${NOTHING_CHANGED}; ${note}`));
  expect(notesOf(await update(added, 'full'))).toEqual(forEach(`full load: requested; ${note}`));
  expect(await tables()).toEqual(published);
});

it(
  'a refresh too takes the first row of a repeated key, even if the rows are far apart',
  { tags: ['long'] },
  async () => {
    const orders = [
      ['first', 'second', 'later'],
      ['later', 'second', 'first'],
      ['second', 'later', 'first'],
      ['later', 'second', 'later'],
    ] as const;
    for (const order of orders) {
      const content: Content = (_, header, [first, second]) => {
        const rows = { first, second, later: first.replace(/[^\t]+$/u, '\\N') };
        return lines(header, ...order.map((which) => rows[which]));
      };
      const run = await update(content);
      const published = [await tables(), await counts()];
      const rejects = await rejectsOf(run);
      const full = await update(content, 'full');
      expect([await tables(), await counts()]).toEqual(published);
      expect(await rejectsOf(full)).toEqual(expect.arrayContaining(rejects));
    }
  },
);

/** Lines with few different keys in any order, some of them malformed, some with repeated keys. */
const linesOf = (dataset: DatasetName) => {
  const kind = dataset === 'name.basics' ? 'nm' : 'tt';
  const id = fc
    .integer({ min: 1, max: 9 })
    .map((n) => `${kind}${n % 3 === 0 ? '1' : ''}${String(n).padStart(7, '0')}`);
  const rests = ROWS[dataset].map((row) => row.slice(row.indexOf('\t') + 1));
  const others = [...rests, ...rests.map((rest) => rest.replace(/[^\t]+$/u, '\\N')), 'x'];
  const line = fc.tuple(id, fc.constantFrom(...others)).map((fields) => fields.join('\t'));
  return fc.array(fc.oneof({ weight: 12, arbitrary: line }, fc.constantFrom('', '\\.', 'TT1')), {
    minLength: 2,
    maxLength: 20,
  });
};

/** Two lists of lines: the second is an edit of the first, or unrelated. */
const pairOf = (dataset: DatasetName) =>
  fc
    .tuple(
      linesOf(dataset),
      linesOf(dataset),
      fc.array(
        fc.tuple(fc.constantFrom('remove', 'move', 'repeat', 'insert'), fc.nat(19), fc.nat(19)),
        {
          maxLength: 5,
        },
      ),
    )
    .map(([previous, other, edits]): [string[], string[]] => {
      if (edits.length === 0) return [previous, other];
      const next = [...previous];
      for (const [what, from, to] of edits) {
        const line = what === 'insert' ? other[from] : next[from];
        if (line === undefined) continue;
        if (what === 'remove' || what === 'move') next.splice(from, 1);
        if (what !== 'remove') next.splice(to, 0, line);
      }
      return [previous, next];
    });

const PROPERTY_DATASETS = ['name.basics', 'title.akas', 'title.crew', 'title.ratings'] as const;

/**
 * Loads the first files of some datasets in full, then refreshes to the second ones.
 *
 * @returns number of refreshed datasets
 */
async function refreshFromFirstToSecond(
  pairs: readonly (readonly [string[], string[]])[],
): Promise<number> {
  const datasets = PROPERTY_DATASETS;
  const updateAll = async (which: 0 | 1, force: true | 'full') => {
    for (const [i, dataset] of datasets.entries())
      await write(dataset, lines(headerOf(dataset), ...(pairs[i]?.[which] ?? [])));
    return updateTo(datasets, force);
  };
  await updateAll(0, 'full');
  for (const dataset of datasets) {
    const [old, table] = [oldOf(dataset), tableOf(dataset, 'imdb')];
    await system.query(`drop table if exists ${old}`);
    await system.query(`create table ${old} as table ${table}`);
  }
  const refresh = await updateAll(1, true);
  const published = [await tables(datasets), await counts()];
  for (const dataset of datasets) expect(await wrongChanges(dataset, refresh)).toEqual([]);
  const rejects = await rejectsOf(refresh);
  const full = await updateAll(1, 'full');
  expect([await tables(datasets), await counts()]).toEqual(published);
  expect(await rejectsOf(full)).toEqual(expect.arrayContaining(rejects));
  return datasets.filter((dataset) => isRefreshed(refresh, dataset)).length;
}

/** Name of the copy of a table before the refresh. */
function oldOf(dataset: DatasetName): string {
  return `public.${dataset.replace('.', '_')}`;
}

/**
 * Differences between the recorded changes of a dataset and a plain comparison of its tables before
 * and after.
 */
async function wrongChanges(dataset: DatasetName, run: Run): Promise<unknown> {
  if (!isRefreshed(run, dataset)) return [];
  const key = keyColumnsOf(dataset).join(', ');
  return system.query(
    `with plain as (
       select concat_ws(' ', ${key}) as key, to_jsonb(o) as before, to_jsonb(n) as after
       from ${oldOf(dataset)} o full join ${tableOf(dataset, 'imdb')} n using (${key})
       where o is distinct from n
     ), recorded as (
       select key collate "default" as key, before, after from ingest.change
       where run_id = $1 and dataset = $2
     )
     (table plain except all table recorded) union all (table recorded except all table plain)`,
    [run.id, dataset],
  );
}

describe('any two files, in any order', () => {
  const pairs = fc.tuple(...PROPERTY_DATASETS.map(pairOf));

  async function refreshAll(numRuns: number): Promise<void> {
    let refreshes = 0;
    const property = fc.asyncProperty(pairs, async (both) => {
      refreshes += await refreshFromFirstToSecond(both);
    });
    await fc.assert(property, { numRuns });
    // if every refresh fell back to a full load, the test would prove nothing
    expect(refreshes).toBeGreaterThan(numRuns);
  }

  it('give the same tables by a refresh as by a full load', async () => refreshAll(3));

  it(
    'give the same tables for many random pairs',
    { tags: ['long'], timeout: 1_800_000 },
    async () => refreshAll(100),
  );
});
