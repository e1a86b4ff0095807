import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  DATASET_NAMES,
  definitionOf,
  fileNameOf,
  headerOf,
  MADE_UP,
  parseRow,
  type DatasetName,
  type Row,
} from '@marquee/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateSample, type SampleProgress } from './generate.ts';
import type { LineOrder } from './line-order.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'marquee-sample-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

const samples = new Map<string, Promise<unknown>>();

/** Path of a sample, which is generated once. */
async function made(
  titles: number,
  seed: number,
  day: number,
  order: LineOrder = 'text',
): Promise<string> {
  const folder = join(root, `${titles}-${seed}-${day}-${order}`);
  const sample = samples.get(folder) ?? generateSample({ folder, titles, seed, day, order });
  samples.set(folder, sample);
  await sample;
  return folder;
}

/** The lines of a file without its header, which is checked. */
async function linesOf(folder: string, dataset: DatasetName): Promise<string[]> {
  const lines = gunzipSync(await readFile(join(folder, fileNameOf(dataset))))
    .toString('utf8')
    .split('\n');
  expect(lines.shift()).toBe(headerOf(dataset));
  expect(lines.pop()).toBe('');
  return lines;
}

async function rowsOf<D extends DatasetName>(folder: string, dataset: D): Promise<Row<D>[]> {
  return (await linesOf(folder, dataset)).map((line) => parseRow(dataset, line));
}

/** Returns the key of a line of a dataset as text. */
function keyOf(dataset: DatasetName): (line: string) => string {
  const fields = definitionOf(dataset).key.length;
  return (line) => line.split('\t').slice(0, fields).join('\t');
}

function byLineWithoutTabs(first: string, second: string): number {
  const bytes = (line: string) => Buffer.from(line.replaceAll('\t', ''));
  return bytes(first).compare(bytes(second));
}

/** Lines by key, in the order of the file. */
async function keyed(folder: string, dataset: DatasetName): Promise<Map<string, string>> {
  const key = keyOf(dataset);
  return new Map((await linesOf(folder, dataset)).map((line) => [key(line), line]));
}

function share<T>(rows: readonly T[], test: (row: T) => boolean): number {
  return rows.filter(test).length / rows.length;
}

describe('a small sample', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await made(2000, 7, 0);
  });

  it.each(DATASET_NAMES)('has %s in valid rows, in text order', async (dataset) => {
    const lines = await linesOf(folder, dataset);
    for (const line of lines) parseRow(dataset, line);
    const keys = lines.map(keyOf(dataset));
    expect(new Set(keys).size).toBe(keys.length);
    // a tab sorts before every digit, so that keys compare field by field
    expect(keys).toEqual(keys.toSorted());
  });

  it.each(DATASET_NAMES)('has the same lines of %s in collated order', async (dataset) => {
    const other = await made(2000, 7, 0, 'collated');
    const [lines, collated] = [await linesOf(folder, dataset), await linesOf(other, dataset)];
    expect(collated.toSorted()).toEqual(lines.toSorted());
    expect(collated).toEqual(collated.toSorted(byLineWithoutTabs));
    expect(collated).not.toEqual(lines);
  });

  it('has the longer of two neighbouring ids first in collated order, with interleaved rows', async () => {
    const other = await made(2000, 7, 0, 'collated');
    const ids = async (dataset: DatasetName) =>
      (await linesOf(other, dataset)).map((line) => line.split('\t')[0] ?? '');
    const basics = await ids('title.basics');
    const turned = basics.filter((id, i) => basics[i - 1]?.slice(0, -1) === id);
    expect(turned.length / basics.length).toBeGreaterThan(0.02);
    const runs = (await ids('title.principals')).filter((id, i, all) => all[i - 1] !== id);
    expect(runs.length).toBeGreaterThan(new Set(runs).size);
  });

  it('has ids of both lengths, so that text order differs from numeric order', async () => {
    for (const dataset of ['title.basics', 'name.basics'] as const) {
      const ids = [...(await keyed(folder, dataset)).keys()];
      expect(new Set(ids.map((id) => id.length))).toEqual(new Set([9, 10]));
      expect(ids).not.toEqual(ids.toSorted((a, b) => Number(a.slice(2)) - Number(b.slice(2))));
    }
  });

  it('is the same for the same parameters, and different for another seed', async () => {
    const again = join(root, 'again');
    await generateSample({ folder: again, titles: 2000, seed: 7, day: 0, order: 'text' });
    const other = await made(2000, 8, 0);
    for (const dataset of DATASET_NAMES) {
      const lines = await linesOf(folder, dataset);
      expect(await linesOf(again, dataset)).toEqual(lines);
      expect(await linesOf(other, dataset)).not.toEqual(lines);
    }
  });

  it('is in collated order by default', async () => {
    const usual = join(root, 'usual');
    await generateSample({ folder: usual, titles: 2000, seed: 7, day: 0 });
    const collated = await made(2000, 7, 0, 'collated');
    for (const dataset of DATASET_NAMES)
      expect(await linesOf(usual, dataset)).toEqual(await linesOf(collated, dataset));
  });

  it('reports its files and leaves no unfinished ones', async () => {
    const told: SampleProgress[] = [];
    const files = await generateSample({ folder, titles: 2000, seed: 7, day: 0 }, (progress) =>
      told.push(progress),
    );
    expect(told.filter((progress) => progress.finished)).toEqual(files);
    expect(files.map((file) => file.dataset)).toEqual(DATASET_NAMES);
    for (const { dataset, rows, rawBytes } of files) {
      const raw = gunzipSync(await readFile(join(folder, fileNameOf(dataset))));
      expect({ rows, rawBytes }).toEqual({
        rows: raw.toString('utf8').split('\n').length - 2,
        rawBytes: raw.length,
      });
    }
    expect((await readdir(folder)).sort()).toEqual(DATASET_NAMES.map(fileNameOf).sort());
  });

  it('is rejected with parameters out of range', async () => {
    for (const wrong of [
      { titles: 999 },
      { titles: 1e8 },
      { titles: 1000.5 },
      { seed: -1 },
      { day: 366 },
    ]) {
      const refused = generateSample({
        folder: join(root, 'none'),
        titles: 1000,
        seed: 1,
        day: 0,
        ...wrong,
      });
      await expect(refused).rejects.toThrow(/must be a whole number from/u);
    }
  });
});

describe('every sample', () => {
  it.each([
    [1000, 1, 0],
    [1000, 2, 365],
    [2000, 7, 0],
    [3000, 11, 200],
  ] as const)('is marked as made up: %i titles, seed %i, day %i', async (titles, seed, day) => {
    const folder = await made(titles, seed, day);
    const { title, name } = MADE_UP;
    expect((await rowsOf(folder, 'title.basics'))[0]).toMatchObject({
      ...title,
      originalTitle: title.primaryTitle,
    });
    expect((await rowsOf(folder, 'name.basics'))[0]).toMatchObject(name);
  });
});

describe('a sample of 20,000 titles', () => {
  let folder: string;
  let basics: Row<'title.basics'>[];
  let names: Row<'name.basics'>[];
  let akas: Row<'title.akas'>[];
  let principals: Row<'title.principals'>[];
  let crew: Row<'title.crew'>[];
  let episodes: Row<'title.episode'>[];
  let ratings: Row<'title.ratings'>[];
  beforeAll(async () => {
    folder = await made(20_000, 1, 0);
    basics = await rowsOf(folder, 'title.basics');
    names = await rowsOf(folder, 'name.basics');
    akas = await rowsOf(folder, 'title.akas');
    principals = await rowsOf(folder, 'title.principals');
    crew = await rowsOf(folder, 'title.crew');
    episodes = await rowsOf(folder, 'title.episode');
    ratings = await rowsOf(folder, 'title.ratings');
  });

  it('has the proportions of the official files', () => {
    const usual = (dataset: DatasetName): number =>
      (definitionOf(dataset).usualRows / definitionOf('title.basics').usualRows) * 20_000;
    const sizes = {
      'name.basics': names,
      'title.akas': akas,
      'title.basics': basics,
      'title.crew': crew,
      'title.episode': episodes,
      'title.principals': principals,
      'title.ratings': ratings,
    };
    for (const dataset of DATASET_NAMES)
      expect(Math.abs(sizes[dataset].length / usual(dataset) - 1), dataset).toBeLessThan(0.05);
  });

  it('has nulls in the usual shares', () => {
    expect(share(names, (row) => row.birthYear === null)).toBeCloseTo(0.96, 1);
    expect(share(basics, (row) => row.runtimeMinutes === null)).toBeCloseTo(0.64, 1);
    expect(share(basics, (row) => row.startYear === null)).toBeCloseTo(0.12, 1);
    expect(share(basics, (row) => row.genres === null)).toBeCloseTo(0.04, 1);
    expect(share(akas, (row) => row.region === null)).toBeCloseTo(0.22, 1);
    expect(
      share(episodes, (row) => row.seasonNumber === null && row.episodeNumber === null),
    ).toBeCloseTo(0.21, 1);
  });

  it('has all types, genres and categories, and many professions, regions and languages', () => {
    expect(new Set(basics.map((row) => row.titleType)).size).toBe(11);
    expect(new Set(basics.flatMap((row) => row.genres ?? [])).size).toBe(28);
    expect(new Set(principals.map((row) => row.category)).size).toBe(13);
    expect(new Set(names.flatMap((row) => row.primaryProfession ?? [])).size).toBeGreaterThan(38);
    const regions = new Set(akas.map((row) => row.region));
    expect(regions.size).toBeGreaterThan(200);
    for (const region of ['NA', 'SUHH', 'XWW']) expect(regions).toContain(region);
    expect(new Set(akas.map((row) => row.language)).size).toBeGreaterThan(50);
  });

  it('has titles that break careless parsers', () => {
    const titles = new Set(basics.map((row) => row.primaryTitle));
    const awkward = [
      '"Lanterns" in the Rain',
      '"Meadowlark"',
      String.raw`Harbor\Light`,
      String.raw`The End\N`,
      '12.10',
      '99',
      '7.50',
      null,
    ];
    for (const title of awkward) expect(titles).toContain(title);
    expect([...titles].some((title) => title?.length === 2)).toBe(true);
    for (const script of [
      'Cyrillic',
      'Hebrew',
      'Arabic',
      'Hiragana',
      'Han',
      'Devanagari',
      'Greek',
      'Hangul',
    ]) {
      expect(
        akas.some((row) => new RegExp(`\\p{Script=${script}}`, 'u').test(row.title ?? '')),
        script,
      ).toBe(true);
    }
    expect(akas.some((row) => row.title?.includes('הדו"ח'))).toBe(true);
  });

  it('has values that break narrow types', () => {
    const years = basics.map((row) => row.startYear ?? 0);
    expect(Math.max(...years)).toBe(2115);
    expect(years.some((year) => year > 2026 && year < 2040)).toBe(true);
    expect(Math.max(...basics.map((row) => row.runtimeMinutes ?? 0))).toBe(51_420);
    expect(episodes.some((row) => (row.seasonNumber ?? 0) > 1900)).toBe(true);
    expect(episodes.some((row) => row.episodeNumber === 0)).toBe(true);
    expect(basics.some((row) => row.isAdult)).toBe(true);
    expect(names.some((row) => row.birthYear === 525 && row.deathYear === 456)).toBe(true);
    expect(names.some((row) => row.primaryName === null)).toBe(true);
    expect(names.some((row) => row.primaryProfession?.length === 0)).toBe(true);
    expect(names.some((row) => row.primaryProfession === null)).toBe(true);
    expect(Math.max(...crew.map((row) => row.writers?.length ?? 0))).toBeGreaterThan(300);
    expect(Math.max(...crew.map((row) => row.directors?.length ?? 0))).toBeGreaterThan(300);
  });

  it('has lists in IMDb’s formats', async () => {
    expect(akas.some((row) => row.types?.length === 2)).toBe(true);
    expect(akas.some((row) => row.attributes?.length === 2)).toBe(true);
    expect(akas.some((row) => row.isOriginalTitle === null)).toBe(true);
    const originals = Map.groupBy(
      akas.filter((row) => row.isOriginalTitle),
      (row) => row.titleId,
    );
    expect([...originals.values()].some((rows) => rows.length > 1)).toBe(true);
    const lines = await linesOf(folder, 'title.principals');
    expect(lines.some((line) => line.endsWith(String.raw`["Self - \"Night Desk\" Host"]`))).toBe(
      true,
    );
    expect(lines.some((line) => line.endsWith(String.raw`["Unit 7\\B"]`))).toBe(true);
    expect(principals.some((row) => row.characters?.length === 2)).toBe(true);
    expect(principals.some((row) => row.job?.startsWith('"'))).toBe(true);
  });

  it('has few titles and people with large numbers, and many with small ones', () => {
    const votes = ratings.map((row) => row.numVotes ?? 0).sort((a, b) => b - a);
    expect(votes.filter((count) => count > 1_000_000)).toHaveLength(2);
    expect(votes[Math.floor(votes.length / 2)]).toBeLessThan(30);
    const credits = [...Map.groupBy(principals, (row) => row.nconst).values()]
      .map((rows) => rows.length)
      .sort((a, b) => b - a);
    expect(credits.slice(0, 2).every((count) => count > 700)).toBe(true);
    expect(credits[Math.floor(credits.length / 2)]).toBeLessThan(5);
    const seasons = [...Map.groupBy(episodes, (row) => row.parentTconst).values()]
      .map((rows) => rows.length)
      .sort((a, b) => b - a);
    expect(seasons[0]).toBeGreaterThan(1000);
    expect(seasons[Math.floor(seasons.length / 2)]).toBeLessThan(20);
  });

  it('has plausible well-known titles', () => {
    const byId = new Map(basics.map((row) => [row.tconst, row]));
    const top = ratings.toSorted((a, b) => (b.numVotes ?? 0) - (a.numVotes ?? 0)).slice(0, 5);
    for (const { tconst } of top) {
      const title = byId.get(tconst);
      expect(['movie', 'tvSeries', 'tvMiniSeries']).toContain(title?.titleType);
      expect(title?.startYear).toBeGreaterThan(1940);
      expect(title?.startYear).toBeLessThanOrEqual(2026);
      expect(title?.runtimeMinutes).toBeGreaterThan(15);
      expect(title?.genres).not.toBeNull();
      const categories = new Set(
        principals.filter((row) => row.tconst === tconst).map((row) => row.category),
      );
      for (const category of ['actor', 'actress', 'director', 'writer', 'composer'])
        expect(categories).toContain(category);
    }
  });

  it('has consistent references between files, except for a few orphans', () => {
    const titles = new Set(basics.map((row) => row.tconst));
    const people = new Set(names.map((row) => row.nconst));
    const orphans = {
      titles: principals.filter((row) => !titles.has(row.tconst)).length,
      people: principals.filter((row) => !people.has(row.nconst ?? '')).length,
      parents: episodes.filter((row) => !titles.has(row.parentTconst ?? '')).length,
      crew: crew.filter((row) => !titles.has(row.tconst)).length,
    };
    for (const [kind, count] of Object.entries(orphans)) {
      expect(count, kind).toBeGreaterThan(0);
      expect(count, kind).toBeLessThan(50);
    }
    const inCrew = new Set(crew.map((row) => row.tconst));
    const missing = basics.filter((row) => !inCrew.has(row.tconst)).length;
    expect(missing).toBeGreaterThan(0);
    expect(missing).toBeLessThan(10);
    const episodeIds = new Set(
      basics.filter((row) => row.titleType === 'tvEpisode').map((row) => row.tconst),
    );
    expect(new Set(episodes.map((row) => row.tconst))).toEqual(episodeIds);
  });

  it('has the same directors in crew as in principals, and people known for titles of their credits', () => {
    const directed = Map.groupBy(
      principals.filter((row) => row.category === 'director'),
      (row) => row.tconst,
    );
    const rows = crew.filter((row) => (row.directors?.length ?? 0) < 5);
    const same = (row: Row<'title.crew'>): boolean => {
      const billed = directed.get(row.tconst)?.map((credit) => credit.nconst ?? '') ?? [];
      return [...new Set(billed)].join() === (row.directors ?? []).join();
    };
    expect(share(rows, same)).toBeGreaterThan(0.97);
    const credited = new Set(principals.map((row) => `${row.nconst ?? ''} ${row.tconst}`));
    const known = names.flatMap((row) =>
      (row.knownForTitles ?? []).map((title) => `${row.nconst} ${title}`),
    );
    expect(known.length).toBeGreaterThan(names.length / 2);
    expect(share(known, (pair) => credited.has(pair))).toBeGreaterThan(0.97);
  });

  it('sometimes repeats person and category within a title', () => {
    const repeats =
      principals.length -
      new Set(principals.map((row) => `${row.tconst} ${row.nconst ?? ''} ${row.category ?? ''}`))
        .size;
    expect(repeats / principals.length).toBeGreaterThan(0.005);
    expect(repeats / principals.length).toBeLessThan(0.04);
  });
});

describe('the next day', () => {
  async function expectFewChanges(before: number, after: number): Promise<void> {
    const [old, next] = [await made(20_000, 3, before), await made(20_000, 3, after)];
    let total = 0;
    let moved = 0;
    for (const dataset of DATASET_NAMES) {
      const [was, is] = [await keyed(old, dataset), await keyed(next, dataset)];
      const added = [...is.keys()].filter((key) => !was.has(key)).length;
      const removed = [...was.keys()].filter((key) => !is.has(key)).length;
      const changed = [...is].filter(([key, line]) => was.has(key) && was.get(key) !== line).length;
      expect(added / was.size, `added to ${dataset}`).toBeLessThan(0.002);
      expect(removed / was.size, `removed from ${dataset}`).toBeLessThan(0.002);
      expect(changed / was.size, `changed in ${dataset}`).toBeLessThan(
        dataset === 'title.ratings' ? 0.25 : 0.01,
      );
      if (dataset !== 'title.ratings') expect(Math.min(added, removed), dataset).toBeGreaterThan(0);
      total += was.size;
      moved += added + removed + changed;
    }
    expect(moved / total).toBeGreaterThan(0.003);
    expect(moved / total).toBeLessThan(0.008);
  }

  it('adds, changes and removes some rows in every file', async () => expectFewChanges(0, 1));

  it('does so after many days too', { tags: ['long'] }, async () => expectFewChanges(200, 201));

  it('adds ids between the others, above them and after the last row', async () => {
    const [old, next] = [
      await keyed(await made(20_000, 3, 0), 'title.basics'),
      await keyed(await made(20_000, 3, 1), 'title.basics'),
    ];
    const added = [...next.keys()].filter((id) => !old.has(id));
    const number = (id: string): number => Number(id.slice(2));
    const highest = [...old.keys()].reduce((most, id) => Math.max(most, number(id)), 0);
    const last = [...old.keys()].at(-1) ?? '';
    expect(added.some((id) => number(id) > highest)).toBe(true);
    expect(added.some((id) => number(id) < highest && id < last)).toBe(true);
    expect(added.some((id) => id > last)).toBe(true);
  });

  it('adds votes to many titles and removes some from a few', async () => {
    const votes = async (day: number): Promise<Map<string, number>> =>
      new Map(
        (await rowsOf(await made(20_000, 3, day), 'title.ratings')).map((row) => [
          row.tconst,
          row.numVotes ?? 0,
        ]),
      );
    const [old, next] = [await votes(0), await votes(1)];
    const gains = [...next].map(([id, count]) => count - (old.get(id) ?? count));
    expect(share(gains, (gain) => gain > 0)).toBeGreaterThan(0.05);
    expect(share(gains, (gain) => gain < 0)).toBeGreaterThan(0);
    expect(share(gains, (gain) => gain < 0)).toBeLessThan(0.05);
  });

  it('removes all rows of a removed title, and adds those of a new one', async () => {
    const [old, next] = [await made(20_000, 3, 0), await made(20_000, 3, 1)];
    const ids = async (folder: string, dataset: DatasetName): Promise<Set<string>> =>
      new Set((await linesOf(folder, dataset)).map((line) => line.split('\t')[0] ?? ''));
    const [was, is] = [await ids(old, 'title.basics'), await ids(next, 'title.basics')];
    const gone = [...was].filter((id) => !is.has(id));
    const come = [...is].filter((id) => !was.has(id));
    for (const dataset of ['title.akas', 'title.crew', 'title.principals'] as const) {
      const there = await ids(next, dataset);
      expect(
        gone.filter((id) => there.has(id)),
        dataset,
      ).toEqual([]);
      expect(
        share(come, (id) => there.has(id)),
        dataset,
      ).toBeGreaterThan(0.7);
    }
  });
});
