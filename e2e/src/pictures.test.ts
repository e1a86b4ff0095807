import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Picture, PictureList, type PictureKind } from '@marquee/contract';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseProblem, useSharedSystem } from './system.ts';

const system = useSharedSystem(() => ({ workers: false }));
beforeAll(async () => {
  await system.query(`
    with title as (insert into imdb.title_basics (tconst, title_type, primary_title) values ('tt0000001', 'movie', 'The Harbour'), ('tt0000002', 'movie', 'Low Tide'))
    insert into imdb.name_basics (nconst, primary_name) values ('nm0000001', 'Ada Winter')`);
  await system.query(`insert into movies.redirect (id, movie) values ('mq7', 'tt0000001')`);
});

/** A made-up picture, lying on its side with EXIF data that says so. */
async function picture(color: string, width = 600, height = 400): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: color } })
    .withExif({ IFD0: { Artist: 'Somebody' }, IFD3: { GPSLatitude: '51/1' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
}

async function upload(
  path: string,
  body: Buffer | string,
  type = 'application/octet-stream',
): Promise<{ status: number; body: unknown }> {
  const content = typeof body === 'string' ? body : new Uint8Array(body);
  const response = await fetch(`${system.apiUrl}${path}`, {
    method: 'PUT',
    headers: { 'content-type': type },
    body: content,
  });
  return { status: response.status, body: await response.json() };
}

async function add(entity: string, body: Buffer, kind?: PictureKind): Promise<Picture> {
  const path = entity.startsWith('nm') ? 'names' : 'movies';
  const answer = await upload(
    `/${path}/${entity}/pictures${kind === undefined ? '' : `?kind=${kind}`}`,
    body,
  );
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return Picture.parse(answer.body);
}

const list = async (path: string) => PictureList.parse(await system.get(`${path}/pictures`)).items;

const remove = async (path: string) =>
  (await fetch(`${system.apiUrl}${path}`, { method: 'DELETE' })).status;

async function filesInStore(): Promise<string[]> {
  const folder = join(system.snapshots, 'pictures');
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  return files.filter((file) => file.isFile()).map(({ name }) => name);
}

describe('an upload', () => {
  it('is a picture of a movie or person, newest first, upright in its facts', async () => {
    const red = await add('tt0000001', await picture('red'));
    expect(red).toMatchObject({
      kind: 'poster',
      mediaType: 'image/jpeg',
      width: 400,
      height: 600,
      source: null,
    });
    const blue = await add('mq7', await picture('blue'));
    const wide = await add('TT0000001', await picture('green'), 'backdrop');
    expect(await list('/movies/tt0000001')).toEqual([wide, blue, red]);
    expect(await add('tt0000001', await picture('red'))).toEqual(red);
    expect(await list('/movies/tt0000001')).toHaveLength(3);
    expect(await add('nm0000001', await picture('white'))).toMatchObject({ kind: 'portrait' });
    expect(await list('/movies/tt0000002')).toEqual([]);
    expect(await system.get('/movies/tt0000001?include=poster&fields=id')).toEqual({
      id: 'tt0000001',
      poster: blue.sha256,
    });
    const newest = await add('tt0000001', await picture('yellow'));
    await expect
      .poll(async () => system.get('/movies/tt0000001?include=poster&fields=id'))
      .toEqual({ id: 'tt0000001', poster: newest.sha256 });
  });

  it('is what its content says, whatever its type', async () => {
    const png = await sharp({ create: { width: 20, height: 30, channels: 4, background: '#0000' } })
      .png()
      .toBuffer();
    expect(await upload('/movies/tt0000002/pictures?kind=logo', png, 'image/jpeg')).toMatchObject({
      status: 200,
      body: { mediaType: 'image/png', width: 20 },
    });
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><script>1</script></svg>';
    const cut = (await picture('red')).subarray(0, 1500);
    for (const body of [svg, 'plain text', '%PDF-1.7', cut])
      expect(
        parseProblem(
          (await upload('/movies/tt0000002/pictures', body as Buffer, 'image/png')).body,
        ),
      ).toMatchObject({
        status: 415,
        code: 'no-picture',
      });
    expect((await upload('/movies/tt0000002/pictures', '', 'image/png')).status).toBe(400);
  });

  it('has limits of size: of its file, of each side, and of what it unpacks to', async () => {
    const bomb = await sharp({
      create: { width: 6400, height: 6400, channels: 3, background: 'red' },
    })
      .greyscale()
      .png({ compressionLevel: 1 })
      .toBuffer();
    expect(bomb.length).toBeLessThan(2_000_000);
    expect((await upload('/movies/tt0000002/pictures', bomb)).status).toBe(400);
    expect((await upload('/movies/tt0000002/pictures', await picture('red', 8, 400))).status).toBe(
      400,
    );
    expect((await upload('/movies/tt0000002/pictures', Buffer.alloc(21 * 2 ** 20))).status).toBe(
      413,
    );
    expect(await list('/movies/tt0000002')).toHaveLength(1);
  });

  it('needs a movie or person that is there, and a kind that exists', async () => {
    const red = await picture('red');
    expect((await upload('/movies/tt9999999/pictures', red)).status).toBe(404);
    expect((await upload('/names/nm9999999/pictures', red)).status).toBe(404);
    expect((await upload('/movies/tt0000001/pictures?kind=postre', red)).status).toBe(400);
    expect(
      (await upload('/movies/tt0000001/pictures', red.toString('latin1'), 'text/plain')).status,
    ).toBe(415);
  });
});

describe('a picture', () => {
  it.each([
    ['154.webp', 'image/webp', 154],
    ['342.jpg', 'image/jpeg', 342],
    ['342.avif', 'image/avif', 342],
    ['780.webp', 'image/webp', 400],
    ['original.webp', 'image/webp', 400],
  ])('is served as %s, upright, without EXIF data, for a year', async (file, type, width) => {
    const { sha256 } = await add('tt0000002', await picture('orange'));
    const response = await fetch(`${system.apiUrl}/pictures/${sha256}/${file}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('vary')).toBeNull();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const content = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get('content-length')).toBe(String(content.length));
    const facts = await sharp(content).metadata();
    expect([facts.width, facts.height]).toEqual([width, Math.round(width * 1.5)]);
    expect([facts.exif, facts.orientation ?? 1]).toEqual([undefined, 1]);
    const etag = response.headers.get('etag') ?? '';
    const again = await fetch(`${system.apiUrl}/pictures/${sha256}/${file}`, {
      headers: { 'if-none-match': etag },
    });
    expect([again.status, again.headers.get('etag')]).toEqual([304, etag]);
  });

  it('is made once, and again if the store has lost it', async () => {
    const { sha256 } = await add('tt0000002', await picture('purple'));
    const get = async () => (await fetch(`${system.apiUrl}/pictures/${sha256}/500.webp`)).status;
    const before = (await filesInStore()).length;
    expect([await get(), await get()]).toEqual([200, 200]);
    expect(await filesInStore()).toHaveLength(before + 1);
    await system.query(
      `update movies.picture_size set made = decode(repeat('ab', 32), 'hex') where sha256 = decode($1::text, 'hex')`,
      [sha256],
    );
    expect(await get()).toBe(200);
  });

  it('is 404 if there is none, and 400 for another size', async () => {
    const none = await fetch(`${system.apiUrl}/pictures/${'0'.repeat(64)}/342.webp`);
    expect([none.status, none.headers.get('cache-control')]).toEqual([404, 'no-store']);
    for (const path of [`${'0'.repeat(64)}/343.webp`, `${'0'.repeat(64)}/342.gif`, 'x/342.webp'])
      expect((await fetch(`${system.apiUrl}/pictures/${path}`)).status, path).toBe(400);
  });
});

describe('a removal', () => {
  it('takes the file and its sizes away, unless another movie has it', async () => {
    const shared = await picture('teal');
    const { sha256 } = await add('tt0000001', shared, 'other');
    await add('tt0000002', shared, 'other');
    await fetch(`${system.apiUrl}/pictures/${sha256}/154.webp`);
    expect(await remove('/movies/tt0000001/pictures?kind=other')).toBe(204);
    expect((await fetch(`${system.apiUrl}/pictures/${sha256}/154.webp`)).status).toBe(200);
    const files = await filesInStore();
    expect(await remove(`/movies/tt0000002/pictures?sha256=${sha256}`)).toBe(204);
    expect(await filesInStore()).toHaveLength(files.length - 2);
    expect((await fetch(`${system.apiUrl}/pictures/${sha256}/154.webp`)).status).toBe(404);
    expect(await remove(`/movies/tt0000002/pictures?sha256=${sha256}`)).toBe(404);
    expect(await remove('/movies/tt0000002/pictures')).toBe(400);
  });

  it('leaves a size of the picture that somebody has uploaded as a picture', async () => {
    const { sha256 } = await add('tt0000001', await picture('olive'), 'other');
    const size = await fetch(`${system.apiUrl}/pictures/${sha256}/original.webp`);
    const own = await add('tt0000002', Buffer.from(await size.arrayBuffer()), 'other');
    expect(await remove(`/movies/tt0000001/pictures?sha256=${sha256}`)).toBe(204);
    expect((await fetch(`${system.apiUrl}/pictures/${own.sha256}/154.webp`)).status).toBe(200);
    await remove(`/movies/tt0000002/pictures?sha256=${own.sha256}`);
  });

  it('at the same time as an upload of the same file leaves it whole, or gone', async () => {
    const shared = await picture('navy', 300, 200);
    for (let round = 0; round < 3; round++) {
      const { sha256 } = await add('tt0000001', shared, 'other');
      await Promise.all([
        remove(`/movies/tt0000001/pictures?sha256=${sha256}`),
        add('tt0000002', shared, 'other'),
        fetch(`${system.apiUrl}/pictures/${sha256}/154.webp`),
        add('tt0000002', shared, 'other'),
      ]);
      const get = async () => (await fetch(`${system.apiUrl}/pictures/${sha256}/154.webp`)).status;
      expect(await get()).toBe(200);
      expect(await remove(`/movies/tt0000002/pictures?sha256=${sha256}`)).toBe(204);
      expect(await get()).toBe(404);
    }
  });
});

describe('a picture of a source', () => {
  it('is one of the movie of its record, after uploads, with what its licence asks for', async () => {
    const content = await picture('black');
    // as the extractor puts it into the store
    const { sha256, bytes } = await add('nm0000001', content, 'other');
    await system.query(
      `with source as (
        insert into sources.source (id, definition, definition_hash, origin, priority)
        values ('library', '{"licence": {"attribution": "Courtesy of nobody"}, "files": [{"format": "nfo"}]}', sha256('x'), 'folder', 5) returning id
      ), delivery as (
        insert into sources.delivery (source, file, name, sha256, bytes, received_by) select id, 'library', 'library.tar', sha256('x'), 1, 'me' from source returning id
      ), record as (
        insert into sources.record (source, id, delivery, line, hash, record, raw)
        select 'library', 'low tide.nfo', id, 1, sha256('x'), '{}', jsonb_build_object('pictures', jsonb_build_array(
          jsonb_build_object('kind', 'poster', 'path', 'poster.jpg', 'sha256', $1::text, 'bytes', $2::int, 'mediaType', 'image/jpeg')))
        from delivery returning id
      )
      insert into sources.match (source, record_id, movie, state, method, rule_version) select 'library', id, 'tt0000002', 'matched', 'id', 1 from record`,
      [sha256, bytes],
    );
    const pictures = await list('/movies/tt0000002');
    expect(pictures.at(-1)).toMatchObject({
      ...{
        kind: 'poster',
        sha256,
        source: 'library',
        attribution: 'Courtesy of nobody',
        width: null,
      },
    });
    expect(pictures[0]?.source).toBeNull();
    // its file stays: the record has it
    expect(await remove('/names/nm0000001/pictures?kind=other')).toBe(204);
    expect((await fetch(`${system.apiUrl}/pictures/${sha256}/154.webp`)).status).toBe(200);
    const preview = await (await fetch(`${system.apiUrl}/reconcile/preview?id=tt0000002`)).text();
    expect(preview).toMatch(/<img src="\/pictures\/[0-9a-f]{64}\/154.webp"/u);
  });
});
