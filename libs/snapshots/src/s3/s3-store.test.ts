import { randomBytes } from 'node:crypto';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { S3SnapshotStore, type S3StoreOptions } from './s3-store.ts';
import { TestS3 } from '../testing/test-s3.ts';
import {
  dataset,
  downloadedFile,
  downloadedFiles,
  downloadedFilesWithCopy,
  madeUpManifest,
  textOf,
} from '../testing/test-snapshots.ts';

const MB = 1024 * 1024;
const added = madeUpManifest('2026-08-15T00:00:00Z');
const later = madeUpManifest('2026-08-16T00:00:00Z', 'b');
const large = randomBytes(70 * MB);

let server: TestS3;
let scratch: string;
let warnings: string[];
let store: S3SnapshotStore;
/** The test's own hands in the bucket. */
let client: S3Client;

beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAADA');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a-secret');
});

afterAll(() => {
  vi.unstubAllEnvs();
});

beforeEach(async () => {
  server = await TestS3.start();
  scratch = await mkdtemp(join(tmpdir(), 'marquee-s3-'));
  warnings = [];
  store = open();
  client = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', forcePathStyle: true });
});

afterEach(async () => {
  client.destroy();
  await server.stop();
  await rm(scratch, { recursive: true });
});

function open(options: Partial<S3StoreOptions> = {}): S3SnapshotStore {
  const { bucket, endpoint } = server;
  return new S3SnapshotStore({
    backOffMs: 5,
    url: `s3://${bucket}/imdb`,
    region: 'us-east-1',
    endpoint,
    scratch,
    onWarning: (message) => warnings.push(message),
    ...options,
  });
}

async function put(key: string, body: string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: server.bucket, Key: key, Body: body }));
}

describe('a file', () => {
  test('of 70 MB goes in parts, comes back as it was, and carries its SHA-256', async () => {
    await store.add(added, await downloadedFiles(store, large));
    expect(server.seen(/^PUT .*partNumber=/u)).toHaveLength(9);
    expect(server.seen(/^POST .*\?uploads/u)[0]?.headers).toMatchObject({
      'x-amz-meta-sha256': added.sha256,
    });
    expect(server.unfinished).toEqual([]);
    expect((await buffer(store.openArchive(added))).equals(large)).toBe(true);
  });

  test('of less than 64 MB goes in one request', async () => {
    await store.add(added, await downloadedFiles(store, large.subarray(0, 10 * MB)));
    expect(server.seen(/^(PUT|POST) /u).map(({ what }) => what.replace(/\?.*/u, ''))).toEqual([
      `PUT /films/imdb/title.ratings/${added.id}/title.ratings.tsv.gz`,
      `PUT /films/imdb/title.ratings/${added.id}/manifest.json`,
    ]);
    expect(server.seen(/^PUT .*gz/u)[0]?.headers).toMatchObject({
      'x-amz-meta-sha256': added.sha256,
    });
    expect((await buffer(store.openArchive(added))).equals(large.subarray(0, 10 * MB))).toBe(true);
  });

  test.each([
    [{ encryption: 'AES256' }, { 'x-amz-server-side-encryption': 'AES256' }],
    [
      { encryption: 'aws:kms', kmsKey: 'key-1' },
      {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
      },
    ],
  ] as const)('and its manifest are encrypted as asked: %j', async (options, headers) => {
    await open(options).add(added, await downloadedFiles(store, 'small'));
    await open(options).add(later, await downloadedFiles(store, large));
    const written = [
      ...server.seen(/^PUT (?!.*partNumber)/u),
      ...server.seen(/^POST .*\?uploads/u),
    ];
    expect(written).toHaveLength(4);
    for (const request of written) expect(request.headers).toMatchObject(headers);
  });

  test('is not encrypted unless asked', async () => {
    await store.add(added, await downloadedFiles(store));
    for (const { headers } of server.requests)
      expect(headers).not.toHaveProperty('x-amz-server-side-encryption');
  });

  test('that does not arrive whole is not shown', async () => {
    server.trick({ on: /^HEAD /u, refuse: { status: 200, xml: 'short' } });
    const file = await downloadedFile(store);
    await expect(store.add(added, { archive: file })).rejects.toMatchObject({
      code: 'store-fault',
      message: expect.stringContaining('has 5 bytes where 100 were sent.') as string,
    });
    expect(await store.list()).toEqual([]);
    expect((await stat(file)).size).toBe(100);
  });

  test('that another download has taken over meanwhile is not shown', async () => {
    const file = await downloadedFile(store);
    server.trick({ on: /^HEAD /u, then: () => rm(file) });
    await expect(store.add(added, { archive: file })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await store.list()).toEqual([]);
  });

  test('stays where it was when the upload is given up', async () => {
    const stop = new AbortController();
    const file = await downloadedFile(store, large);
    server.trick({
      on: /partNumber=3/u,
      silent: true,
      then: () => stop.abort(new Error('the process ends')),
    });
    await expect(store.add(added, { archive: file }, stop.signal)).rejects.toThrow(
      'the process ends',
    );
    expect(await store.list()).toEqual([]);
    expect((await stat(file)).size).toBe(large.length);
  });

  test('is uploaded although single requests fail', async () => {
    const refuse = {
      status: 500,
      xml: '<Error><Code>InternalError</Code><Message>Try again.</Message></Error>',
    };
    server.trick(
      { on: /partNumber=2/u, refuse },
      { on: /^POST .*uploadId/u, refuse },
      { on: /^PUT .*manifest/u, refuse },
    );
    await store.add(added, await downloadedFiles(store, large));
    expect((await buffer(store.openArchive(added))).equals(large)).toBe(true);
  });
});

describe('a zstd copy', () => {
  test('is stored before the manifest', async () => {
    await store.add(added, await downloadedFilesWithCopy(store, 'text'));
    expect(
      server
        .seen(/^PUT /u)
        .map(({ what, headers }) => [what.replace(/\?.*/u, ''), headers['content-type']]),
    ).toEqual(
      [
        [`/title.ratings.tsv.gz`, 'application/gzip'],
        [`/title.ratings.tsv.zst`, 'application/zstd'],
        [`/manifest.json`, 'application/json'],
      ].map(([name, type]) => [`PUT /films/imdb/title.ratings/${added.id}${String(name)}`, type]),
    );
  });

  test('that does not arrive whole makes no snapshot', async () => {
    server.trick({ on: /^HEAD .*zst/u, refuse: { status: 200, xml: 'short' } });
    await expect(
      store.add(added, await downloadedFilesWithCopy(store, 'text')),
    ).rejects.toMatchObject({
      code: 'store-fault',
    });
    expect(await store.list()).toEqual([]);
    expect(await readdir(await store.downloadFolder(dataset))).toHaveLength(2);
  });

  test('is asked for once, and the archive too where there is none', async () => {
    await store.add(added, await downloadedFilesWithCopy(store, 'text'));
    server.forget();
    expect(await textOf(await store.openContent(added))).toBe('text');
    expect(server.requests).toHaveLength(1);
    await store.removeZstdCopy(added);
    server.forget();
    expect(await textOf(await store.openContent(added))).toBe('text');
    expect(server.seen(/^GET /u).map(({ what }) => what.replace(/.*\.|\?.*/gu, ''))).toEqual([
      'zst',
      'gz',
    ]);
    expect(server.requests).toHaveLength(2);
  });

  test('is read through broken connections', async () => {
    const text = large.subarray(0, 5 * MB).toString('hex');
    await store.add(added, await downloadedFilesWithCopy(store, text));
    server.trick(
      { on: /^GET .*zst/u, cutAfter: 0, times: 2 },
      { on: /^GET .*zst/u, cutAfter: 1_000_000, times: 2 },
    );
    expect((await textOf(await store.openContent(added))) === text).toBe(true);
  });

  test('that is not there is not removed again', async () => {
    await store.add(added, await downloadedFiles(store));
    await store.removeZstdCopy(added);
    expect(server.seen(/^DELETE /u)).toEqual([]);
  });
});

describe('a body that breaks off', () => {
  const content = randomBytes(5 * MB);

  beforeEach(async () => {
    await store.add(added, await downloadedFiles(store, content));
    server.forget();
  });

  test('is asked for from there on, as long as it is the same object', async () => {
    server.trick({ on: /^GET /u, cutAfter: 1_000_000, times: 2 });
    expect((await buffer(store.openArchive(added))).equals(content)).toBe(true);
    const [first, ...more] = server.seen(/^GET /u);
    expect(first?.headers).not.toHaveProperty('range');
    expect(more.map(({ headers }) => headers.range)).toEqual(['bytes=1000000-', 'bytes=2000000-']);
    for (const { headers } of more) expect(headers['if-match']).toMatch(/^"[0-9a-f]+"$/u);
  });

  test('any number of times is no harm as long as bytes arrive', async () => {
    server.trick({ on: /^GET /u, cutAfter: 500_000, times: 9 });
    expect((await buffer(store.openArchive(added))).equals(content)).toBe(true);
    expect(server.seen(/^GET /u)).toHaveLength(10);
  });

  test('is given up after some attempts that bring nothing, and may be read later', async () => {
    server.trick({ on: /^GET /u, cutAfter: 1_000_000 }, { on: /^GET /u, cutAfter: 0, times: 100 });
    await expect(buffer(store.openArchive(added))).rejects.toMatchObject({
      code: 'store-unreachable',
      retryable: true,
      message: expect.stringContaining(
        'cannot be read beyond 1000000 bytes, and 5 more attempts brought nothing',
      ) as string,
    });
  });

  test('is not put together with another object', async () => {
    const key = `imdb/${dataset}/${added.id}/title.ratings.tsv.gz`;
    server.trick(
      { on: /^GET /u, cutAfter: 1_000_000 },
      { on: /^GET /u, then: () => put(key, 'another') },
    );
    await expect(buffer(store.openArchive(added))).rejects.toMatchObject({
      code: 'snapshot-gone',
      retryable: false,
    });
  });

  test('ends the work when the object is removed meanwhile', async () => {
    const Key = `imdb/${dataset}/${added.id}/title.ratings.tsv.gz`;
    server.trick(
      { on: /^GET /u, cutAfter: 1_000_000 },
      {
        on: /^GET /u,
        then: () => client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key })),
      },
    );
    await expect(buffer(store.openArchive(added))).rejects.toMatchObject({
      code: 'snapshot-gone',
      message: expect.stringContaining('it is not there') as string,
    });
  });

  test.each([
    ['before it answers', { silent: true }],
    ['within the body', { hangAfter: 1_000_000 }],
  ] as const)(
    'is let go when nobody reads it any more, though S3 says nothing: %s',
    async (_, trick) => {
      const asked = Promise.withResolvers<undefined>();
      const gone = Promise.withResolvers<undefined>();
      server.trick({
        on: /^GET /u,
        ...trick,
        then: ({ raw }) => {
          raw.socket.once('close', () => gone.resolve(undefined));
          asked.resolve(undefined);
        },
      });
      const reading = store.openArchive(added);
      let bytes = 0;
      reading.on('data', (chunk: Buffer) => (bytes += chunk.length));
      await asked.promise;
      while (bytes < ('hangAfter' in trick ? trick.hangAfter : 0)) await once(reading, 'data');
      reading.destroy();
      await gone.promise;
    },
  );
});

describe('a downloader that is killed', () => {
  /** Adds a large snapshot in another process, and kills it at its first request of this kind. */
  async function killAt(on: RegExp): Promise<void> {
    const files = {
      archive: await downloadedFile(store, large),
      zstdCopy: await downloadedFile(store, 'quick'),
    };
    const reached = Promise.withResolvers<undefined>();
    server.trick({ on, silent: true, then: () => reached.resolve(undefined) });
    const args = [
      JSON.stringify({
        url: `s3://${server.bucket}/imdb`,
        region: 'us-east-1',
        endpoint: server.endpoint,
        scratch,
      }),
      JSON.stringify(added),
      JSON.stringify(files),
    ];
    const child = fork(fileURLToPath(new URL('../testing/add-to-s3.ts', import.meta.url)), args, {
      execArgv: ['--conditions=@marquee/source'],
    });
    const ended = once(child, 'exit');
    await Promise.race([reached.promise, ended]);
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    server.forget();
  }

  test('between upload and manifest leaves nothing that is seen', async () => {
    await killAt(/^PUT .*manifest\.json/u);
    expect(await store.list()).toEqual([]);
    expect(await store.newest(dataset)).toBeNull();
    expect(await store.find(dataset, added.id)).toBeNull();
    // the verified files are still here, to be added again
    expect(await readdir(await store.downloadFolder(dataset))).toHaveLength(2);
  });

  test('leaves files without a manifest, which are removed by the first add a day later', async () => {
    await killAt(/^PUT .*manifest\.json/u);
    await store.add(later, await downloadedFiles(store));
    expect(server.seen(/^DELETE /u)).toEqual([]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25 * 3600 * 1000 });
    try {
      await store.add(madeUpManifest('2026-08-17T00:00:00Z'), await downloadedFiles(store));
    } finally {
      vi.useRealTimers();
    }
    expect(server.seen(/^DELETE /u).map(({ what }) => what.replace(/\?.*/u, ''))).toEqual(
      ['gz', 'zst'].map(
        (compression) =>
          `DELETE /films/imdb/title.ratings/${added.id}/title.ratings.tsv.${compression}`,
      ),
    );
    expect((await store.list()).map(({ id }) => id)).toEqual([
      later.id,
      'title.ratings-20260817T000000Z-aaaaaaaa',
    ]);
  });

  test('leaves an unfinished upload, which is broken off by the next add of the dataset', async () => {
    await killAt(/partNumber=5/u);
    expect(server.unfinished).toHaveLength(1);
    await store.add(
      madeUpManifest('2026-08-16T00:00:00Z', 'c', 'title.crew'),
      await downloadedFiles(store, 'x', 'title.crew'),
    );
    await open({ url: `s3://${server.bucket}/other` }).add(later, await downloadedFiles(store));
    expect(server.unfinished).toHaveLength(1);
    await store.add(later, await downloadedFiles(store));
    expect(server.unfinished).toEqual([]);
    expect(await store.newest(dataset)).toEqual(later);
    expect(warnings).toEqual([]);
  });

  test('or rather is not, and finds its upload broken off by the next one: it has been taken over', async () => {
    const next = await downloadedFile(store, large.subarray(0, 65 * MB));
    server.trick({ on: /partNumber=5/u, then: () => open().add(later, { archive: next }) });
    await expect(store.add(added, await downloadedFiles(store, large))).rejects.toMatchObject({
      code: 'taken-over',
      retryable: true,
    });
    expect(await store.list()).toEqual([later]);
    expect(server.unfinished).toEqual([]);
  });
});

describe('what is no snapshot', () => {
  test('is left out by its name, and left alone', async () => {
    await store.add(added, await downloadedFiles(store));
    const keys = [
      'title.ratings/readme.txt',
      'title.ratings/old/manifest.json',
      `title.ratings/${later.id}.bak/manifest.json`,
      `title.ratings/${later.id}/more/manifest.json`,
    ];
    for (const key of keys) await put(`imdb/${key}`, '{}');
    expect(await store.list()).toEqual([added]);
    expect(await store.newest(dataset)).toEqual(added);
    expect(warnings).toEqual([]);
    server.forget();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25 * 3600 * 1000 });
    await store
      .add(madeUpManifest('2026-08-17T00:00:00Z'), await downloadedFiles(store))
      .finally(() => vi.useRealTimers());
    expect(server.seen(/^DELETE /u)).toEqual([]);
  });

  test.each([
    ['torn', '{'],
    ['of another snapshot', JSON.stringify(added)],
  ])('is left out with a warning: a manifest %s', async (_, text) => {
    await store.add(added, await downloadedFiles(store));
    await put(`imdb/${dataset}/${later.id}/manifest.json`, text);
    expect(await store.newest(dataset)).toEqual(added);
    expect(await store.list()).toEqual([added]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain(
      `The snapshot s3://films/imdb/title.ratings/${later.id}/title.ratings.tsv.gz is left out`,
    );
  });
});

describe('a store that refuses', () => {
  /** The error of each thing that can be asked of a store. */
  async function errorsOf(refusing: S3SnapshotStore): Promise<unknown[]> {
    const file = await downloadedFile(store);
    const asked = [
      () => refusing.add(added, { archive: file }),
      () => refusing.newest(dataset),
      () => refusing.find(dataset, added.id),
      () => refusing.list(),
      () => refusing.remove(added),
      () => buffer(refusing.openArchive(added)),
      () => refusing.openContent(added),
    ];
    const errors: unknown[] = [];
    for (const ask of asked)
      errors.push(
        await ask().then(
          () => 'no error',
          (error: unknown) => error,
        ),
      );
    expect(await readdir(await store.downloadFolder(dataset))).toHaveLength(1);
    return errors;
  }

  test.each([
    ['InvalidAccessKeyId', '<AWSAccessKeyId>AKIAADA</AWSAccessKeyId>'],
    [
      'SignatureDoesNotMatch',
      '<AWSAccessKeyId>AKIAADA</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256</StringToSign>',
    ],
    ['AccessDenied', ''],
  ])('credentials says so without them: %s', async (code, more) => {
    server.trick({
      on: /./u,
      times: 100,
      refuse: {
        status: 403,
        xml: `<Error><Code>${code}</Code><Message>No.</Message>${more}</Error>`,
      },
    });
    for (const error of await errorsOf(store)) {
      expect(error).toMatchObject({
        code: 'store-refused',
        retryable: false,
        message: expect.stringContaining(`answered with status 403 (${code}).`) as string,
      });
      expect(error).toMatchObject({
        message: expect.stringContaining('s3://films') as string,
        hint: expect.stringContaining('Check the credentials') as string,
      });
      for (const shown of [String(error), JSON.stringify(error), (error as Error).stack])
        expect(shown).not.toMatch(/AKIAADA|a-secret/u);
      expect(inspect(error)).not.toContain('a-secret');
    }
    for (const warning of warnings) expect(warning).not.toMatch(/AKIAADA|a-secret/u);
  });

  test('a bucket that is not there says so', async () => {
    for (const error of await errorsOf(open({ url: 's3://nowhere/imdb' }))) {
      expect(error).toMatchObject({
        code: 'store-missing',
        retryable: false,
        message: expect.stringMatching(/s3:\/\/nowhere.*: there is no such bucket\.$/u) as string,
      });
    }
  });

  test('because there are no credentials says where they are looked for', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(scratch, 'none'));
    vi.stubEnv('AWS_CONFIG_FILE', join(scratch, 'none'));
    try {
      for (const error of await errorsOf(open()))
        expect(error).toMatchObject({
          code: 'store-credentials',
          retryable: false,
          hint: expect.stringContaining('AWS_ACCESS_KEY_ID') as string,
        });
    } finally {
      vi.unstubAllEnvs();
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAADA');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a-secret');
    }
  });

  test('because nobody listens may be tried again', async () => {
    const placeholder = createServer().listen(0, '127.0.0.1');
    await once(placeholder, 'listening');
    const { port } = placeholder.address() as AddressInfo;
    placeholder.close();
    await expect(open({ endpoint: `http://127.0.0.1:${port}` }).list()).rejects.toMatchObject({
      code: 'store-unreachable',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });
});
