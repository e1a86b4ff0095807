import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { shippedDefinitions } from '../definition/shipped-definitions.ts';
import { piecesOf } from '../records/pieces-of.ts';
import type { LibraryPicture } from './nfo-pictures.ts';
import { isReject } from './row.ts';

async function tarOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content);
  tar.finalize();
  return buffer(Readable.from(tar));
}

/** The records, or why there is none, by the ids of the shipped definition. */
async function recordsOf(
  content: Buffer,
  pictures: LibraryPicture[] = [],
): Promise<Record<string, unknown>> {
  const definition = (await shippedDefinitions()).find(({ id }) => id === 'nfo');
  if (definition === undefined) throw new Error('nfo is not shipped');
  const pieces = piecesOf(definition, 0, Readable.from([content]), () => undefined, pictures);
  return Object.fromEntries<unknown>(
    (await Array.fromAsync(pieces)).map((piece) =>
      isReject(piece)
        ? [piece.line, piece.reason]
        : [piece.id ?? '', { ...piece.content.fields, raw: piece.content.raw }],
    ),
  );
}

const MOVIE = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<movie>
  <title>The Comet &amp; I</title><originaltitle>Der Komet</originaltitle>
  <year>1999</year><premiered>1999-03-31</premiered><runtime>104</runtime><mpaa>PG</mpaa>
  <plot>A comet comes near.</plot><tagline></tagline>
  <genre>Drama</genre><genre>Science Fiction</genre><country>Germany</country><studio>Comet Films</studio>
  <director>Ada Example</director><credits>Bo Example</credits>
  <actor><name>Cy Example</name><role>The comet</role></actor>
  <uniqueid type="imdb" default="true">tt0000001</uniqueid><uniqueid type="tmdb">862</uniqueid>
  <ratings>
    <rating name="imdb" max="10"><value>8.1</value><votes>1,234</votes></rating>
    <rating name="metacritic" max="100"><value>64</value><votes>0</votes></rating>
    <rating name="themoviedb"><value>7,5</value><votes>10</votes></rating>
  </ratings>
  <userrating>9</userrating><playcount>2</playcount>
</movie>`;

it('is a library of movies, series and episodes, with what one has seen and thinks of it', async () => {
  const records = await recordsOf(
    gzipSync(
      await tarOf({
        'The Comet (1999)/movie.nfo': MOVIE,
        'Star Days/tvshow.nfo': `<tvshow><title>Star Days</title><uniqueid type="tmdb">862</uniqueid><uniqueid type="tvdb">5</uniqueid><watched>false</watched></tvshow>`,
        'Star Days/S01E01.nfo': `<episodedetails><title>One</title><aired>2006-01-05</aired></episodedetails>\n<episodedetails><title>Two</title><uniqueid type="tvdb">7</uniqueid></episodedetails>`,
      }),
    ),
  );
  expect(records['The Comet (1999)/movie.nfo']).toMatchObject({
    title: 'The Comet & I',
    originalTitle: 'Der Komet',
    type: 'movie',
    year: 1999,
    releaseDate: '1999-03-31',
    runtimeMinutes: 104,
    certificate: 'PG',
    overview: 'A comet comes near.',
    tagline: null,
    genres: ['Drama', 'Science Fiction'],
    countries: ['Germany'],
    ids: { imdb: 'tt0000001', tmdb: '862' },
    people: [
      { name: 'Ada Example', role: 'director', imdb: null },
      { name: 'Bo Example', role: 'writer', imdb: null },
      { name: 'Cy Example', role: 'actor', imdb: null },
    ],
    companies: [{ id: null, name: 'Comet Films' }],
    ratings: [
      { name: 'imdb', value: 8.1, votes: 1234, kind: 'audience' },
      { name: 'tmdb', value: 7.5, votes: 10, kind: 'audience' },
      { name: 'own', value: 9, votes: null, kind: 'own' },
    ],
    watched: true,
  });
  // ids of series are others than those of movies
  expect(records['Star Days/tvshow.nfo']).toMatchObject({
    type: 'tvSeries',
    ids: { 'tmdb-tv': '862', tvdb: '5' },
    watched: false,
  });
  expect(records['Star Days/S01E01.nfo#1']).toMatchObject({ title: 'One', year: 2006, ids: {} });
  expect(records['Star Days/S01E01.nfo#2']).toMatchObject({ title: 'Two', type: 'tvEpisode' });
});

it('takes ids of web pages, behind the XML or alone, and names of files', async () => {
  const records = await recordsOf(
    await tarOf({
      'a/behind.nfo':
        '<movie><title>Winter</title></movie>\nhttps://www.themoviedb.org/movie/603-winter',
      'The Comet (1999)/The Comet (1999) [1080p].nfo':
        'https://www.imdb.com/title/tt0000001/\nhttps://www.themoviedb.org/movie/862\n',
      'b/The.Comet.1999.1080p.nfo': 'http://www.imdb.com/title/tt0000001',
    }),
  );
  expect(records['a/behind.nfo']).toMatchObject({ title: 'Winter', ids: { tmdb: '603' } });
  const named = { title: 'The Comet', year: 1999, type: 'movie' };
  expect(records['The Comet (1999)/The Comet (1999) [1080p].nfo']).toMatchObject({
    ...named,
    ids: { imdb: 'tt0000001', tmdb: '862' },
  });
  expect(records['b/The.Comet.1999.1080p.nfo']).toMatchObject(named);
});

it('rejects what is no movie, and goes on', async () => {
  const bomb = `<!DOCTYPE movie [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><movie><title>&b;&b;</title></movie>`;
  const records = await recordsOf(
    await tarOf({
      'a.nfo': 'a line of text',
      'b.nfo': '<movie><title>Not closed</movie>',
      'c.nfo': '<musicvideo><title>A song</title></musicvideo>',
      'd.nfo': bomb,
      'e.nfo': '<movie><title>Fine\0</title></movie>',
      'f.nfo': `<movie>${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}</movie>`,
      'g.nfo': '<movie><__proto__><title>Hidden</title></__proto__></movie>',
      'h.nfo': '<a/>'.repeat(100_000),
      'i.nfo': `<movie>${'<?xml'.repeat(100_000)}></movie>`,
      'j.nfo': `<movie><title>Slow</title></movie>${'thetvdb.com/'.repeat(100_000)}`,
    }),
  );
  expect(records).toMatchObject({
    1: 'a.nfo has neither XML nor the URL of a movie',
    2: expect.stringContaining('b.nfo is not valid XML') as string,
    3: 'c.nfo has <musicvideo>, expected <movie>, <tvshow> or <episodedetails>',
    'd.nfo': { title: '&b;&b;' },
    'e.nfo': { title: 'Fine', raw: { title: 'Fine' } },
    6: expect.stringContaining('f.nfo is not valid XML') as string,
    7: expect.stringContaining('g.nfo is not valid XML') as string,
    8: 'h.nfo has 100000 elements, expected a movie',
    9: expect.stringContaining('i.nfo is not valid XML') as string,
    'j.nfo': { title: 'Slow' },
  });
});

it('lists the pictures of each movie, of its folder or of its name', async () => {
  const picture = (path: string): LibraryPicture => ({
    path,
    sha256: 'a'.repeat(64),
    bytes: 7,
    mediaType: 'image/jpeg',
  });
  const records = await recordsOf(
    await tarOf({
      'one/movie.nfo': '<movie><title>One</title></movie>',
      'all/Two.nfo': '<movie><title>Two</title></movie>',
      'all/Three.nfo': '<movie><title>Three</title></movie>',
    }),
    ['one/poster.jpg', 'one/fanart.jpg', 'all/Two-poster.png', 'one/holiday.jpg'].map(picture),
  );
  const shown = Object.entries(records).map(([id, record]) => [
    id,
    (record as { raw: { pictures: { kind: string; path: string }[] } }).raw.pictures.map(
      ({ kind, path }) => `${kind} ${path}`,
    ),
  ]);
  expect(Object.fromEntries(shown)).toEqual({
    'one/movie.nfo': ['poster one/poster.jpg', 'backdrop one/fanart.jpg'],
    'all/Two.nfo': ['poster all/Two-poster.png'],
    'all/Three.nfo': [],
  });
});

it('is refused when its tar is cut off', async () => {
  const tar = await tarOf({ 'a.nfo': MOVIE, 'b.nfo': MOVIE });
  await expect(recordsOf(tar.subarray(0, 2000))).rejects.toMatchObject({ code: 'truncated' });
});
