import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { keyColumnsOf } from '@marquee/catalogue';
import {
  Export,
  ExportDetails,
  ExportList,
  type ExportFile,
  type ExportManifest,
  type SourceRecord,
} from '@marquee/contract';
import { DATASET_NAMES, definitionOf, type DatasetName } from '@marquee/datasets';
import { lacks } from '@marquee/process/testing';
import { buildApp } from 'fauxqs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { rowsOfFile, rowsOfParquet, useDuckDb, type ExportedRow } from './exported-rows.ts';
import { realData } from './real-data.ts';
import { useDays } from './sample-days.ts';
import { parseProblem, useSharedSystem, useSystem, type System } from './system.ts';
import { tellOf, type Told } from './told-movies.ts';

const days = useDays({ titles: 1000, days: 2 });
const duckDb = useDuckDb();

/** Asks for an export, and waits until it is made. */
async function make(system: System, body: object = {}): Promise<ExportManifest> {
  const { status, body: answer } = await system.ask('POST', '/exports', body);
  expect([200, 202], JSON.stringify(answer)).toContain(status);
  return made(system, Export.parse(answer).id);
}

async function made(system: System, id: string): Promise<ExportManifest> {
  const read = async () => ExportDetails.parse(await system.get(`/exports/${id}`));
  await expect.poll(async () => (await read()).state, { interval: 50 }).not.toMatch(/wait|run/u);
  const { error, manifest } = await read();
  expect(error).toBeNull();
  if (manifest === null) throw new Error('A made export has no manifest.');
  return manifest;
}

function fileOf({ files, id }: ExportManifest, name: string): ExportFile & { url: string } {
  const file = files.find((one) => one.name === name);
  if (file === undefined)
    throw new Error(`There is no ${name} among ${files.map((f) => f.name).join()}`);
  return { ...file, url: `/exports/${id}/${name}` };
}

const tableOf = (dataset: DatasetName) => definitionOf(dataset).table;

/** Compares each format with the files of IMDb: each row and column, in the order of the key. */
async function expectDatasets(
  system: System,
  manifest: ExportManifest,
  folder: string,
  datasets: readonly DatasetName[] = DATASET_NAMES,
): Promise<void> {
  const database = join(system.snapshots, fileOf(manifest, 'marquee.duckdb').path);
  await duckDb.run(`attach '${database}' as made (read_only)`);
  const sqlite = new DatabaseSync(join(system.snapshots, fileOf(manifest, 'marquee.sqlite').path), {
    readOnly: true,
  });
  for (const dataset of datasets) {
    const table = tableOf(dataset);
    const expected = await rowsOfFile(dataset, folder, await rejectsOf(system, dataset));
    const parquet = fileOf(manifest, `${table}.parquet`);
    expect(parquet.rows).toBe(expected.length);
    expect(await rowsOfParquet(system.apiUrl + parquet.url), table).toEqual(expected);
    expect(await duckDb.rows(`select * from made.${table}`), table).toEqual(expected);
    const inSqlite = sqlite
      .prepare(`select * from ${table} order by ${keyColumnsOf(dataset).join(', ')}`)
      .all();
    expect(
      inSqlite.map((row) => ({ ...row })),
      table,
    ).toEqual(expected.map(asInSqlite));
  }
  sqlite.close();
  await duckDb.run('detach made');
}

async function rejectsOf(system: System, dataset: DatasetName): Promise<Set<number>> {
  const rejects = await system.query(
    `select r.line::int4 as line from ingest.reject r join ingest.data_control d using (dataset, run_id, snapshot_id) where dataset = $1::text`,
    [dataset],
  );
  return new Set(rejects.map(({ line }) => Number(line)));
}

function asInSqlite(row: ExportedRow): ExportedRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? JSON.stringify(value)
        : typeof value === 'boolean'
          ? Number(value)
          : value,
    ]),
  );
}

/** A record with a value for each kind of column, and signs that CSV and JSON escape. */
const COMET: SourceRecord = {
  tagline: 'The "Comet",\n\\N\t',
  releaseDate: '1999-03-31',
  countries: ['DE', 'FR'],
  people: [{ name: 'Ada Winter', role: 'director', imdb: 'nm0000001' }],
  budget: { amount: 1_000_000.5, currency: 'USD' },
  ratings: [{ name: 'mine', value: 7.5, scale: { min: 0, max: 10 }, votes: 3, kind: 'audience' }],
  ids: { tmdb: '862' },
};

/** Has a source tell of a film of the sample. @returns the movie, as the API answers it */
async function tell(system: System, record: SourceRecord): Promise<unknown> {
  const [film] = await system.query(
    `select min(tconst) as id from imdb.title_basics where title_type = 'movie'`,
  );
  const id = String(film?.['id']);
  const told: Told = ['movielens', '1', { ...record, ids: { ...record.ids, imdb: id } }];
  await tellOf(system, id, [told]);
  return system.get(`/movies/${id}`);
}

describe('exports', () => {
  const system = useSharedSystem(() => ({ published: days, roles: true, keep: 2 }));
  let first: ExportManifest;
  let movie: unknown;

  it('have each row of each table, in all formats', async () => {
    movie = await tell(system, COMET);
    first = await make(system, { formats: ['duckdb', 'sqlite'] });
    await expectDatasets(system, first, days.day(0));
    const stored = await readdir(join(system.snapshots, 'exports', '.incoming'));
    expect(stored).toEqual([]);
    expect(first.attribution).toContain('made up');
    expect(first.tables.map(({ name, changes }) => [name, changes])).toEqual(
      expect.arrayContaining([
        ['title_basics', 'first'],
        ['movies', 'first'],
      ]),
    );
  });

  it('have movies with lists and structures', async () => {
    const { url } = fileOf(first, 'movies.parquet');
    const [row, ...others] = await rowsOfParquet(system.apiUrl + url);
    expect(others).toEqual([]);
    expect(asDocument(row ?? {})).toEqual(movie);
  });

  it('name the types of their columns as DuckDB does', async () => {
    for (const file of first.files.filter(({ format }) => format === 'parquet')) {
      const path = join(system.snapshots, file.path);
      const described = await duckDb.rows(`describe select * from '${path}'`);
      const named = file.columns.map(({ name, type }) => `null::${type} as ${name}`);
      expect(described).toEqual(await duckDb.rows(`describe select ${named.join(', ')}`));
      const groups = await duckDb.rows(
        `select distinct compression from parquet_metadata('${path}')`,
      );
      expect(groups).toEqual(file.rows === 0 ? [] : [{ compression: 'ZSTD' }]);
    }
  });

  it('are made once for the same rows', async () => {
    const { status, body } = await system.ask('POST', '/exports', { formats: ['sqlite'] });
    expect([status, Export.parse(body).id]).toEqual([200, first.id]);
  });

  it('are served in parts, by digest, and without their content', async () => {
    const file = fileOf(first, 'title_ratings.parquet');
    const get = async (headers: Record<string, string>, method = 'GET') =>
      fetch(system.apiUrl + file.url, { method, headers });
    const whole = await get({});
    const content = Buffer.from(await whole.arrayBuffer());
    expect(createHash('sha256').update(content).digest('hex')).toBe(file.sha256);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'application/vnd.apache.parquet',
      'content-length': String(file.bytes),
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, immutable',
      etag: `"${file.sha256}"`,
    });
    const part = await get({ range: 'bytes=-8' });
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes ${file.bytes - 8}-${file.bytes - 1}/${file.bytes}`,
    ]);
    expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(-8))).toBe(true);
    expect((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
    expect((await get({ range: 'bytes=0-1,4-5' })).status).toBe(200);
    const outside = await get({ range: `bytes=${file.bytes}-` });
    expect(outside.headers.get('content-range')).toBe(`bytes */${file.bytes}`);
    expect(parseProblem(await outside.json())).toMatchObject({
      status: 416,
      code: 'no-such-range',
    });
    expect((await get({ 'if-none-match': `"${file.sha256}"` })).status).toBe(304);
    const head = await get({}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(file.bytes)]);
  });

  it('have an address for the newest', async () => {
    const newest = await fetch(`${system.apiUrl}/exports/latest/manifest.json`);
    expect(newest.url).toBe(`${system.apiUrl}/exports/${first.id}/manifest.json`);
    expect(await newest.json()).toEqual(first);
    const missing = await system.ask('GET', '/exports/latest/title_principals.changes.parquet');
    expect(parseProblem(missing.body)).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('have the changes that lead from the previous one to it, and share what is the same', async () => {
    await system.update(days.day(1), { datasets: ['title.ratings', 'title.basics'] });
    const changed = await tell(system, { ...COMET, tagline: 'Comet' });
    const second = await make(system);
    expect(second.previous).toBe(first.id);
    for (const dataset of ['title.ratings', 'title.basics'] as const) {
      const table = tableOf(dataset);
      const path = (manifest: ExportManifest, name: string) =>
        join(system.snapshots, fileOf(manifest, name).path);
      const applied = await duckDb.rows(`
        with change as (
          select * from '${path(second, `${table}.changes.parquet`)}'
          qualify row_number() over (partition by tconst order by change_id desc) = 1
        )
        select * from '${path(first, `${table}.parquet`)}' where tconst not in (select tconst from change)
        union all
        select * exclude (change_id, change_kind, changed_at, day) from change where change_kind <> 'delete'
        order by tconst`);
      expect(applied, table).toEqual(await rowsOfFile(dataset, days.day(1)));
      expect(fileOf(second, `${table}.changes.parquet`).rows).toBeGreaterThan(1);
    }
    const [change] = await rowsOfParquet(
      system.apiUrl + fileOf(second, 'movies.changes.parquet').url,
    );
    const { change_id: id, change_kind: kind, changed_at: at, ...row } = change ?? {};
    expect([typeof id, kind, at instanceof Date]).toEqual(['bigint', 'update', true]);
    expect(asDocument(row)).toEqual(changed);
    const principals = 'title_principals.parquet';
    expect(fileOf(second, principals).path).toBe(fileOf(first, principals).path);
    expect(second.tables.find(({ name }) => name === 'title_principals')?.changes).toBe(
      'unchanged',
    );
  });

  it('answer the questions of the documentation in DuckDB', async () => {
    for (const [page, statements] of await duckDbOfDocs(await newestPaths(system))) {
      // each page has tables of its own
      await duckDb.run('create schema page; use page');
      for (const statement of statements)
        if (!/^\s*(?:select|from)/u.test(statement)) await duckDb.run(statement);
        else expect((await duckDb.rows(statement)).length, page).toBeGreaterThan(0);
      await duckDb.run('use main; drop schema page cascade');
    }
  });

  it('are kept as long as snapshots, with the files that a later one shares', async () => {
    const third = await make(system, { again: true });
    const states = async () =>
      ExportList.parse(await system.get('/exports')).items.map(({ id, state }) => [id, state]);
    await expect.poll(states).toEqual([
      [third.id, 'done'],
      [third.previous, 'done'],
      [first.id, 'removed'],
    ]);
    const sqlite = `/exports/${first.id}/marquee.sqlite`;
    // the export is removed before its files are
    await expect.poll(async () => (await fetch(system.apiUrl + sqlite)).status).toBe(410);
    const gone = await system.ask('GET', sqlite);
    expect(parseProblem(gone.body)).toMatchObject({ status: 410, code: 'export-gone' });
    const paths = async () => readdir(join(system.snapshots, 'exports'), { recursive: true });
    await expect
      .poll(async () => (await paths()).filter((path) => path.endsWith('.sqlite')))
      .toEqual([]);
    const shared = fileOf(third, 'title_principals.parquet');
    expect(shared.path).toContain(first.id);
    expect((await fetch(system.apiUrl + shared.url)).status).toBe(200);
  });

  it('have what was written by hand, each time that they are asked for', async () => {
    for (const votes of [7, 8]) {
      await system.query('update imdb.title_ratings set num_votes = $1::int4', [votes]);
      const manifest = await make(system);
      const rows = await rowsOfParquet(
        system.apiUrl + fileOf(manifest, 'title_ratings.parquet').url,
      );
      expect(new Set(rows.map(({ num_votes: exported }) => exported))).toEqual(new Set([votes]));
      const changes = manifest.tables.map(({ name, changes: of }) => [name, of]);
      expect(Object.fromEntries(changes)).toMatchObject({
        title_ratings: 'reloaded',
        title_basics: 'unchanged',
      });
    }
  });
});

/** The paths of the newest export by what the documentation calls them. */
async function newestPaths(system: System): Promise<Record<string, string>> {
  const { manifest } = ExportDetails.parse(await system.get('/exports/latest'));
  const previous = ExportDetails.parse(await system.get(`/exports/${manifest?.previous}`)).manifest;
  if (manifest === null || previous === null) throw new Error('There are no two exports.');
  const path = (of: ExportManifest, name: string) => join(system.snapshots, fileOf(of, name).path);
  return {
    "'title_basics.parquet'": `'${path(manifest, 'title_basics.parquet')}'`,
    "'title_ratings.parquet'": `'${path(manifest, 'title_ratings.parquet')}'`,
    OLD: path(previous, 'title_ratings.parquet'),
    CHANGES: path(manifest, 'title_ratings.changes.parquet'),
    TITLE_BASICS: path(manifest, 'title_basics.parquet'),
    TITLE_RATINGS: path(manifest, 'title_ratings.parquet'),
    TITLE_PRINCIPALS: path(manifest, 'title_principals.parquet'),
    NAME_BASICS: path(manifest, 'name_basics.parquet'),
  };
}

/** The statements of the documentation that are marked as DuckDB's, by page. */
async function duckDbOfDocs(
  paths: Readonly<Record<string, string>>,
): Promise<[string, string[]][]> {
  const blocks: [string, string[]][] = [];
  for (const page of ['exports.md', 'scale.md']) {
    const text = await readFile(join(import.meta.dirname, '../../docs', page), 'utf8');
    for (const [, block = ''] of text.matchAll(/```sql\n-- duckdb.*\n([^]*?)```/gu)) {
      const filled = Object.entries(paths).reduce(
        (sql, [name, path]) => sql.replaceAll(name, path),
        block.replaceAll(/^--.*$/gmu, ''),
      );
      const statements = filled.split(';').filter((one) => one.trim() !== '');
      blocks.push([page, statements]);
    }
  }
  expect(blocks.length).toBeGreaterThan(2);
  return blocks;
}

/** A row of movies as the document of the API. */
function asDocument(row: ExportedRow): unknown {
  const camel = (name: string) =>
    name.replaceAll(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
  const date = (name: string, value: Date) =>
    name === 'release_date' ? value.toISOString().slice(0, 10) : value.toISOString();
  const plain = JSON.stringify(
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        camel(name),
        value instanceof Date ? date(name, value) : value,
      ]),
    ),
    (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value),
  );
  return JSON.parse(plain);
}

describe('a setting', () => {
  const system = useSystem(() => ({ files: days.day(0), loader: { EXPORT_FORMATS: 'duckdb' } }));

  it('has an export follow each publish; before the first, there is nothing to export', async () => {
    const early = await system.ask('POST', '/exports');
    expect(parseProblem(early.body)).toMatchObject({ status: 409, code: 'nothing-published' });
    await system.run('/updatedata', { datasets: ['title.ratings'] });
    const list = async () => ExportList.parse(await system.get('/exports')).items;
    await expect.poll(async () => (await list()).length).toBe(1);
    const [made1] = await list();
    expect(made1).toMatchObject({ requestedBy: 'publish', formats: ['parquet', 'duckdb'] });
    const { files } = await made(system, made1?.id ?? '');
    expect(files.map(({ name }) => name)).toEqual([
      'movies.parquet',
      'movie_redirects.parquet',
      'title_ratings.parquet',
      'marquee.duckdb',
    ]);
  });
});

describe('an export', () => {
  const system = useSystem(() => ({ published: days }));

  it('says why it failed, and is made again on request', async () => {
    await system.query('alter table imdb.title_ratings rename num_votes to votes');
    const { body } = await system.ask('POST', '/exports');
    const read = async () =>
      ExportDetails.parse(await system.get(`/exports/${Export.parse(body).id}`));
    await expect.poll(async () => (await read()).state).toBe('failed');
    expect((await read()).error).toMatchObject({
      code: 'export-failed',
      message: expect.stringContaining('num_votes') as string,
    });
    const { body: refused } = await system.ask(
      'GET',
      `/exports/${(await read()).id}/manifest.json`,
    );
    expect(parseProblem(refused)).toMatchObject({ status: 409, code: 'not-done' });
    await system.query('alter table imdb.title_ratings rename votes to num_votes');
    expect((await make(system)).previous).toBeNull();
    expect(await readdir(join(system.snapshots, 'exports', '.incoming'))).toEqual([]);
  });

  it('outlives a stop of the loader, and a new database', { tags: ['long'] }, async () => {
    const { body } = await system.ask('POST', '/exports', { formats: ['duckdb', 'sqlite'] });
    const { id } = Export.parse(body);
    const stateOf = async () => ExportDetails.parse(await system.get(`/exports/${id}`)).state;
    await expect.poll(stateOf, { interval: 10 }).toBe('running');
    await system.stopWorkers();
    expect(await stateOf()).toBe('running');
    await system.startWorkers();
    const manifest = await made(system, id);
    await expectDatasets(system, manifest, days.day(0));
    await system.stopWorkers();
    await system.query('delete from ingest.export');
    await system.startWorkers();
    expect((await system.get(`/exports/${id}`)) as ExportDetails).toMatchObject({ manifest });
  });
});

describe('exports on S3', { tags: ['long'] }, () => {
  const s3 = buildApp({ logger: false });
  let endpoint: string;
  beforeAll(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
    endpoint = await s3.listen({ port: 0, host: '127.0.0.1' });
    const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'films' }));
    client.destroy();
    return async () => {
      vi.unstubAllEnvs();
      s3.server.closeAllConnections();
      await s3.close();
    };
  });
  const store = () => ({ SNAPSHOT_S3_URL: 's3://films/marquee', SNAPSHOT_S3_ENDPOINT: endpoint });
  const system = useSharedSystem(() => ({ published: days, loader: store(), api: store() }));

  it('are served from there, and make a database of files that lie there', async () => {
    const first = await make(system);
    const { url } = fileOf(first, 'title_ratings.parquet');
    const expected = await rowsOfFile('title.ratings', days.day(0));
    expect(await rowsOfParquet(system.apiUrl + url)).toEqual(expected);
    const second = await make(system, { formats: ['sqlite'] });
    expect(fileOf(second, 'title_ratings.parquet').path).toContain(first.id);
    const file = fileOf(second, 'marquee.sqlite');
    const path = join(system.snapshots, 'got.sqlite');
    const { body } = await fetch(system.apiUrl + file.url);
    if (body === null) throw new Error('The file has no content.');
    await writeFile(path, Readable.fromWeb(body));
    const sqlite = new DatabaseSync(path, { readOnly: true });
    const rows = sqlite.prepare('select * from title_ratings order by tconst').all();
    expect(rows.map((row) => ({ ...row }))).toEqual(expected);
    sqlite.close();
    expect(await readdir(join(system.snapshots, 'exports'))).toEqual(['.incoming']);
  });
});

describe('exports of real files', { skip: lacks('real-data'), tags: ['long'] }, () => {
  const system = useSystem(() => ({}));

  it.each<[string, DatasetName[]]>([
    ['titles-75', [...DATASET_NAMES]],
    ['titles-500', [...DATASET_NAMES]],
    ['movies-2022', ['title.basics', 'title.principals', 'name.basics']],
    ['ratings-2017-08', ['title.ratings']],
    ['ratings-2017-11', ['title.ratings']],
    ['damaged/cutoff-2025', ['name.basics', 'title.basics', 'title.crew', 'title.ratings']],
    ['damaged/mangled-2019', ['name.basics', 'title.akas', 'title.principals', 'title.ratings']],
    ['damaged/duplicate-key', ['name.basics']],
  ])('of %s have each row, read by DuckDB, hyparquet and SQLite', async (set, datasets) => {
    await system.serve(realData(set));
    const run = await system.run('/updatedata', {
      datasets,
      ignoreGates: ['rejects', 'row-loss'],
    });
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    const manifest = await make(system, { formats: ['duckdb', 'sqlite'] });
    await expectDatasets(system, manifest, realData(set), datasets);
  });
});
