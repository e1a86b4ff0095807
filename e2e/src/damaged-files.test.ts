import { open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Run } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { expectPublished } from './expect-published.ts';
import { useDays } from './sample-days.ts';
import { useSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 2 });
const system = useSystem(() => ({ published: days }));

const dataset = 'title.crew';
const datasets = [dataset];

/** The files of the dataset's newest snapshot. */
async function files(): Promise<{ id: string; archive: string; zstdCopy: string }> {
  const newest = (await system.store.newest(dataset)) ?? expect.fail('there is no snapshot');
  return {
    id: newest.id,
    archive: system.store.locationOf(newest),
    zstdCopy: system.store.locationOf(newest, 'zstd'),
  };
}

/** Overwrites three bytes in the middle of a file. */
async function damage(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.from([1, 2, 3]), 0, 3, Math.floor((await file.stat()).size / 2));
  await file.close();
}

const noteOf = (run: Run) => run.steps.find(({ job }) => job === 'load')?.note ?? '';
const isThere = async (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
const mended = (day: number) => expectPublished(system.database.pool, dataset, days.day(day));

describe('a damaged zstd copy', () => {
  it('is removed by a full load, which reads the archive instead and says so', async () => {
    const { archive, zstdCopy } = await files();
    await damage(zstdCopy);
    const run = await system.run('/updatedata', { datasets, force: 'full' });
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    expect(noteOf(run)).toMatch(
      /^full load: requested; the zstd copy .*title\.crew\.tsv\.zst was damaged \(.*\) and was dropped$/u,
    );
    expect([await isThere(zstdCopy), await isThere(archive)]).toEqual([false, true]);
    await mended(0);
    expect(noteOf(await system.update(days.day(1), { datasets }))).toMatch(
      /^refresh: .* removed$/u,
    );
    await mended(1);
  });

  it('of the published or the new snapshot does not turn a refresh into a full load', async () => {
    const published = await files();
    await damage(published.zstdCopy);
    await system.serve(days.day(1));
    await system.run('/run-downloader', { datasets });
    const next = await files();
    expect(next.id).not.toBe(published.id);
    await truncate(next.zstdCopy, 20);
    const run = await system.run('/run-loader', { datasets });
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    expect(noteOf(run)).toMatch(
      /^refresh: .*(?:; the zstd copy \S+ was damaged \([^;]*\) and was dropped){2}$/u,
    );
    expect([await isThere(published.zstdCopy), await isThere(next.zstdCopy)]).toEqual([
      false,
      false,
    ]);
    await mended(1);
  });
});

describe('a damaged archive', () => {
  it('does not affect a refresh while the zstd copy exists', async () => {
    await rm((await files()).archive);
    expect(noteOf(await system.update(days.day(1), { datasets }))).toMatch(
      /^refresh: .* removed$/u,
    );
    await mended(1);
  });

  it('is reported and set aside by the load that needs it, and downloaded again by the next update', async () => {
    const { id, archive, zstdCopy } = await files();
    await rm(zstdCopy);
    await damage(archive);
    const run = await system.run('/updatedata', { datasets, force: 'full' });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'snapshot-damaged' } });
    expect(run.error?.message).toContain(`The file ${archive} of ${dataset} is damaged: `);
    expect(run.error?.hint).toContain('the next update downloads it again');
    expect(await system.store.find(dataset, id)).toBeNull();
    expect(await system.store.listUnusable()).toMatchObject([
      { location: `${dirname(archive)}.damaged` },
    ]);
    expect(
      await system.query(
        'select removed_at is not null as gone from ingest.snapshot where id = $1',
        [id],
      ),
    ).toEqual([{ gone: true }]);
    await mended(0);
    const next = await system.run('/updatedata', { datasets, force: 'full' });
    expect(next).toMatchObject({ state: 'succeeded', error: null });
    expect((await files()).id).not.toBe(id);
    await mended(0);
  });

  it.each([
    ['is not there', async (archive: string) => rm(archive)],
    ['was cut short', async (archive: string) => truncate(archive, 100)],
  ])('that %s is downloaded again at once by an update', async (_, hurt) => {
    const { id, archive, zstdCopy } = await files();
    await rm(zstdCopy);
    await hurt(archive);
    const run = await system.update(days.day(0), { datasets });
    expect(noteOf(run)).toMatch(
      /^full load: the published snapshot .* is not in the store any more$/u,
    );
    expect((await files()).id).not.toBe(id);
    expect(
      (await readdir(dirname(dirname(archive)))).filter((name) => name.startsWith(id)),
    ).toEqual([`${id}.damaged`]);
    await mended(0);
  });
});
