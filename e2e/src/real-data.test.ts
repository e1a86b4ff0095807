import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DATASET_NAMES, fileNameOf, type DatasetName } from '@marquee/datasets';
import { lacks } from '@marquee/process/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectAllPublished, expectPublished } from './expect-published.ts';
import { realData } from './real-data.ts';
import { useSystem } from './system.ts';

const system = useSystem(() => ({}));

const MOVIES = ['title.basics', 'title.principals', 'name.basics'] as const;
const CUT_OFF = [
  'name.basics',
  'title.basics',
  'title.crew',
  'title.principals',
  'title.ratings',
] as const;
const MANGLED = ['name.basics', 'title.akas', 'title.principals', 'title.ratings'] as const;

/**
 * Writes the files of a set as another day might have them: some rows removed, moved or changed.
 */
async function writeNextDay(
  set: string,
  datasets: readonly DatasetName[],
  folder: string,
): Promise<void> {
  for (const dataset of datasets) {
    const file = fileNameOf(dataset);
    const content = gunzipSync(await readFile(join(realData(set), file))).toString();
    const [header = '', ...lines] = content.split('\n').filter((line) => line !== '');
    const next = lines.filter((_, i) => i % 97 !== 3 && i % 389 !== 5);
    for (const [i, moved] of lines.filter((_, at) => at % 389 === 5).entries())
      next.splice((i * 131) % next.length, 0, moved);
    for (let i = 11; i < next.length; i += 53) next[i] = next[i]?.replace(/[^\t]+$/u, '\\N') ?? '';
    await writeFile(join(folder, file), gzipSync([header, ...next, ''].join('\n')));
  }
}

describe('real files', { skip: lacks('real-data') }, () => {
  async function expectEqual(set: string): Promise<void> {
    await system.serve(realData(set));
    const run = await system.run('/updatedata');
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    await expectAllPublished(system.database.pool, realData(set));
  }

  it('publishes titles-500 equal in every row and column', async () => expectEqual('titles-500'));

  it('publishes titles-75 equal in every row and column', { tags: ['long'] }, async () =>
    expectEqual('titles-75'),
  );

  it.each(['titles-75', 'titles-500'])(
    'changes nothing when %s is loaded again, whatever the order of its rows',
    { tags: ['long'] },
    async (set) => {
      await system.serve(realData(set));
      await system.run('/updatedata');
      const again = await system.run('/updatedata', { force: true });
      expect(again).toMatchObject({ state: 'succeeded', error: null });
      const loads = again.steps.filter(({ job }) => job === 'load');
      expect(loads.map(({ phase }) => phase)).toEqual(Array(7).fill('unchanged'));
    },
  );

  it('refreshes title.akas, whose orderings are sorted as text', async () => {
    const datasets = ['title.akas'] as const;
    const folder = await mkdtemp(join(tmpdir(), 'marquee-akas-'));
    const file = fileNameOf('title.akas');
    const real = gunzipSync(await readFile(join(realData('titles-500'), file))).toString();
    const lines = real.trimEnd().split('\n');
    const [changed = ''] = lines.filter((line) => line.split('\t')[1] === '10');
    const next = real.replace(`${changed}\n`, `${changed.replace(/\d$/u, '\\N')}\n`);
    await writeFile(join(folder, file), gzipSync(next));
    await system.serve(realData('titles-500'));
    await system.run('/updatedata', { datasets });
    const run = await system.update(folder, { datasets });
    expect(run.steps.at(-1)?.note).toBe('refresh: 0 rows added, 1 changed, 0 removed');
    await expectPublished(system.database.pool, 'title.akas', folder);
    expect(await system.query('select key, kind from ingest.change')).toEqual([
      { key: changed.split('\t').slice(0, 2).join(' '), kind: 'update' },
    ]);
    await rm(folder, { recursive: true });
  });

  it('publishes movies-2022, whose rows are unordered, and counts missing references', async () => {
    await system.serve(realData('movies-2022'));
    const run = await system.run('/updatedata', { datasets: MOVIES });
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    await expectAllPublished(system.database.pool, realData('movies-2022'), MOVIES);
    const orphans = async () =>
      (
        await system.database.pool.query<{ orphans: unknown }>(
          `select orphans from ingest.data_control where dataset = 'title.principals'`,
        )
      ).rows;
    await expect.poll(orphans).toEqual([{ orphans: { tconst: 0, nconst: 6 } }]);
  });

  async function expectRefresh(set: string, datasets: readonly DatasetName[]): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-next-day-'));
    await writeNextDay(set, datasets, folder);
    await system.serve(realData(set));
    await system.run('/updatedata', { datasets });
    const run = await system.update(folder, { datasets });
    const notes = run.steps.filter(({ job }) => job === 'load').map(({ note }) => note);
    expect(notes).toEqual(datasets.map(() => expect.stringMatching(/^refresh: /u) as string));
    await expectAllPublished(system.database.pool, folder, datasets);
    await rm(folder, { recursive: true });
  }

  it('refreshes titles-500 with a few rows removed, moved or changed', async () =>
    expectRefresh('titles-500', DATASET_NAMES));

  it.each([
    ['titles-75', DATASET_NAMES],
    ['movies-2022', MOVIES],
    ['damaged/cutoff-2025', CUT_OFF],
    ['damaged/mangled-2019', MANGLED],
  ] as const)(
    'refreshes %s with a few rows removed, moved or changed',
    { tags: ['long'] },
    async (set, datasets) => expectRefresh(set, datasets),
  );

  it('refreshes from one complete day of ratings to another', { tags: ['long'] }, async () => {
    for (const [set, rows] of [
      ['ratings-2017-08', 755_460],
      ['ratings-2017-11', 775_956],
    ] as const) {
      await system.serve(realData(set));
      const run = await system.run('/updatedata', { datasets: ['title.ratings'], force: true });
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      expect(await expectPublished(system.database.pool, 'title.ratings', realData(set))).toBe(
        rows,
      );
    }
  });
});

describe('damaged files', { skip: lacks('real-data') }, () => {
  /** Number of rejects of the last run by reason, without details of the row. */
  async function reasons(): Promise<Record<string, number>> {
    const { rows } = await system.database.pool.query<{ what: string; count: number }>(
      `select dataset || ' ' || regexp_replace(reason, '(tt|nm)\\d+( \\d+)?', '<key>') as what, count(*)::int from ingest.reject group by 1 order by 1`,
    );
    return Object.fromEntries(rows.map(({ what, count }) => [what, count]));
  }

  async function isEmpty(dataset: DatasetName): Promise<boolean> {
    const { rows } = await system.database.pool.query<{ status: string }>(
      'select status from ingest.data_control where dataset = $1',
      [dataset],
    );
    return rows[0]?.status === 'empty';
  }

  it('takes one of two rows with the same key, and rejects the other', async () => {
    await system.serve(realData('damaged/duplicate-key'));
    const run = await system.run('/updatedata', { datasets: ['name.basics'] });
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    expect(await reasons()).toEqual({ 'name.basics the key <key> came before': 1 });
    expect(
      await expectPublished(system.database.pool, 'name.basics', realData('damaged/duplicate-key')),
    ).toBe(1);
  });

  it('takes the last line of a file, even without a newline', { tags: ['long'] }, async () => {
    await system.serve(realData('damaged/cutoff-2025'));
    const run = await system.run('/updatedata', { datasets: CUT_OFF });
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    expect(await reasons()).toEqual({});
    await expectAllPublished(system.database.pool, realData('damaged/cutoff-2025'), CUT_OFF);
  });

  it('rejects a file with a mangled header before it becomes a snapshot', async () => {
    await system.serve(realData('damaged/mangled-2019'));
    const run = await system.run('/updatedata', { datasets: ['title.basics'] });
    expect(run).toMatchObject({ state: 'failed', error: { dataset: 'title.basics' } });
    expect(run.error?.message).toMatch(/tconst {2}titleType/u);
    expect(await isEmpty('title.basics')).toBe(true);
    expect(await system.store.list()).toEqual([]);
  });

  it.each(MANGLED)(
    'publishes the intact, unordered %s of mangled-2019',
    { tags: ['long'] },
    async (dataset) => {
      await system.serve(realData('damaged/mangled-2019'));
      const run = await system.run('/updatedata', { datasets: [dataset] });
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      expect(await reasons()).toEqual({});
      await expectPublished(system.database.pool, dataset, realData('damaged/mangled-2019'));
    },
  );

  describe('mangled-2025', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'marquee-damaged-'));
      for (const dataset of ['title.basics', 'title.ratings']) {
        await symlink(
          join(realData('damaged/mangled-2025'), `${dataset}.sample.tsv.gz`),
          join(folder, `${dataset}.tsv.gz`),
        );
      }
      await system.serve(folder);
    });
    afterEach(async () => {
      await rm(folder, { recursive: true });
    });

    it('does not publish titles with invalid numbers, and names the failed gate', async () => {
      const run = await system.run('/updatedata');
      expect(run).toMatchObject({ state: 'failed' });
      const titles = await system.run('/updatedata', { datasets: ['title.basics'] });
      expect(titles).toMatchObject({
        state: 'failed',
        error: { code: 'gate-rejects', dataset: 'title.basics' },
      });
      expect(titles.error?.message).toMatch(/of 4414; 10 are allowed/u);
      expect(titles.error?.hint).toMatch(/"ignoreGates":\["rejects"\]/u);
      expect(Object.keys(await reasons())).toEqual(['title.basics isAdult: neither 0 nor 1']);
      expect(await isEmpty('title.basics')).toBe(true);
    });

    it('publishes the valid rows on request, and keeps every rejected line', async () => {
      const run = await system.run('/updatedata', {
        datasets: ['title.basics'],
        ignoreGates: ['rejects'],
      });
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      const taken = await expectPublished(system.database.pool, 'title.basics', folder);
      const { rows } = await system.database.pool.query<{ count: number }>(
        'select count(*)::int from ingest.reject',
      );
      expect(taken + Number(rows[0]?.count)).toBe(4414);
    });

    it('publishes the intact ratings', async () => {
      const run = await system.run('/updatedata', { datasets: ['title.ratings'] });
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      expect(await expectPublished(system.database.pool, 'title.ratings', folder)).toBe(4414);
    });
  });
});
