import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createTestDatabase, useTestDatabase } from '@marquee/catalogue/testing';
import type { Pool } from 'pg';
import { extract, pack } from 'tar-stream';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { backUp, type BackUpOptions } from './back-up.ts';
import { restore } from './restore.ts';

const database = useTestDatabase();

/** Rows with what COPY has to escape, and a delivery that refers to its webhook. */
beforeEach(async () => {
  await database.pool.query(`
    insert into access.key (id, name, role, hash) values ('019aaaaa-0000-7000-8000-000000000001', E'a\\tb\\\\N', 'admin', decode(repeat('0a', 32), 'hex'));
    insert into access.webhook (url, secret, seen_id) values ('https://films.example/hook', '\\x00ff', 7);
    insert into access.webhook_delivery (webhook_id, type, body) select id, 'test', '{}' from access.webhook;
    insert into access.audit (method, path, asked) values ('POST', '/keys', '{"name": "é"}');
    select setval('ingest.change_id', 700);
    insert into sources.source (id, definition, definition_hash, origin, priority, taken) values ('mine', '{"id": "mine"}', sha256('mine'), 'api', 10, '{"ratings": 1}');
    insert into sources.delivery (source, file, name, sha256, bytes, received_by, state) values ('mine', 'ratings', 'ratings.csv', sha256('delivery'), 3, 'ada', 'taken');
    insert into sources.record (source, id, delivery, line, hash, record, raw) values ('mine', '1', 1, 2, sha256('1'), '{"title": "The Comet"}', '{}');
    insert into sources.decision (source, record_id, kind, movie, decided_by) values ('mine', '1', 'same', 'tt0000001', 'ada');
    insert into sources.match (source, record_id, movie, state, method, rule_version, decision) values ('mine', '1', 'tt0000001', 'matched', 'decision', 1, 1);
    insert into movies.movie (id, version, sources, search_text, document, provenance) values ('tt0000001', 1, '{mine}', 'comet', '{}', '{}');
    insert into movies.change (movie, version, cause) values ('tt0000001', 1, '{}'), ('tt0000001', 2, '{}');
    insert into movies.redirect (id, movie) values ('mq1', 'tt0000001');
    insert into movies.rule (field, rule, version, set_by) values ('title', '{"kind": "newest"}', 1, 'ada');
    insert into movies.lock (movie, field, value, locked_by) values ('tt0000001', 'title', '"Comet"', 'ada');
    insert into movies.picture (entity, kind, sha256, media_type, width, height, bytes, source, added_by) values
      ('tt0000001', 'poster', sha256('uploaded'), 'image/png', 1, 1, 8, null, 'ada'), ('tt0000001', 'poster', sha256('delivered'), 'image/png', 1, 1, 9, 'mine', 'mine');`);
});

async function backupOf(options: BackUpOptions = {}): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const output = new Writable({
    write(chunk: Buffer, _, callback) {
      chunks.push(chunk);
      callback();
    },
  });
  const client = await database.pool.connect();
  await backUp(client, output, options).finally(() => client.release());
  return Buffer.concat(chunks);
}

/** Restores into a database. */
async function restoreInto(pool: Pool, backup: Buffer, replace = false, snapshots?: string) {
  const client = await pool.connect();
  const options = { replace, storeFolder: snapshots ?? null };
  return restore(client, Readable.from([backup]), options).finally(() => client.release());
}

/** An empty database beside the one that is backed up. */
async function another(): Promise<Pool> {
  const other = await createTestDatabase();
  onTestFinished(async () => other.remove());
  return other.pool;
}

const ACCESS = ['key', 'webhook', 'webhook_delivery', 'audit'].map((name) => `access.${name}`);
const KEPT = [
  ...['source', 'delivery', 'announcement', 'poll', 'decision'].map((name) => `sources.${name}`),
  ...['redirect', 'rule', 'lock', 'picture'].map((name) => `movies.${name}`),
];

async function contentOf(pool: Pool): Promise<unknown> {
  const contents = [...ACCESS, ...KEPT].map(async (table) => {
    const { rows } = await pool.query(
      `select to_jsonb(t) - 'taken' as row from ${table} t where to_jsonb(t) ->> 'path' is distinct from '/restore' order by 1`,
    );
    return rows as unknown[];
  });
  return Promise.all(contents);
}

/** The same backup with other entries. @param change returns the new content; null to leave it out */
async function altered(
  backup: Buffer,
  change: (name: string, content: Buffer) => Buffer | string | null,
): Promise<Buffer> {
  const archive = pack();
  const entries = extract();
  Readable.from([backup]).pipe(entries);
  for await (const entry of entries) {
    const content = change(entry.header.name, await buffer(entry));
    if (content !== null) archive.entry({ name: entry.header.name }, content);
  }
  archive.finalize();
  return buffer(archive);
}

/** The same backup with another manifest, whose checksum is right. */
async function withManifest(backup: Buffer, values: object): Promise<Buffer> {
  let manifest = '';
  return altered(backup, (name, content) => {
    if (name === 'backup.json') {
      const old = JSON.parse(content.toString()) as object;
      manifest = JSON.stringify({ ...old, ...values });
      return manifest;
    }
    if (name !== 'checksums.json') return content;
    const hash = createHash('sha256').update(manifest).digest('hex');
    const checksums = JSON.parse(content.toString()) as object;
    return JSON.stringify({ ...checksums, 'backup.json': hash });
  });
}

describe('a backup', () => {
  it('restores keys, decisions, rules and locks, and the positions in the change feeds, to an empty database', async () => {
    const pool = await another();
    await restoreInto(pool, await backupOf({ settings: 'API_PORT=3000\n' }));
    expect(await contentOf(pool)).toEqual(await contentOf(database.pool));
    const { rows } = await pool.query(
      `select nextval('ingest.change_id')::int as next, nextval('movies.change_id_seq')::int as movie,
         nextval('sources.delivery_id_seq')::int as delivery, (select changes_gone::int from movies.progress) as gone`,
    );
    expect(rows).toEqual([{ next: 701, movie: 3, delivery: 2, gone: 2 }]);
  });

  it('leaves records, matches and movies to be made again from what it restores', async () => {
    await restoreInto(database.pool, await backupOf(), true);
    const { rows } = await database.pool.query(
      `select (select count(*)::int from sources.record) as records, (select count(*)::int from sources.match) as matches,
         (select count(*)::int from movies.movie) as movies, (select taken from sources.source) as taken,
         array(select movie from movies.pending) as pending`,
    );
    expect(rows).toEqual([
      { records: 0, matches: 0, movies: 0, taken: null, pending: ['tt0000001'] },
    ]);
  });

  it('has the tables that nothing else holds, and the settings as they are', async () => {
    const names: string[] = [];
    await altered(await backupOf({ settings: 'A="b c"\n' }), (name, content) => {
      names.push(name);
      if (name === 'settings.env') expect(content.toString()).toBe('A="b c"\n');
      return content;
    });
    const { rows } = await database.pool.query<{ name: string }>(
      `select 'access/' || relname || '.copy.gz' as name from pg_class where relnamespace = 'access'::regnamespace and relkind = 'r'`,
    );
    const files = ['backup.json', 'settings.env', 'checksums.json'];
    const kept = KEPT.map((table) => `${table.replace('.', '/')}.copy.gz`);
    expect(names.sort()).toEqual([...files, ...rows.map(({ name }) => name), ...kept].sort());
  });

  it('replaces keys and webhooks only on request', async () => {
    const backup = await backupOf();
    await database.pool.query(`update access.key set name = 'later'`);
    const before = await contentOf(database.pool);
    await expect(restoreInto(database.pool, backup)).rejects.toMatchObject({
      message: 'The database has 1 keys, 1 webhooks and 1 deliveries of sources.',
      hint: expect.stringContaining('FORCE=1') as string,
    });
    expect(await contentOf(database.pool)).toEqual(before);
    await restoreInto(database.pool, backup, true);
    const { rows } = await database.pool.query('select name from access.key');
    expect(rows).toEqual([{ name: 'a\tb\\N' }]);
  });

  it('restores uploaded pictures always, and deliveries and their pictures on request', async () => {
    const [from, to, whole] = await Promise.all(
      ['from', 'to', 'whole'].map(async (name) =>
        mkdtemp(join(tmpdir(), `marquee-backup-${name}-`)),
      ),
    );
    onTestFinished(async () => {
      for (const folder of [from, to, whole]) await rm(folder ?? '', { recursive: true });
    });
    const pathOf = (folder: string, name: string) => {
      const sha256 = createHash('sha256').update(name).digest('hex');
      return join(folder, sha256.slice(0, 2), sha256);
    };
    const paths = [
      pathOf('pictures', 'uploaded'),
      pathOf('pictures', 'delivered'),
      pathOf('deliveries', 'delivery'),
    ];
    for (const path of paths) {
      await mkdir(join(from ?? '', path, '..'), { recursive: true });
      await writeFile(join(from ?? '', path), path);
    }
    const filesIn = async (folder = '') =>
      (await readdir(folder, { recursive: true })).filter((path) => /[0-9a-f]{64}$/u.test(path));
    const few = await restoreInto(
      await another(),
      await backupOf({ storeFolder: from }),
      false,
      to,
    );
    expect(few).toMatchObject({ files: 1, snapshots: 0 });
    expect(await filesIn(to)).toEqual(paths.slice(0, 1));
    expect(await readFile(join(to ?? '', paths[0] ?? ''), 'utf8')).toBe(paths[0]);
    const all = await backupOf({ storeFolder: from, whole: true });
    expect(await restoreInto(await another(), all, false, whole)).toMatchObject({ files: 3 });
    expect((await filesIn(whole)).sort()).toEqual(paths.toSorted());
    expect(await restoreInto(await another(), all, false, whole)).toMatchObject({ files: 0 });
  });

  it('restores snapshots that are not there, without their copies in another compression', async () => {
    const [from, to] = await Promise.all(
      ['from', 'to'].map(async (name) => mkdtemp(join(tmpdir(), `marquee-backup-${name}-`))),
    );
    onTestFinished(async () => {
      for (const folder of [from, to]) await rm(folder ?? '', { recursive: true });
    });
    const snapshot = join(from ?? '', 'title.crew', 'title.crew-1');
    await mkdir(snapshot, { recursive: true });
    for (const file of ['manifest.json', 'title.crew.tsv.gz', 'title.crew.tsv.zst'])
      await writeFile(join(snapshot, file), `${file}\n`.repeat(20_000));
    const backup = await backupOf({ storeFolder: from, whole: true });
    const pool = await another();
    expect(await restoreInto(pool, backup, false, to)).toMatchObject({ snapshots: 1 });
    const restored = join(to ?? '', 'title.crew', 'title.crew-1');
    expect(await readFile(join(restored, 'title.crew.tsv.gz'))).toEqual(
      await readFile(join(snapshot, 'title.crew.tsv.gz')),
    );
    await expect(readFile(join(restored, 'title.crew.tsv.zst'))).rejects.toThrow('ENOENT');
    expect(await restoreInto(pool, backup, true, to)).toMatchObject({ snapshots: 0 });
  });

  it.each<[string, (backup: Buffer) => Buffer | Promise<Buffer>, RegExp]>([
    ['ends too soon', (backup) => backup.subarray(0, backup.length - 3000), /cannot be restored/u],
    ['is empty', () => Buffer.alloc(0), /its end is missing/u],
    ['is no archive', () => Buffer.from('select 1;\n'.repeat(200)), /cannot be restored/u],
    [
      'has another content than it had',
      async (backup) =>
        altered(backup, (name, content) =>
          name === 'settings.env' ? 'API_HOST=0.0.0.0' : content,
        ),
      /the checksum of settings\.env/u,
    ],
    [
      'lacks a table',
      async (backup) =>
        altered(backup, (name, content) => (name === 'access/key.copy.gz' ? null : content)),
      /the checksum of access\/key\.copy\.gz/u,
    ],
    ['has a newer format', async (backup) => withManifest(backup, { format: 3 }), /format 3/u],
    [
      'is of a newer version',
      async (backup) => withManifest(backup, { migrations: ['Later9999999999999'] }),
      /newer version: Later9999999999999/u,
    ],
  ])('is refused if it %s, and changes nothing', async (_, change, message) => {
    const backup = await change(await backupOf({ settings: 'API_PORT=3000' }));
    const before = await contentOf(database.pool);
    await expect(restoreInto(database.pool, backup, true)).rejects.toThrow(message);
    expect(await contentOf(database.pool)).toEqual(before);
  });
});
