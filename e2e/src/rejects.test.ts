import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { RejectPage, type Run, type RunStep } from '@marquee/contract';
import { fileNameOf, headerOf, type DatasetName } from '@marquee/datasets';
import { beforeEach, describe, expect, it } from 'vitest';
import { useDays } from './sample-days.ts';
import { useSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 1 });
const system = useSystem(() => ({ published: days }));

/** A copy of day 0 with replaceable files. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-rejects-'));
  await cp(days.day(0), folder, { recursive: true });
  await system.serve(folder);
  return async () => rm(folder, { recursive: true });
});

async function replace(dataset: DatasetName, lines: readonly string[]): Promise<void> {
  const content = gzipSync([headerOf(dataset), ...lines, ''].join('\n'));
  await writeFile(join(folder, fileNameOf(dataset)), content);
}

const idOf = (i: number) => `tt${String(i + 1).padStart(7, '0')}`;
const ratings = (count: number, isBad: (i: number) => boolean) =>
  Array.from({ length: count }, (_, i) => `${idOf(i)}\t${isBad(i) ? 'bad' : '5.0'}\t${i}`);

const stepOf = ({ steps }: Run, dataset: DatasetName): RunStep | undefined =>
  steps.find((step) => step.job === 'load' && step.dataset === dataset);

/** All rejects of a run that the API lists. */
async function kept({ id }: Run): Promise<string[]> {
  const response = await fetch(`${system.apiUrl}/runs/${id}/rejects?format=ndjson`);
  return (await response.text()).split('\n').filter(Boolean);
}

describe('a load stopped by the gate for rejects', () => {
  it('reports its progress and number of rejects, and keeps all of them', async () => {
    const lines = ratings(40_000, (i) => i < 30_000);
    await replace('title.ratings', lines);
    const run = await system.run('/updatedata', {
      datasets: ['title.ratings'],
      force: 'full',
    });
    const step = stepOf(run, 'title.ratings');
    expect(run.error).toMatchObject({ code: 'gate-rejects', dataset: 'title.ratings' });
    const [, met] = /at least (\d+) rows/u.exec(run.error?.message ?? '') ?? [];
    // more than one chunk of a usual file
    expect(Number(met)).toBeGreaterThan(10_000);
    expect(step).toMatchObject({ state: 'failed', phase: 'copying', rejects: Number(met) });
    expect(step?.bytesDone).toBeGreaterThan(0);
    const all = await kept(run);
    expect(all).toHaveLength(Number(met));
    expect(JSON.parse(all.at(-1) ?? '')).toMatchObject({
      dataset: 'title.ratings',
      line: Number(met) + 1,
      raw: lines[Number(met) - 1],
      reason: expect.stringContaining('averageRating') as string,
    });
  });

  it('says where to read the lines, which stay available', async () => {
    await replace(
      'title.ratings',
      ratings(1000, (i) => i % 2 === 0),
    );
    const run = await system.run('/updatedata', { datasets: ['title.ratings'], force: 'full' });
    expect(run.error?.hint).toContain(`GET /runs/${run.id}/rejects`);
    expect(run.error?.hint).toContain(`marquee rejects ${run.id}`);
    expect(run.error?.hint).toContain('{"force":true,"ignoreGates":["rejects"]}');
    await replace(
      'title.ratings',
      ratings(1000, () => false),
    );
    await system.run('/updatedata', { datasets: ['title.ratings'], force: 'full' });
    const page = RejectPage.parse(await system.get(`/runs/${run.id}/rejects?limit=2`));
    expect(page.items).toMatchObject([
      { line: 2, raw: `${idOf(0)}\tbad\t0` },
      { line: 4, raw: `${idOf(2)}\tbad\t2` },
    ]);
  });

  it(
    'is stopped in a refresh too, as soon as there are too many rejects',
    { tags: ['long'] },
    async () => {
      await replace(
        'title.ratings',
        ratings(50_000, () => false),
      );
      await system.update(folder, { datasets: ['title.ratings'], ignoreGates: ['row-loss'] });
      await replace(
        'title.ratings',
        ratings(50_000, (i) => i >= 10_000 && i < 30_000),
      );
      const run = await system.run('/updatedata', { datasets: ['title.ratings'], force: true });
      const step = stepOf(run, 'title.ratings');
      expect(step).toMatchObject({ state: 'failed', phase: 'comparing', note: null });
      expect(step?.rejects).toBeGreaterThan(50);
      expect(step?.rejects).toBeLessThan(10_000);
      expect(step?.rowsDone).toBeGreaterThan(0);
      expect(run.error?.message).toContain(`at least ${String(step?.rejects)} rows`);
      expect(await kept(run)).toHaveLength(step?.rejects ?? -1);
    },
  );

  it('is stopped by repeated keys in an unordered file too', async () => {
    const lines = ratings(1000, () => false);
    await replace('title.ratings', [...lines.toReversed(), ...lines.slice(0, 500)]);
    const run = await system.run('/updatedata', { datasets: ['title.ratings'], force: 'full' });
    const step = stepOf(run, 'title.ratings');
    expect(run.error).toMatchObject({ code: 'gate-rejects' });
    expect(run.error?.message).toContain(`at least ${String(step?.rejects)} rows`);
    expect(step?.rejects).toBeGreaterThan(10);
    expect(await kept(run)).toHaveLength(step?.rejects ?? -1);
  });
});

it('keeps the first 100,000 rejects of a load', { tags: ['long'] }, async () => {
  await replace(
    'title.ratings',
    ratings(100_500, (i) => i < 100_200),
  );
  const body = { datasets: ['title.ratings'], ignoreGates: ['rejects', 'row-loss'] };
  const full = await system.run('/updatedata', { ...body, force: 'full' });
  expect(full).toMatchObject({ state: 'succeeded', error: null });
  expect(stepOf(full, 'title.ratings')).toMatchObject({ rejects: 100_200, rowsDone: 300 });
  const all = await kept(full);
  expect(all).toHaveLength(100_000);
  expect(JSON.parse(all.at(-1) ?? '')).toMatchObject({ line: 100_001 });
});

it('does not repeat the first error in the skipped steps', async () => {
  await replace(
    'title.principals',
    Array.from({ length: 5000 }, (_, i) => `bad ${i}`),
  );
  await system.run('/run-downloader');
  // the largest dataset is loaded first, the smallest last
  const run = await system.run('/run-loader', { force: 'full' });
  expect(run.error).toMatchObject({ code: 'gate-rejects', dataset: 'title.principals' });
  expect(stepOf(run, 'title.principals')?.error).toEqual(run.error);
  const skipped = run.steps.filter(({ error }) => error?.code === 'skipped');
  expect(skipped.map(({ dataset }) => dataset)).toContain('title.ratings');
  for (const { dataset, state, error } of skipped) {
    expect({ state, dataset: error?.dataset }).toEqual({ state: 'failed', dataset });
    expect(error?.message).toBe('Skipped: the load of title.principals has failed.');
    expect(error?.hint).not.toContain(run.error?.hint);
  }
});
