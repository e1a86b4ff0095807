import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateSample } from '../generate.ts';
import { readFilms, type Film } from './films.ts';
import { generateSources } from './generate-sources.ts';

let folder: string;
let films: Film[];
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-sources-'));
  await generateSample({ folder: at('sample'), titles: 10_000, seed: 5, day: 0 });
  for (const to of ['first', 'second'])
    await generateSources({ sample: at('sample'), seed: 5, folder: at(to) });
  films = await readFilms(at('sample'), 1000);
});
afterAll(async () => rm(folder, { recursive: true }));

/** The rows of a file whose values have no separators in quotes, by the names of its columns. */
async function rows(path: string, separator: string): Promise<Record<string, string>[]> {
  const [header = '', ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const names = header.split(separator);
  return lines.map((line) =>
    Object.fromEntries(line.split(separator).map((value, i) => [names[i] ?? '', value])),
  );
}

it('writes the same bytes for the same sample', async () => {
  const files = (await readdir(at('first'), { recursive: true })).sort();
  expect(files).toContain('my-ratings.json');
  expect(files.filter((name) => name.endsWith('poster.png'))).toHaveLength(31);
  for (const file of files.filter((name) => /\.(?:csv|json|nfo|png|tsv)$/u.test(name)))
    expect(await readFile(at('first', file)), file).toEqual(await readFile(at('second', file)));
});

it('says of each source that it is made up', async () => {
  for (const id of ['my-ratings', 'made-up-critics', 'made-up-box-office']) {
    const definition = JSON.parse(await readFile(at('first', `${id}.json`), 'utf8')) as object;
    expect(definition).toMatchObject({ id, licence: { name: 'Made up', republish: true } });
  }
});

describe('the critics', () => {
  it('tell of the films by other titles and years now and then, and of films that IMDb does not know', async () => {
    const told = await rows(at('first', 'made-up-critics', 'reviews.tsv'), '\t');
    const known = told.filter(({ no }) => /^\d+$/u.test(String(no)));
    expect(known).toHaveLength(films.length);
    const share = (isSo: (row: Record<string, string>, film: Film) => boolean) =>
      known.filter((row) => isSo(row, films[Number(row['no']) - 1] as Film)).length / known.length;
    expect(share(({ film }, { title }) => film === title)).toBeGreaterThan(0.4);
    expect(share(({ film }) => / (?:The|A|An)$/u.test(String(film)))).toBeGreaterThan(0.05);
    expect(
      share(({ film }, { otherTitles }) => otherTitles.includes(String(film))),
    ).toBeGreaterThan(0.02);
    expect(
      share(({ year }, { year: right }) => Math.abs(Number(year) - right) === 1),
    ).toBeGreaterThan(0.04);
    expect(share((row) => row['score'] === undefined)).toBeLessThan(0.02);
    const alone = told.filter(({ no }) => String(no).startsWith('u'));
    expect(alone.length).toBe(Math.floor(films.length / 16));
    expect(told.some(({ no }) => String(no).startsWith('r'))).toBe(true);
  });
});

it('the box office has no id, and sums that are missing, or in millions', async () => {
  const content = await readFile(at('first', 'made-up-box-office', 'films.csv'), 'utf8');
  expect(content).not.toMatch(/tt\d{7}/u);
  const [, ...lines] = content.trimEnd().split('\n');
  const budgets = lines.map((line) => /,("\$[\d,]+"|\$\d+),(?:"\$[\d,]+"|\$\d+)$/u.exec(line)?.[1]);
  expect(budgets).not.toContain(undefined);
  expect(budgets.filter((budget) => budget === '$0').length / lines.length).toBeGreaterThan(0.2);
});

it('my ratings have the ids of the films, as people write them', async () => {
  const mine = await readFile(at('first', 'my-ratings', 'ratings.csv'), 'utf8');
  const [, ...lines] = mine.trimEnd().split('\n');
  expect(lines.map((line) => /(\d{7,})[/,]/u.exec(line)?.[1])).toEqual(
    films.slice(0, lines.length).map(({ tconst }) => tconst.slice(2)),
  );
});

it('the library has a description and a poster for each film', async () => {
  const files = await readdir(at('first', 'nfo'), { recursive: true });
  const descriptions = files.filter((path) => path.endsWith('.nfo'));
  expect(descriptions).toHaveLength(31);
  for (const path of descriptions) {
    expect(await readFile(at('first', 'nfo', path), 'utf8')).toMatch(
      /<movie>\n {2}<title>.+<\/title>\n {2}<year>\d{4}</u,
    );
    const picture = await readFile(at('first', 'nfo', dirname(path), 'poster.png'));
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    // width and height
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([240, 360]);
  }
});
