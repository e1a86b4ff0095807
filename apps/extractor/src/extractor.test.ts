import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createLog } from '@marquee/process';
import { RunQueue } from '@marquee/runs';
import { isNfo, libraryFiles, packLibrary, shippedDefinitions } from '@marquee/sources';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ExtractorConfig, startExtractor } from './extractor.ts';
import { syncDefinitions } from './definitions/sync-definitions.ts';
import { FileWatch } from './folders/watch-files.ts';
import { LibraryWatch } from './folders/watch-library.ts';
import { TestExtractor } from './testing/test-extractor.ts';

const extractor = TestExtractor.use();

const MINE = {
  schema: 1,
  id: 'my-ratings',
  name: 'My ratings',
  licence: { name: 'Mine', republish: true },
  scales: { mine: { min: 0, max: 10, kind: 'own' } },
  files: [
    {
      name: 'films',
      pattern: 'films*.csv',
      format: 'csv',
      id: 'nr',
      fields: {
        title: 'title',
        year: 'year',
        ids: { imdb: { column: 'imdb', transforms: ['imdb-id'] } },
        ratings: [{ name: 'mine', value: 'overall' }],
        cRatings: {
          performance: { scale: 'mine', value: 'acting' },
          soundtrack: { scale: 'mine', value: 'music' },
          screenplay: { scale: 'mine', value: 'script' },
        },
      },
    },
  ],
};
const FILE =
  'nr,title,year,imdb,overall,acting,music,script\n1,The Comet,1999,tt0000001,8,7.5,,9\n';

async function write(path: string, content: string | Buffer): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
}

const sources = async () =>
  (
    await extractor.database.pool.query<{ id: string; origin: string; priority: number }>(
      'select id, origin, priority from sources.source order by id',
    )
  ).rows;

it('keeps the shipped definitions, and those of a folder, in the database', async () => {
  const { pool } = extractor.database;
  const folder = join(extractor.folder, 'sources');
  const warnings: string[] = [];
  const sync = async () => syncDefinitions(pool, folder, (message) => warnings.push(message));
  await sync();
  expect(await sources()).toContainEqual({ id: 'imdb', origin: 'shipped', priority: 0 });
  const shipped = (await sources()).length;
  await write(join(folder, 'mine.json'), JSON.stringify(MINE));
  await write(join(folder, 'broken.json'), '{"schema": 1}');
  await write(join(folder, 'imdb.json'), JSON.stringify({ ...MINE, id: 'imdb' }));
  await write(join(folder, 'nfo.json'), JSON.stringify({ ...MINE, id: 'nfo', priority: 5 }));
  await pool.query(`update sources.source set origin = 'api', priority = 7 where id = 'movielens'`);
  await sync();
  expect(await sources()).toHaveLength(shipped + 1);
  expect(await sources()).toEqual(
    expect.arrayContaining([
      { id: 'my-ratings', origin: 'folder', priority: 100 },
      { id: 'nfo', origin: 'folder', priority: 5 },
      { id: 'movielens', origin: 'api', priority: 7 },
    ]),
  );
  expect(warnings).toEqual([
    expect.stringMatching(/broken\.json is skipped: .*id: /u),
    expect.stringMatching(/imdb\.json is skipped/u),
  ]);
  // without its file, the shipped one counts again
  await rm(join(folder, 'nfo.json'));
  await sync();
  expect(await sources()).toContainEqual({ id: 'nfo', origin: 'shipped', priority: 10 });
});

it('makes a delivery of each new or changed file in a folder, and of no other', async () => {
  const definition = await extractor.define(MINE);
  const folder = join(extractor.folder, 'my-ratings');
  const { pool } = extractor.database;
  const watch = new FileWatch(pool, extractor.stores.deliveries, 0);
  expect(await watch.scan(definition, folder)).toBe(false);
  await write(join(folder, 'films-2024.csv'), FILE);
  await write(join(folder, 'notes.txt'), 'no films');
  expect(await watch.scan(definition, folder)).toBe(true);
  expect(await watch.scan(definition, folder)).toBe(false);
  // touched, or seen by another process: the same file
  await utimes(join(folder, 'films-2024.csv'), 1, 1);
  expect(await watch.scan(definition, folder)).toBe(false);
  expect(await new FileWatch(pool, extractor.stores.deliveries, 0).scan(definition, folder)).toBe(
    false,
  );
  // copied just now
  await write(join(folder, 'films-2025.csv'), FILE.replace('1999', '2000'));
  expect(
    await new FileWatch(pool, extractor.stores.deliveries, 60_000).scan(definition, folder),
  ).toBe(false);
  // by the clock of a network share, which is ahead
  const ahead = Date.now() / 1000 + 7200;
  await utimes(join(folder, 'films-2025.csv'), ahead, ahead);
  expect(await watch.scan(definition, folder)).toBe(true);
  await extractor.extract('my-ratings');
  expect(Object.values(await extractor.records('my-ratings'))).toMatchObject([
    {
      record: {
        title: 'The Comet',
        year: 2000,
        ids: { imdb: 'tt0000001' },
        ratings: [{ name: 'mine', value: 8, kind: 'own' }],
        cRatings: {
          performance: [{ value: 7.5, votes: 1 }],
          screenplay: [{ value: 9, scale: { min: 0, max: 10 } }],
        },
      },
    },
  ]);
});

/** A picture by its first bytes. */
const JPEG = Buffer.from('ffd8ffe000104a46494600', 'hex');

it('makes one delivery of a library, with its pictures in the store, as long as it stays the same', async () => {
  const { pool } = extractor.database;
  await syncDefinitions(pool, join(extractor.folder, 'none'), () => undefined);
  const { rows } = await pool.query<{ definition: Parameters<LibraryWatch['scan']>[0] }>(
    `select definition from sources.source where id = 'nfo'`,
  );
  const [{ definition }] = rows as [(typeof rows)[0]];
  const library = join(extractor.folder, 'library');
  const scan = async () => new LibraryWatch(pool, extractor.stores, 0).scan(definition, library);
  expect(await scan()).toBe(false);
  await write(
    join(library, 'The Comet (1999)/movie.nfo'),
    '<movie><title>The Comet</title></movie>',
  );
  await write(join(library, 'The Comet (1999)/poster.jpg'), JPEG);
  await write(join(library, 'The Comet (1999)/fanart.jpg'), 'no picture');
  await write(join(library, 'The Comet (1999)/movie.mkv'), 'a film');
  expect(await scan()).toBe(true);
  await utimes(join(library, 'The Comet (1999)/movie.nfo'), 1, 1);
  expect(await scan()).toBe(false);
  await extractor.extract('nfo');
  const records = await extractor.records('nfo');
  const raw = records['The Comet (1999)/movie.nfo']?.raw ?? {};
  expect(raw).toMatchObject({
    library: {
      pictures: [
        {
          kind: 'poster',
          path: 'The Comet (1999)/poster.jpg',
          mediaType: 'image/jpeg',
          bytes: JPEG.length,
        },
      ],
    },
  });
  const { pictures } = raw['library'] as { pictures: [{ sha256: string }] };
  expect(await extractor.stores.pictures.sizeOf(pictures[0].sha256)).toBe(JPEG.length);
  // a library that is not mounted is no empty one
  await rm(library, { recursive: true });
  expect(await scan()).toBe(false);
});

it('has the same pictures of a library that was packed and delivered as of a watched one', async () => {
  const { pool } = extractor.database;
  await syncDefinitions(pool, join(extractor.folder, 'none'), () => undefined);
  const library = join(extractor.folder, 'library');
  await write(join(library, 'The Comet/movie.nfo'), '<movie><title>The Comet</title></movie>');
  await write(join(library, 'The Comet/poster.jpg'), JPEG);
  await write(join(library, '.trash/poster.jpg'), JPEG);
  const definition = (await shippedDefinitions()).find(({ id }) => id === 'nfo');
  if (definition === undefined) throw new Error('nfo is not shipped');
  await new LibraryWatch(pool, extractor.stores, 0).scan(definition, library);
  await extractor.extract('nfo');
  const watched = await extractor.records('nfo');
  const pictures = z
    .object({ library: z.object({ pictures: z.tuple([z.object({ sha256: z.string() })]) }) })
    .parse(watched['The Comet/movie.nfo']?.raw).library.pictures;
  await extractor.stores.pictures.remove(pictures[0].sha256);

  const files = await libraryFiles(library);
  const [nfo] = files.filter(({ path }) => isNfo(path));
  if (nfo === undefined) throw new Error('the library has no .nfo file');
  // somebody's own file may have the name of the list
  const tar = packLibrary([{ ...nfo, path: 'pictures.json' }, ...files]);
  await extractor.deliver('nfo', 'library', await buffer(tar));
  await extractor.extract('nfo');
  expect(await extractor.records('nfo')).toEqual(watched);
  expect(await extractor.stores.pictures.sizeOf(pictures[0].sha256)).toBe(JPEG.length);
});

it('takes what it finds when it starts, and wakes the aggregator', async () => {
  const folder = join(extractor.folder, 'sources');
  await write(join(folder, 'mine.json'), JSON.stringify(MINE));
  await write(join(folder, 'my-ratings/films.csv'), FILE);
  const config = ExtractorConfig.parse({
    DATABASE_URL: extractor.database.url,
    QUEUE_URL: extractor.database.url,
    SNAPSHOT_DIR: join(extractor.folder, 'snapshots'),
    SOURCES_DIR: folder,
    LOG_LEVEL: 'error',
  });
  const queue = new RunQueue(config.QUEUE_URL, () => undefined);
  await queue.ready();
  const stop = await startExtractor(config, createLog('extractor', 'error'), {
    settledMs: 0,
    checkMs: 200,
  });
  try {
    await expect
      .poll(async () => Object.keys(await extractor.records('my-ratings')))
      .toEqual(['1']);
    await expect.poll(async () => (await queue.depths()).aggregator['waiting']).toBe(1);
  } finally {
    await stop();
    await queue.close();
  }
});
