import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createTestDatabase, useTestDatabase } from '@marquee/catalogue/testing';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Pool } from 'pg';
import { extract, pack } from 'tar-stream';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openFileStores } from './config.ts';
import { backUp, type BackUpOptions } from './back-up.ts';
import { decrypting } from './encryption.ts';
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
    insert into ingest.run (id, kind, state, datasets, ended_at) values ('019bbbbb-0000-7000-8000-000000000001', 'update', 'succeeded', '{title.ratings}', now());
    create table ingest.change_019bbbbb000070008000000000000001 partition of ingest.change for values in ('019bbbbb-0000-7000-8000-000000000001');
    insert into ingest.change (id, run_id, dataset, kind, key, after) values (699, '019bbbbb-0000-7000-8000-000000000001', 'title.ratings', 'insert', 'tt0000001', '{"num_votes": 5}');
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

/** The stores in a folder. */
async function storesOf(folder: string) {
  const config = { SNAPSHOT_DIR: folder, SNAPSHOT_S3_REGION: 'us-east-1' };
  return openFileStores(config, () => undefined);
}

/** Restores into a database. */
async function restoreInto(pool: Pool, backup: Buffer, replace = false, snapshots?: string) {
  const client = await pool.connect();
  const stores = snapshots === undefined ? null : await storesOf(snapshots);
  return restore(client, Readable.from([backup]), { replace, stores }).finally(() =>
    client.release(),
  );
}

/** An empty database beside the one that is backed up. */
async function another(): Promise<Pool> {
  const other = await createTestDatabase();
  onTestFinished(async () => other.remove());
  return other.pool;
}

/** The tables of a backup: all that does not follow from snapshots. */
async function tablesOf(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
     where c.relkind in ('r', 'p') and c.relnamespace = any (array['access', 'events', 'ingest', 'movies', 'sources']::regnamespace[])
       and c.oid <> all (array['events.progress', 'ingest.data_control', 'ingest.hand_write', 'ingest.migration', 'ingest.staged', 'movies.picture_size']::regclass[])
     order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** All rows but those of the restore itself. */
async function contentOf(pool: Pool): Promise<unknown> {
  const contents = (await tablesOf(pool)).map(async (table) => {
    const { rows } = await pool.query(
      `select to_jsonb(t) - 'changes_gone' as row from ${table} t where to_jsonb(t) ->> 'path' is distinct from '/restore' order by 1`,
    );
    return [table, rows];
  });
  return Object.fromEntries(await Promise.all(contents)) as unknown;
}

type Contents = Readonly<Record<string, unknown[]>>;

async function manifestOf(backup: Buffer): Promise<unknown> {
  let manifest: unknown;
  await altered(backup, (name, content) => {
    if (name === 'backup.json') manifest = JSON.parse(content.toString());
    return content;
  });
  return manifest;
}

/**
 * The same backup with other entries, and their checksums.
 *
 * @param change returns the new content; null to leave it out
 */
async function altered(
  backup: Buffer,
  change: (name: string, content: Buffer) => Buffer | string | null,
  rename: (name: string) => string = (name) => name,
): Promise<Buffer> {
  const archive = pack();
  const entries = extract();
  Readable.from([backup]).pipe(entries);
  for await (const entry of entries) {
    const content = change(entry.header.name, await buffer(entry));
    if (content !== null) archive.entry({ name: rename(entry.header.name) }, content);
  }
  archive.finalize();
  return buffer(archive);
}

/** The start of a backup, with an entry of a terabyte. */
async function withHugeEntry(backup: Buffer, name: string): Promise<Buffer> {
  const huge = pack();
  huge.entry({ name, size: 2 ** 40 });
  const [header] = (await once(huge, 'data')) as [Buffer];
  if (name === 'backup.json') return header;
  const start = await altered(backup, (entry, content) =>
    ['rows.json', 'checksums.json'].includes(entry) ? null : content,
  );
  // an archive ends with two empty blocks
  return Buffer.concat([start.subarray(0, -1024), header]);
}

/** The same backup with checksums of its entries. */
async function withChecksums(backup: Buffer): Promise<Buffer> {
  const checksums: Record<string, string> = {};
  const archive = pack();
  const entries = extract();
  Readable.from([backup]).pipe(entries);
  for await (const entry of entries) {
    const content = await buffer(entry);
    checksums[entry.header.name] = createHash('sha256').update(content).digest('hex');
    archive.entry({ name: entry.header.name }, content);
  }
  archive.entry({ name: 'checksums.json' }, JSON.stringify(checksums));
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
  it('restores each row of the state to an empty database, and goes on after all positions given', async () => {
    const pool = await another();
    const backup = await backupOf({ settings: 'API_PORT=3000\n' });
    expect((await restoreInto(pool, backup)).settings).toBe('API_PORT=3000\n');
    // the row of what the feed no longer has is new
    const { 'movies.progress': progress, ...restored } = (await contentOf(pool)) as Contents;
    const { 'movies.progress': before, ...state } = (await contentOf(database.pool)) as Contents;
    expect(restored).toEqual(state);
    expect([before?.length, progress?.length]).toEqual([0, 1]);
    const { rows } = await pool.query(
      `select nextval('ingest.change_id')::int as next, nextval('movies.change_id_seq')::int as movie,
         nextval('sources.delivery_id_seq')::int as delivery, (select changes_gone::int from movies.progress) as gone`,
    );
    expect(rows).toEqual([
      { next: 1_000_000_701, movie: 1_000_000_003, delivery: 2, gone: 1_000_000_002 },
    ]);
  });

  it('keeps what is published, ends what was running, and renews cursors of events', async () => {
    await database.pool.query(
      `insert into ingest.run (id, kind, datasets) values ('019bbbbb-0000-7000-8000-000000000002', 'load', '{title.crew}')`,
    );
    const backup = await backupOf();
    await database.pool.query(`
      update ingest.run set state = 'succeeded', ended_at = now() where state = 'running';
      insert into ingest.run (id, kind, state, datasets, ended_at) values ('019bbbbb-0000-7000-8000-000000000003', 'load', 'succeeded', '{title.crew}', now());
      insert into ingest.snapshot (id, dataset, url, bytes, raw_bytes, sha256, rows, fetched_at) values ('title.crew-1', 'title.crew', 'http://x/', 1, 1, 'x', 1, now());
      update ingest.data_control set status = 'published', run_id = '019bbbbb-0000-7000-8000-000000000003', snapshot_id = 'title.crew-1', rows = 1, upload_date = now() where dataset = 'title.crew';
      delete from access.key;`);
    const published = async () =>
      (await database.pool.query<object>('select * from ingest.data_control order by dataset'))
        .rows;
    const before = await published();
    const epoch = async () =>
      (await database.pool.query<object>('select epoch from events.progress')).rows;
    const oldEpoch = await epoch();
    await restoreInto(database.pool, backup, true);
    expect(await published()).toEqual(before);
    expect(await epoch()).not.toEqual(oldEpoch);
    const { rows } = await database.pool.query(
      `select right(id::text, 1) as id, state, error ->> 'code' as code from ingest.run order by 1`,
    );
    expect(rows).toEqual([
      { id: '1', state: 'succeeded', code: null },
      { id: '2', state: 'failed', code: 'restored' },
      { id: '3', state: 'succeeded', code: null },
    ]);
    const triggers = await database.pool.query(`select from pg_trigger where tgenabled <> 'O'`);
    expect(triggers.rowCount).toBe(0);
  });

  it('restores what an older version has backed up, whose tables had fewer columns', async () => {
    const pool = await another();
    await database.pool.query('alter table movies.rule add column later text not null default 1');
    await restoreInto(database.pool, await backupOf(), true);
    await pool.query('alter table movies.rule add column later text not null default 2');
    await database.pool.query('alter table movies.rule drop column later');
    await restoreInto(pool, await backupOf());
    expect((await pool.query('select later from movies.rule')).rows).toEqual([{ later: '2' }]);
  });

  it('of format 2 leaves records, matches and movies to be made again from what it restores', async () => {
    const kept =
      /^(access|sources\/(source|delivery|announcement|poll|decision)|movies\/(redirect|rule|lock|picture))\//u;
    const manifest = (await manifestOf(await backupOf())) as {
      tables: { schema: string; name: string }[];
    };
    const tables = manifest.tables.filter(({ schema, name }) => kept.test(`${schema}/${name}/`));
    const old = await altered(
      await withManifest(await backupOf(), { format: 2, tables }),
      (name, content) =>
        name === 'rows.json' ||
        !/gz$|^backup/u.test(name) ||
        (name.endsWith('gz') && !kept.test(name))
          ? null
          : content,
      (name) => name.replace('/0.copy', '.copy'),
    );
    await restoreInto(database.pool, await withChecksums(old), true);
    const { rows } = await database.pool.query(
      `select (select count(*)::int from sources.record) as records, (select count(*)::int from sources.match) as matches,
         (select count(*)::int from movies.movie) as movies, (select taken from sources.source) as taken,
         (select count(*)::int from sources.decision) as decisions, array(select movie from movies.pending) as pending,
         (select name from access.key) as key`,
    );
    expect(rows).toEqual([
      {
        records: 0,
        matches: 0,
        movies: 0,
        taken: null,
        decisions: 1,
        pending: ['tt0000001'],
        key: 'a\tb\\N',
      },
    ]);
  });

  it('has each table, and the settings as they are', async () => {
    const names: string[] = [];
    await altered(await backupOf({ settings: 'A="b c"\n' }), (name, content) => {
      names.push(name);
      if (name === 'settings.env') expect(content.toString()).toBe('A="b c"\n');
      return content;
    });
    const files = ['backup.json', 'settings.env', 'rows.json', 'checksums.json'];
    const tables = (await tablesOf(database.pool)).filter((table) => table !== 'ingest.change');
    const entries = tables.map((table) => `${table.replace('.', '/')}/0.copy.gz`);
    expect(names.sort()).toEqual([...files, ...entries].sort());
  });

  it('cuts a large table into parts', { tags: ['long'] }, async () => {
    // random digits, which hardly become smaller
    await database.pool.query(
      `insert into access.audit (method, path, asked) select 'GET', '/', to_jsonb(string_agg(md5(random()::text), '')) from generate_series(1, 600_000) n group by n % 100`,
    );
    const names: string[] = [];
    const backup = await backupOf();
    await altered(backup, (name, content) => {
      if (name.startsWith('access/audit/')) names.push(`${name} ${content.length < 5_000_000}`);
      return content;
    });
    expect(names.length).toBeGreaterThan(2);
    expect(names).toEqual(names.map((_, i) => `access/audit/${i}.copy.gz true`));
    const pool = await another();
    await restoreInto(pool, backup);
    const sums = [database.pool, pool].map(async (on) =>
      on.query(
        `select md5(string_agg(asked::text, '' order by id)) from access.audit where path = '/'`,
      ),
    );
    const [before, after] = await Promise.all(sums);
    expect(after?.rows).toEqual(before?.rows);
  });

  it('is read only with the identity of its recipient', async () => {
    const [mine, other] = await Promise.all([generateX25519Identity(), generateX25519Identity()]);
    const folder = await mkdtemp(join(tmpdir(), 'marquee-identity-'));
    onTestFinished(async () => rm(folder, { recursive: true }));
    for (const [name, identity] of Object.entries({ mine, other }))
      await writeFile(join(folder, name), `# a comment\n${identity}\n`);
    const encrypted = await backupOf({ recipient: await identityToRecipient(mine) });
    expect(encrypted.includes('backup.json')).toBe(false);
    const decrypted = async (name?: string) =>
      buffer(await decrypting(Readable.from([encrypted]), name && join(folder, name)));
    const pool = await another();
    await restoreInto(pool, await decrypted('mine'));
    expect((await pool.query('select name from access.key')).rows).toEqual([{ name: 'a\tb\\N' }]);
    await expect(decrypted('other')).rejects.toThrow('encrypted for another identity');
    await expect(decrypted()).rejects.toMatchObject({
      message: 'The backup is encrypted.',
      hint: expect.stringContaining('BACKUP_IDENTITY_FILE') as string,
    });
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
    const paths: string[] = [];
    for (const [folder, name] of [
      ['pictures', 'uploaded'],
      ['pictures', 'delivered'],
      ['deliveries', 'delivery'],
    ] as const) {
      const sha256 = createHash('sha256').update(name).digest('hex');
      const path = join(folder, sha256.slice(0, 2), sha256);
      await mkdir(join(from ?? '', path, '..'), { recursive: true });
      await writeFile(join(from ?? '', path), name);
      paths.push(path);
    }
    const filesIn = async (folder = '') =>
      (await readdir(folder, { recursive: true })).filter((path) => /[0-9a-f]{64}$/u.test(path));
    const few = await restoreInto(
      await another(),
      await backupOf({ stores: await storesOf(from ?? '') }),
      false,
      to,
    );
    expect(few).toMatchObject({ files: 1, snapshots: 0 });
    expect(await filesIn(to)).toEqual(paths.slice(0, 1));
    expect(await readFile(join(to ?? '', paths[0] ?? ''), 'utf8')).toBe('uploaded');
    const all = await backupOf({ stores: await storesOf(from ?? ''), files: 'all' });
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
    const backup = await backupOf({ stores: await storesOf(from ?? ''), files: 'all' });
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
        altered(backup, (name, content) => (name === 'access/key/0.copy.gz' ? null : content)),
      /the checksum of access\/key\/0\.copy\.gz/u,
    ],
    ['has a newer format', async (backup) => withManifest(backup, { format: 4 }), /format 4/u],
    [
      'has a table that is not of the state',
      async (backup) =>
        withManifest(backup, { tables: [{ schema: 'imdb', name: 'title_basics', columns: [] }] }),
      /it has imdb\.title_basics, which is no table of the state/u,
    ],
    ...['backup.json', 'rows.json', 'checksums.json'].map(
      (name): [string, (backup: Buffer) => Promise<Buffer>, RegExp] => [
        `has a ${name} that does not fit into memory`,
        async (backup) => withHugeEntry(backup, name),
        new RegExp(`${name.replace('.', '\\.')} has 1099511627776 bytes, and may have`, 'u'),
      ],
    ),
    [
      'has a name that does not fit into memory',
      async (backup) =>
        altered(
          backup,
          (_, content) => content,
          (name) => (name === 'settings.env' ? `snapshots/a/b/${'c'.repeat(2 ** 20)}` : name),
        ),
      /it has an unknown entry, "snapshots\/a\/b\/c+" …/u,
    ],
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
