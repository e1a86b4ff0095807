import { request } from 'node:http';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveSample, type SampleServer } from './server.ts';

const CONTENT = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join('');
const NAME = 'title.basics.tsv.gz';
let folder: string;
let server: SampleServer;
let url: string;
let requests: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-server-'));
  await writeFile(join(folder, NAME), CONTENT);
  requests = 0;
  server = await serveSample({ folder, port: 0, onRequest: () => requests++ });
  url = `${server.url}/${NAME}`;
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function get(
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; headers: Headers; body: string }> {
  const response = await fetch(url, { headers, method });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

async function validators(): Promise<{ etag: string; lastModified: string }> {
  const { headers } = await get({}, 'HEAD');
  return { etag: headers.get('etag') ?? '', lastModified: headers.get('last-modified') ?? '' };
}

describe('the sample server', () => {
  it('serves a complete file with strong ETag, Last-Modified, length and support of ranges', async () => {
    const { status, headers, body } = await get();
    expect(status).toBe(200);
    expect(body).toBe(CONTENT);
    expect(headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/u);
    expect(Date.parse(headers.get('last-modified') ?? '')).toBeLessThanOrEqual(Date.now());
    expect(headers.get('content-length')).toBe(String(CONTENT.length));
    expect(headers.get('accept-ranges')).toBe('bytes');
    expect(headers.get('content-encoding')).toBeNull();
  });

  it('reports each request, whatever the response', async () => {
    const { etag } = await validators();
    const { status } = await get({ 'if-none-match': etag });
    expect([status, requests]).toEqual([304, 2]);
  });

  it('answers HEAD with the same headers and no body', async () => {
    const { status, headers, body } = await get({}, 'HEAD');
    expect([status, headers.get('content-length'), body]).toEqual([
      200,
      String(CONTENT.length),
      '',
    ]);
  });

  it.each([
    ['bytes=100-199', 100, 199],
    ['bytes=8000-', 8000, CONTENT.length - 1],
    ['bytes=-50', CONTENT.length - 50, CONTENT.length - 1],
    ['bytes=8880-99999', 8880, CONTENT.length - 1],
  ])('serves only the range %s', async (range, start, end) => {
    const { status, headers, body } = await get({ range });
    expect(status).toBe(206);
    expect(body).toBe(CONTENT.slice(start, end + 1));
    expect(headers.get('content-range')).toBe(`bytes ${start}-${end}/${CONTENT.length}`);
    expect(headers.get('content-length')).toBe(String(end - start + 1));
  });

  it('rejects a range beyond the end, and ignores an invalid one', async () => {
    const { status, headers } = await get({ range: `bytes=${CONTENT.length}-` });
    expect([status, headers.get('content-range')]).toEqual([416, `bytes */${CONTENT.length}`]);
    for (const unclear of ['bytes=5-4', 'bytes=-', 'lines=1-2', 'bytes=0-1,4-5']) {
      expect(await get({ range: unclear })).toMatchObject({ status: 200, body: CONTENT });
    }
  });

  it('serves the range only if If-Range matches this version, otherwise the whole file', async () => {
    const { etag, lastModified } = await validators();
    for (const ifRange of [etag, lastModified]) {
      expect(await get({ range: 'bytes=5-', 'if-range': ifRange })).toMatchObject({
        status: 206,
        body: CONTENT.slice(5),
      });
    }
    for (const ifRange of [`W/${etag}`, '"other"', new Date(0).toUTCString()]) {
      expect(await get({ range: 'bytes=5-', 'if-range': ifRange })).toMatchObject({
        status: 200,
        body: CONTENT,
      });
    }
  });

  it('answers 304 if the client has this version', async () => {
    const { etag, lastModified } = await validators();
    const conditions = [
      ['if-none-match', etag],
      ['if-none-match', `"a", W/${etag}`],
      ['if-none-match', '*'],
      ['if-modified-since', lastModified],
    ] as const;
    for (const [name, value] of conditions) {
      const answer = await get({ [name]: value });
      expect([answer.status, answer.body, answer.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect(
      (await get({ 'if-none-match': '"other"', 'if-modified-since': lastModified })).status,
    ).toBe(200);
    expect((await get({ 'if-modified-since': new Date(0).toUTCString() })).status).toBe(200);
  });

  it('changes the ETag with the content, and has the same for the same content', async () => {
    const { etag } = await validators();
    const path = join(folder, NAME);
    await writeFile(`${path}.new`, CONTENT.toUpperCase());
    await rename(`${path}.new`, path);
    const changed = await validators();
    expect(changed.etag).not.toBe(etag);
    expect(await get({ range: 'bytes=5-', 'if-range': etag })).toMatchObject({
      status: 200,
      body: CONTENT.toUpperCase(),
    });
    await writeFile(path, CONTENT);
    expect((await validators()).etag).toBe(etag);
  });

  it('answers 404 for missing and unfinished files and those outside of the folder, and 405 to other methods', async () => {
    await writeFile(join(folder, 'name.basics.tsv.gz.part'), 'half');
    for (const path of [
      '/',
      '/name.basics.tsv.gz',
      '/name.basics.tsv.gz.part',
      '/.hidden',
      '/..%2fsecret',
      '/a/b',
      '/.',
    ]) {
      expect((await fetch(server.url + path)).status, path).toBe(404);
    }
    const climbing = await new Promise<number | undefined>((resolve, reject) => {
      // fetch would normalize the path
      request(server.url, { path: '/../../etc/hostname' }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(climbing).toBe(404);
    expect((await get({}, 'POST')).status).toBe(405);
  });

  it('serves an empty file', async () => {
    await writeFile(join(folder, NAME), '');
    expect(await get()).toMatchObject({ status: 200, body: '' });
    expect((await get({ range: 'bytes=0-' })).status).toBe(416);
  });

  it('keeps running when a client disconnects', async () => {
    await writeFile(join(folder, NAME), Buffer.alloc(20_000_000));
    const abort = new AbortController();
    const response = await fetch(url, { signal: abort.signal });
    await response.body?.getReader().read();
    abort.abort();
    expect((await get({ range: 'bytes=0-9' })).status).toBe(206);
  });

  it('reports a port in use', async () => {
    await expect(serveSample({ folder, port: Number(new URL(server.url).port) })).rejects.toThrow(
      /EADDRINUSE/u,
    );
  });
});
