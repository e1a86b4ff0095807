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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
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
/** Accesses the bucket directly. */
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
  it(
    'of 70 MB is uploaded in parts, comes back unchanged, and has its SHA-256 as metadata',
    { tags: ['long'] },
    async () => {
      await store.add(added, await downloadedFiles(store, large));
      expect(server.seen(/^PUT .*partNumber=/u)).toHaveLength(9);
      expect(server.seen(/^POST .*\?uploads/u)[0]?.headers).toMatchObject({
        'x-amz-meta-sha256': added.sha256,
      });
      expect(server.unfinished).toEqual([]);
      expect((await buffer(store.openArchive(added))).equals(large)).toBe(true);
    },
  );

  it('of less than 64 MB is uploaded in one request', async () => {
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

  const ENCRYPTIONS = [
    [{ encryption: 'AES256' }, { 'x-amz-server-side-encryption': 'AES256' }],
    [
      { encryption: 'aws:kms', kmsKey: 'key-1' },
      {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
      },
    ],
  ] as const;

  it.each(ENCRYPTIONS)(
    'and its manifest are encrypted as configured: %j',
    async (options, headers) => {
      await open(options).add(added, await downloadedFiles(store, 'small'));
      const written = server.seen(/^PUT /u);
      expect(written).toHaveLength(2);
      for (const request of written) expect(request.headers).toMatchObject(headers);
    },
  );

  it.each(ENCRYPTIONS)(
    'that is uploaded in parts is encrypted too: %j',
    { tags: ['long'] },
    async (options, headers) => {
      await open(options).add(later, await downloadedFiles(store, large));
      const written = [
        ...server.seen(/^PUT (?!.*partNumber)/u),
        ...server.seen(/^POST .*\?uploads/u),
      ];
      expect(written).toHaveLength(2);
      for (const request of written) expect(request.headers).toMatchObject(headers);
    },
  );

  it('is not encrypted by default', async () => {
    await store.add(added, await downloadedFiles(store));
    for (const { headers } of server.requests)
      expect(headers).not.toHaveProperty('x-amz-server-side-encryption');
  });

  it('that arrives truncated makes no snapshot', async () => {
    server.trick({ on: /^HEAD /u, refuse: { status: 200, xml: 'short' } });
    const file = await downloadedFile(store);
    await expect(store.add(added, { archive: file })).rejects.toMatchObject({
      code: 'store-fault',
      message: expect.stringContaining('has 5 bytes, but 100 were sent.') as string,
    });
    expect(await store.list()).toEqual([]);
    expect((await stat(file)).size).toBe(100);
  });

  it('that another download has taken over makes no snapshot', async () => {
    const file = await downloadedFile(store);
    server.trick({ on: /^HEAD /u, then: () => rm(file) });
    await expect(store.add(added, { archive: file })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await store.list()).toEqual([]);
  });

  it('stays in place when the upload is aborted', async () => {
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

  it('is uploaded even if single requests fail', async () => {
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
  it('is stored before the manifest', async () => {
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

  it('that arrives truncated makes no snapshot', async () => {
    server.trick({ on: /^HEAD .*zst/u, refuse: { status: 200, xml: 'short' } });
    await expect(
      store.add(added, await downloadedFilesWithCopy(store, 'text')),
    ).rejects.toMatchObject({
      code: 'store-fault',
    });
    expect(await store.list()).toEqual([]);
    expect(await readdir(await store.downloadFolder(dataset))).toHaveLength(2);
  });

  it('is requested once, and the archive once if there is none', async () => {
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

  it('is read through broken connections', async () => {
    const text = large.subarray(0, 5 * MB).toString('hex');
    await store.add(added, await downloadedFilesWithCopy(store, text));
    server.trick(
      { on: /^GET .*zst/u, cutAfter: 0, times: 2 },
      { on: /^GET .*zst/u, cutAfter: 1_000_000, times: 2 },
    );
    expect((await textOf(await store.openContent(added))) === text).toBe(true);
  });

  it('that does not exist is not deleted', async () => {
    await store.add(added, await downloadedFiles(store));
    await store.removeZstdCopy(added);
    expect(server.seen(/^DELETE /u)).toEqual([]);
  });
});

describe('a response body that is cut off', () => {
  const content = randomBytes(5 * MB);

  beforeEach(async () => {
    await store.add(added, await downloadedFiles(store, content));
    server.forget();
  });

  it('is resumed from there, as long as it is the same object', async () => {
    server.trick({ on: /^GET /u, cutAfter: 1_000_000, times: 2 });
    expect((await buffer(store.openArchive(added))).equals(content)).toBe(true);
    const [first, ...more] = server.seen(/^GET /u);
    expect(first?.headers).not.toHaveProperty('range');
    expect(more.map(({ headers }) => headers.range)).toEqual(['bytes=1000000-', 'bytes=2000000-']);
    for (const { headers } of more) expect(headers['if-match']).toMatch(/^"[0-9a-f]+"$/u);
  });

  it('is resumed any number of times, as long as bytes arrive', async () => {
    server.trick({ on: /^GET /u, cutAfter: 500_000, times: 9 });
    expect((await buffer(store.openArchive(added))).equals(content)).toBe(true);
    expect(server.seen(/^GET /u)).toHaveLength(10);
  });

  it('fails as retryable after five attempts without progress', async () => {
    server.trick({ on: /^GET /u, cutAfter: 1_000_000 }, { on: /^GET /u, cutAfter: 0, times: 100 });
    await expect(buffer(store.openArchive(added))).rejects.toMatchObject({
      code: 'store-unreachable',
      retryable: true,
      message: expect.stringContaining(
        'cannot be read beyond byte 1000000, after 5 more attempts without progress',
      ) as string,
    });
  });

  it('is not joined with another object', async () => {
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

  it('fails when the object is removed in the meantime', async () => {
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
      message: expect.stringContaining('it does not exist') as string,
    });
  });

  it.each([
    ['before the response', { silent: true }],
    ['within the body', { hangAfter: 1_000_000 }],
  ] as const)('is closed when its reader stops, even if S3 stalls: %s', async (_, trick) => {
    const requested = Promise.withResolvers<undefined>();
    const closed = Promise.withResolvers<undefined>();
    server.trick({
      on: /^GET /u,
      ...trick,
      then: ({ raw }) => {
        raw.socket.once('close', () => closed.resolve(undefined));
        requested.resolve(undefined);
      },
    });
    const reading = store.openArchive(added);
    let bytes = 0;
    reading.on('data', (chunk: Buffer) => (bytes += chunk.length));
    await requested.promise;
    while (bytes < ('hangAfter' in trick ? trick.hangAfter : 0)) await once(reading, 'data');
    reading.destroy();
    await closed.promise;
  });
});

describe('a downloader that is killed', () => {
  /** Adds a large snapshot in another process, and kills it at the first matching request. */
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
    const child = fork(
      fileURLToPath(new URL('../testing/test-add-to-s3.ts', import.meta.url)),
      args,
      {
        execArgv: ['--conditions=@marquee/source'],
      },
    );
    const exit = once(child, 'exit');
    await Promise.race([reached.promise, exit]);
    child.kill('SIGKILL');
    expect(await exit).toEqual([null, 'SIGKILL']);
    server.forget();
  }

  it('between upload and manifest makes no snapshot', async () => {
    await killAt(/^PUT .*manifest\.json/u);
    expect(await store.list()).toEqual([]);
    expect(await store.newest(dataset)).toBeNull();
    expect(await store.find(dataset, added.id)).toBeNull();
    // the verified files are still there, to be added again
    expect(await readdir(await store.downloadFolder(dataset))).toHaveLength(2);
  });

  it(
    'leaves files without a manifest, which the first add a day later removes',
    { tags: ['long'] },
    async () => {
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
    },
  );

  it(
    'leaves an unfinished upload, which the next add of the dataset aborts',
    { tags: ['long'] },
    async () => {
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
    },
  );

  it(
    'but lives on finds its upload aborted by the next one: it was taken over',
    { tags: ['long'] },
    async () => {
      const next = await downloadedFile(store, large.subarray(0, 65 * MB));
      server.trick({ on: /partNumber=5/u, then: () => open().add(later, { archive: next }) });
      await expect(store.add(added, await downloadedFiles(store, large))).rejects.toMatchObject({
        code: 'taken-over',
        retryable: true,
      });
      expect(await store.list()).toEqual([later]);
      expect(server.unfinished).toEqual([]);
    },
  );
});

describe('an object that is not part of a snapshot', () => {
  it('is ignored by its name, and never removed', async () => {
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

  it.each([
    ['that is truncated', '{'],
    ['of another snapshot', JSON.stringify(added)],
  ])('is skipped with a warning: a manifest %s', async (_, text) => {
    await store.add(added, await downloadedFiles(store));
    await put(`imdb/${dataset}/${later.id}/manifest.json`, text);
    expect(await store.newest(dataset)).toEqual(added);
    expect(await store.list()).toEqual([added]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain(
      `The snapshot s3://films/imdb/title.ratings/${later.id}/title.ratings.tsv.gz is skipped`,
    );
  });
});

describe('a store that fails', () => {
  /** The error of each operation of a store. */
  async function errorsOf(failing: S3SnapshotStore): Promise<unknown[]> {
    const file = await downloadedFile(store);
    const operations = [
      () => failing.add(added, { archive: file }),
      () => failing.newest(dataset),
      () => failing.find(dataset, added.id),
      () => failing.list(),
      () => failing.remove(added),
      () => buffer(failing.openArchive(added)),
      () => failing.openContent(added),
    ];
    const errors: unknown[] = [];
    for (const run of operations)
      errors.push(
        await run().then(
          () => 'no error',
          (error: unknown) => error,
        ),
      );
    expect(await readdir(await store.downloadFolder(dataset))).toHaveLength(1);
    return errors;
  }

  it.each([
    ['InvalidAccessKeyId', '<AWSAccessKeyId>AKIAADA</AWSAccessKeyId>'],
    [
      'SignatureDoesNotMatch',
      '<AWSAccessKeyId>AKIAADA</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256</StringToSign>',
    ],
    ['AccessDenied', ''],
  ])('for its credentials says so without showing them: %s', async (code, more) => {
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

  it('because the bucket does not exist says so', async () => {
    for (const error of await errorsOf(open({ url: 's3://nowhere/imdb' }))) {
      expect(error).toMatchObject({
        code: 'store-missing',
        retryable: false,
        message: expect.stringMatching(/s3:\/\/nowhere.*: the bucket does not exist\.$/u) as string,
      });
    }
  });

  it('because it has no credentials says how to set them', async () => {
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

  it('because nothing listens is retryable', async () => {
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
