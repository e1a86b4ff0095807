import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import {
  AuditPage,
  Delivery,
  FileCheck,
  NewKey,
  Decision,
  type OpenMatch,
  Problem,
  RecordDetails,
  SourceChange,
  SourceDetails,
  SourceList,
} from '@marquee/contract';
import { AggregatorConfig, startAggregator } from '@marquee/aggregator';
import { ExtractorConfig, startExtractor } from '@marquee/extractor';
import { createLog } from '@marquee/process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer } from './raw-request.ts';
import { buildSearchTables } from './search-tables.ts';
import { useSharedSystem } from './system.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;

const system = useSharedSystem(() => ({
  workers: false,
  api: {
    API_ADMIN_KEY: ADMIN,
    OPERATING: 'keyed',
    READING: 'keyed',
    SOURCE_UPLOAD_MAX_MB: '1',
  },
}));

/** A source with two files, which have a column in common. */
const DEFINITION = {
  schema: 1,
  id: 'my-films',
  name: 'My films',
  homepage: 'https://films.example.org/',
  licence: { name: 'Private', attribution: 'The keeper of films', republish: false },
  scales: { mine: { min: 0, max: 10, kind: 'own' } },
  files: [
    {
      name: 'films',
      pattern: 'films*.csv*',
      format: 'csv',
      id: 'id',
      fields: {
        title: 'title',
        year: { column: 'year', transforms: ['integer'] },
        ratings: [{ name: 'mine', value: { column: 'rating', transforms: [{ number: {} }] } }],
      },
    },
    {
      name: 'links',
      pattern: 'links*.csv',
      format: 'csv',
      join: { on: [{ here: 'id', there: 'id' }] },
      fields: { ids: { imdb: { column: 'imdb', transforms: ['imdb-id'] } } },
    },
  ],
};

const FILMS = 'id,title,year,rating\n1,The Comet,1999,7.5\n2,Low Tide,2004,\n3,Dusk,late,8\n';

interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Sends a request with a key: JSON as JSON, anything else as a file. */
async function ask(
  method: string,
  path: string,
  {
    json,
    file,
    headers = {},
    key = ADMIN,
  }: {
    json?: unknown;
    file?: string | Uint8Array<ArrayBuffer>;
    headers?: Record<string, string>;
    key?: string;
  } = {},
): Promise<Sent> {
  const response = await fetch(system.apiUrl + path, {
    method,
    headers: {
      ...bearer(key),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(file === undefined ? {} : { 'content-type': 'text/csv' }),
      ...headers,
    },
    body: json === undefined ? (file ?? null) : JSON.stringify(json),
  });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

/** The problem of a refused request. */
async function refusal(...asked: Parameters<typeof ask>): Promise<Problem> {
  const { status, body } = await ask(...asked);
  expect(status).toBeGreaterThanOrEqual(400);
  return Problem.parse(body);
}

async function deliver(
  query: string,
  file: string | Uint8Array<ArrayBuffer>,
  options: { headers?: Record<string, string>; key?: string } = {},
): Promise<Delivery & { status: number }> {
  const { status, body, headers } = await ask('POST', `/sources/my-films/deliveries?${query}`, {
    file,
    ...options,
  });
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  const delivery = Delivery.parse(body);
  expect(headers.get('location')).toBe(delivery.url);
  return { status, ...delivery };
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
const digestOf = (content: string) =>
  `sha-256=:${createHash('sha256').update(content).digest('base64')}:`;

/** The files in the store of deliveries, also unfinished ones. */
async function storedFiles(): Promise<string[]> {
  const folder = `${system.snapshots}/deliveries`;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

beforeAll(async () => {
  const added = await ask('PUT', '/sources/my-films', { json: DEFINITION });
  expect(added.status, JSON.stringify(added.body)).toBe(200);
  expect(SourceChange.parse(added.body)).toEqual({
    id: 'my-films',
    isNew: true,
    isChanged: true,
    isDryRun: false,
    effect: null,
  });
});

describe('a definition', () => {
  it('is stored as it is, and unchanged the second time', async () => {
    const again = await ask('PUT', '/sources/my-films', { json: DEFINITION });
    expect(again.body).toMatchObject({ isNew: false, isChanged: false });
    const { body } = await ask('GET', '/sources/my-films');
    expect(SourceDetails.parse(body)).toMatchObject({
      id: 'my-films',
      name: 'My films',
      url: 'https://films.example.org/',
      licence: { name: 'Private', url: null, republish: false },
      attribution: 'The keeper of films',
      origin: 'api',
      files: ['films', 'links'],
      definition: { files: [{ name: 'films' }, { name: 'links' }] },
    });
  });

  it('with faults is refused, each with its path', async () => {
    const [films, links] = DEFINITION.files;
    const json = {
      ...DEFINITION,
      files: [
        { ...films, fields: { title: 'title', yaer: 'year' } },
        { ...links, join: undefined },
      ],
    };
    const problem = await refusal('PUT', '/sources/my-films', { json });
    expect(problem).toMatchObject({ status: 400, code: 'bad-input' });
    expect(problem.faults?.map(({ where }) => where)).toContain('files[0].fields');
    const other = await refusal('PUT', '/sources/other', { json: DEFINITION });
    expect(other.faults).toEqual([
      { where: 'id', what: 'expected other, as the path has; got my-films' },
    ]);
  });

  it('of a shipped source is not replaced', async () => {
    await system.query(
      `insert into sources.source (id, definition, definition_hash, origin, priority)
       values ('shipped-one', $1, sha256('x'), 'shipped', 5), ('of-a-file', $1, sha256('x'), 'folder', 6)`,
      [JSON.stringify({ ...DEFINITION, id: 'shipped-one', priority: 5 })],
    );
    for (const [id, code] of [
      ['shipped-one', 'source-shipped'],
      ['of-a-file', 'source-folder'],
    ] as const) {
      const json = { ...DEFINITION, id };
      expect(await refusal('PUT', `/sources/${id}`, { json })).toMatchObject({ status: 409, code });
      expect(await refusal('DELETE', `/sources/${id}`)).toMatchObject({ status: 409, code });
    }
    await system.query(`delete from sources.source where id in ('shipped-one', 'of-a-file')`);
  });

  it('is removed while nothing was delivered', async () => {
    const json = { ...DEFINITION, id: 'short-lived' };
    expect(await ask('PUT', '/sources/short-lived', { json })).toMatchObject({ status: 200 });
    expect((await ask('DELETE', '/sources/short-lived')).status).toBe(204);
    expect(await refusal('GET', '/sources/short-lived')).toMatchObject({ status: 404 });
  });
});

describe('an upload', () => {
  it('is kept as it comes, with who, when, size and digest', async () => {
    const packed = new Uint8Array(gzipSync(`${FILMS}4,Kept,2001,1\n`));
    const { status, ...delivery } = await deliver('name=films-2026.csv.gz', packed);
    expect(status).toBe(202);
    expect(delivery).toMatchObject({
      source: 'my-films',
      file: 'films',
      name: 'films-2026.csv.gz',
      bytes: packed.length,
      sha256: sha256(packed),
      receivedBy: 'API_ADMIN_KEY',
      state: 'received',
      isCurrent: false,
      records: null,
    });
    const content = await fetch(`${system.apiUrl}${delivery.url}/content`, {
      headers: bearer(ADMIN),
    });
    expect(new Uint8Array(await content.arrayBuffer())).toEqual(packed);
    expect(content.headers.get('repr-digest')).toBe(
      `sha-256=:${Buffer.from(delivery.sha256, 'hex').toString('base64')}:`,
    );
  });

  it.each([
    ['file', 'file=links', FILMS, 'links'],
    ['name', 'name=links-2.csv', FILMS, 'links'],
    ['header', '', 'id,imdb\n1,tt0000001\n', 'links'],
    [
      'header with quotes and a byte order mark',
      '',
      `\ufeff"id","title","year","rating"\n`,
      'films',
    ],
  ])('is known by its %s', async (_, query, content, file) => {
    expect(await deliver(`${query}&again=true`, content)).toMatchObject({ file });
  });

  it('that fits no file is refused, with the files to choose from', async () => {
    const problem = await refusal('POST', '/sources/my-films/deliveries?name=notes.csv', {
      file: 'a,b\n1,2\n',
    });
    expect(problem).toMatchObject({ status: 400, code: 'bad-input' });
    expect(problem.detail).toContain('expected one of films, links');
    const misspelt = await refusal('POST', '/sources/my-films/deliveries?file=flims', {
      file: FILMS,
    });
    expect(misspelt.faults).toMatchObject([{ where: 'file', suggestion: 'films' }]);
  });

  it('of the same file again is the same delivery, unless it is wanted', async () => {
    const first = await deliver('file=films', FILMS);
    expect(await deliver('file=films', FILMS)).toEqual({ ...first, status: 200 });
    const wanted = await deliver('file=films&again=true', FILMS);
    expect(wanted).toMatchObject({ status: 202, sha256: first.sha256 });
    expect(wanted.id).toBeGreaterThan(first.id);
    // after another file, the old content is news
    const other = await deliver('file=films', `${FILMS}9,Other,2000,\n`);
    const back = await deliver('file=films', FILMS);
    expect(back).toMatchObject({ status: 202 });
    expect(back.id).toBeGreaterThan(other.id);
  });

  it('sent twice at once is one delivery', async () => {
    const content = `${FILMS}10,Twice,2000,\n`;
    const [a, b] = await Promise.all([
      deliver('file=films', content),
      deliver('file=films', content),
    ]);
    expect(a.id).toBe(b.id);
    expect([a.status, b.status].sort()).toEqual([200, 202]);
  });

  it('is verified against the digest that was sent', async () => {
    const content = `${FILMS}5,Digest,2005,\n`;
    for (const header of ['content-digest', 'repr-digest']) {
      const wrong = await refusal('POST', '/sources/my-films/deliveries?file=films', {
        file: content,
        headers: { [header]: digestOf('another file') },
      });
      expect(wrong).toMatchObject({ status: 400, code: 'digest-mismatch' });
    }
    expect(await storedFiles()).not.toContain(sha256(content));
    const malformed = await refusal('POST', '/sources/my-films/deliveries?file=films', {
      file: content,
      headers: { 'content-digest': 'sha-256=abc' },
    });
    expect(malformed.faults?.[0]?.where).toBe('content-digest');
    const right = { 'content-digest': `${digestOf(content)}, md5=:AAAA:` };
    expect(await deliver('file=films', content, { headers: right })).toMatchObject({ status: 202 });
  });

  it('larger than the limit is refused, and leaves nothing', async () => {
    const before = await storedFiles();
    const large = new Uint8Array(2 ** 20 + 1).fill(65);
    const problem = await refusal('POST', '/sources/my-films/deliveries?file=films', {
      file: large,
    });
    expect(problem).toMatchObject({ status: 413, code: 'too-large' });
    expect(problem.detail).toContain('1 MiB, the limit of SOURCE_UPLOAD_MAX_MB');
    // without a length, the limit is found while it comes
    expect(await sendInParts([large], true)).toBe(413);
    expect(await storedFiles()).toEqual(before);
  });

  it('that is cut off leaves nothing', async () => {
    const before = await storedFiles();
    const deliveries = await system.query('select id from sources.delivery');
    await sendInParts([Buffer.from(FILMS), randomBytes(100_000)], false);
    await expect.poll(storedFiles).toEqual(before);
    expect(await system.query('select id from sources.delivery')).toEqual(deliveries);
  });

  it.each([
    ['nothing', {}, 'empty-file', 400],
    [
      'a form',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'unsupported-media-type',
      415,
    ],
    ['plain text', { 'content-type': 'text/plain' }, 'unsupported-media-type', 415],
    ['another compression', { 'content-encoding': 'br' }, 'unsupported-media-type', 415],
  ])('of %s is refused', async (what, headers, code, status) => {
    const file = what === 'nothing' ? '' : FILMS;
    expect(
      await refusal('POST', '/sources/my-films/deliveries?file=films', { file, headers }),
    ).toMatchObject({ status, code });
  });

  it('for an unknown source is refused with the id that may be meant', async () => {
    const problem = await refusal('POST', '/sources/my-flims/deliveries', { file: FILMS });
    expect(problem).toMatchObject({ status: 404, code: 'not-found' });
    expect(problem.detail).toBe('There is no source with the id my-flims; did you mean my-films?');
  });
});

/** Sends the beginning of a body. @returns also the status; null without an answer */
function beginUpload(path: string, ...parts: readonly Uint8Array[]) {
  const { hostname, port } = new URL(system.apiUrl);
  const request = httpRequest({
    hostname,
    port,
    method: 'POST',
    path,
    headers: { ...bearer(ADMIN), 'content-type': 'text/csv', 'transfer-encoding': 'chunked' },
  });
  const answered = once(request, 'response').then(
    ([response]) => (response as { statusCode: number }).statusCode,
    () => null,
  );
  for (const part of parts) request.write(part);
  return { request, answered };
}

/** Sends parts of a body, and its end or not. @returns the status; null without an answer */
async function sendInParts(parts: readonly Uint8Array[], isWhole: boolean): Promise<number | null> {
  const { request, answered } = beginUpload('/sources/my-films/deliveries?file=films', ...parts);
  if (isWhole) {
    request.end();
    return answered;
  }
  await expect.poll(async () => (await storedFiles()).length).toBeGreaterThan(0);
  request.destroy();
  return answered;
}

describe('a check', () => {
  it('shows counts, records and rejects, and keeps nothing', async () => {
    const before = await storedFiles();
    const { status, body } = await ask('POST', '/sources/my-films/check?name=films.csv', {
      file: FILMS,
    });
    expect(status, JSON.stringify(body)).toBe(200);
    const checked = FileCheck.parse(body);
    expect(checked).toMatchObject({
      source: 'my-films',
      file: 'films',
      rows: 3,
      records: 2,
      rejects: 1,
      filled: { title: 2, year: 2, ratings: 1 },
    });
    expect(checked.firstRecords.map(({ id, line, record }) => [id, line, record.title])).toEqual([
      ['1', 2, 'The Comet'],
      ['2', 3, 'Low Tide'],
    ]);
    expect(checked.firstRejects).toMatchObject([{ line: 4 }]);
    expect(checked.firstRejects[0]?.reason).toContain('late');
    expect(await storedFiles()).toEqual(before);
  });

  it('of a file without its columns says which are missing', async () => {
    const problem = await refusal('POST', '/sources/my-films/check?file=films', {
      file: 'id,name\n1,The Comet\n',
    });
    expect(problem).toMatchObject({ status: 422, code: 'wrong-header' });
    expect(problem.detail).toContain('title');
  });
});

describe('a check of a large file', () => {
  it('leaves the processor to other requests: a thread reads it', async () => {
    const rows = Array.from({ length: 4000 }, (_, i) => `${i},Film ${i},2000,7\n`);
    const file = new Uint8Array(gzipSync(`id,title,year,rating\n${rows.join('')}`));
    const before = performance.eventLoopUtilization();
    const checking = ask('POST', '/sources/my-films/check?file=films', { file });
    const other = ask('GET', '/sources/my-films').then(() => 'other');
    expect(await Promise.race([checking, other])).toBe('other');
    expect(FileCheck.parse((await checking).body)).toMatchObject({ rows: 4000, records: 4000 });
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.6);
  });

  it('ends with its client, and is refused while too many wait', { tags: ['long'] }, async () => {
    const path = '/sources/my-films/check?file=films';
    const rows = Buffer.from(FILMS + '4,Dusk,2001,5\n'.repeat(6000));
    const open = Array.from({ length: 12 }, () => beginUpload(path, rows));
    const answers = await Promise.race(open.map(async ({ answered }) => answered));
    expect(answers).toBe(503);
    for (const { request } of open) request.destroy();
    await expect.poll(async () => (await ask('POST', path, { file: FILMS })).status).toBe(200);
  });
});

describe('a key for one source', () => {
  let key = '';
  beforeAll(async () => {
    const { body } = await ask('POST', '/keys', {
      json: { name: 'the studio', role: 'reader', source: 'my-films' },
    });
    const made = NewKey.parse(body);
    expect(made).toMatchObject({ source: 'my-films', role: 'reader' });
    key = made.secret;
    const json = { ...DEFINITION, id: 'other-films' };
    await ask('PUT', '/sources/other-films', { json });
  });

  it('delivers to it, follows its deliveries, and does nothing else', async () => {
    const delivery = await deliver('file=films', `${FILMS}6,Studio,2006,\n`, { key });
    expect(delivery).toMatchObject({ status: 202, receivedBy: 'the studio' });
    for (const [method, path] of [
      ['GET', '/sources/my-films/deliveries'],
      ['GET', delivery.url],
      ['GET', `${delivery.url}/rejects`],
      ['GET', `${delivery.url}/content`],
      ['POST', `${delivery.url}/withdraw`],
      ['POST', `${delivery.url}/take`],
    ] as const)
      expect([path, (await ask(method, path, { key })).status]).toEqual([
        path,
        method === 'GET' ? 200 : 202,
      ]);
    for (const [method, path] of [
      ['GET', '/sources'],
      ['GET', '/titles'],
      ['GET', '/sources/other-films/deliveries'],
      ['POST', '/sources/other-films/deliveries?file=films'],
      ['DELETE', '/sources/my-films'],
      ['POST', '/updatedata'],
    ] as const)
      expect(await refusal(method, path, { key })).toMatchObject({
        status: 403,
        code: 'key-of-a-source',
      });
    expect(await refusal('POST', '/session', { json: { key }, key })).toMatchObject({
      status: 403,
    });
  });

  it('has no other role', async () => {
    const json = { name: 'too much', role: 'admin', source: 'my-films' };
    expect((await refusal('POST', '/keys', { json })).faults?.[0]?.where).toBe('role');
  });

  it('is in the audit log with what it delivered, without the file', async () => {
    const { body } = await ask('GET', '/audit?limit=200');
    const entries = AuditPage.parse(body).items;
    expect(entries).toContainEqual(
      expect.objectContaining({
        keyName: 'the studio',
        method: 'POST',
        path: '/sources/my-films/deliveries',
        asked: null,
        status: 202,
      }),
    );
  });
});

describe('deliveries', () => {
  it('are listed newest first, page by page', async () => {
    const ids: number[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body } = await ask(
        'GET',
        `/sources/my-films/deliveries?limit=2${next === '' ? '' : `&after=${next}`}`,
      );
      const page = body as { items: Delivery[]; next: string | null };
      ids.push(...page.items.map(({ id }) => id));
      ({ next } = page);
    }
    const rows = await system.query(
      `select id from sources.delivery where source = 'my-films' order by id desc`,
    );
    expect(ids).toEqual(rows.map(({ id }) => Number(id)));
  });

  it('are taken back and taken again, unless a newer one is in force', async () => {
    const old = await deliver('file=links&again=true', 'id,imdb\n1,tt0000001\n');
    const { url } = await deliver('file=links&again=true', 'id,imdb\n1,tt0000002\n');
    const withdrawn = Delivery.parse((await ask('POST', `${url}/withdraw`)).body);
    expect(withdrawn).toMatchObject({ state: 'withdrawn', withdrawnBy: 'API_ADMIN_KEY' });
    const twice = await ask('POST', `${url}/withdraw`);
    expect(twice).toMatchObject({ status: 202, body: { withdrawnAt: withdrawn.withdrawnAt } });
    expect(await ask('POST', `${url}/take`)).toMatchObject({
      status: 202,
      body: { state: 'received', withdrawnAt: null },
    });
    expect(await refusal('POST', `${old.url}/take`)).toMatchObject({
      status: 409,
      code: 'newer-delivery',
    });
    expect(await refusal('POST', '/sources/my-films/deliveries/999999/take')).toMatchObject({
      status: 404,
    });
  });

  it('keep their source: it is not removed', async () => {
    expect(await refusal('DELETE', '/sources/my-films')).toMatchObject({
      status: 409,
      code: 'source-in-use',
    });
  });
});

describe('a change of what a service is at work on', () => {
  it('is a 503 that says so, and changes nothing', async () => {
    const { id } = await deliver('file=films&again=true', FILMS);
    const service = await system.database.pool.connect();
    try {
      await service.query('begin');
      await service.query('select from sources.delivery where id = $1::int8 for update', [id]);
      const problem = await refusal('POST', `/sources/my-films/deliveries/${id}/withdraw`);
      expect(problem).toMatchObject({ status: 503, code: 'busy' });
      expect(problem.detail).toContain('A service is at work');
    } finally {
      await service.query('rollback');
      service.release();
    }
    const { body } = await ask('GET', `/sources/my-films/deliveries/${id}`);
    expect(body).toMatchObject({ state: 'received' });
  });
});

describe('the list of sources', () => {
  it('has IMDb first, from the published tables', async () => {
    const { body } = await ask('GET', '/sources');
    const [imdb, ...others] = SourceList.parse(body).items;
    expect(imdb).toMatchObject({ id: 'imdb', origin: 'published', lastDelivery: null, records: 0 });
    expect(others.map(({ id }) => id).sort()).toEqual(['my-films', 'other-films']);
  });
});

describe('with extractor and aggregator', () => {
  const stops: (() => Promise<void>)[] = [];
  const films = `id,title,year,rating
1,The Comet,1999,7.5
2,Low Tide,2004,
3,Dusk,late,8
4,Nobody Knows This One,1987,3
5,The Twins,2001,6
`;
  const links = 'id,imdb\n1,0000001\n';

  beforeAll(async () => {
    await system.query(`
      with title as (insert into imdb.title_basics (tconst, title_type, primary_title, original_title, is_adult, start_year, runtime_minutes) values
        ('tt0000001', 'movie', 'The Comet', 'Der Komet', false, 1999, 104),
        ('tt0000002', 'movie', 'Low Tide', 'Low Tide', false, 2004, 90),
        ('tt0000003', 'movie', 'The Twins', 'The Twins', false, 2001, 95),
        ('tt0000004', 'movie', 'The Twins', 'The Twins', false, 2001, 118)),
      crew as (insert into imdb.title_crew (tconst, directors) values ('tt0000003', '{nm0000001}'))
      insert into imdb.name_basics (nconst, primary_name) values ('nm0000001', 'Ada Winter')`);
    await buildSearchTables(system.database.pool);
    const urls = { DATABASE_URL: system.database.url, QUEUE_URL: system.database.url };
    const log = createLog('test', 'silent');
    const timings = { reconcileMs: 1000, reportMs: 50, cancelCheckMs: 250 };
    const extractor = ExtractorConfig.parse({
      ...urls,
      SNAPSHOT_DIR: system.snapshots,
      SOURCES_DIR: `${system.snapshots}/definitions`,
    });
    stops.push(await startExtractor(extractor, log, timings));
    stops.push(await startAggregator(AggregatorConfig.parse(urls), log, timings));
    const json = { ...DEFINITION, id: 'whole' };
    expect(await ask('PUT', '/sources/whole', { json })).toMatchObject({ status: 200 });
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
  });

  const wait = { timeout: 15_000, interval: 50 };

  async function deliverWhole(file: string, content: string): Promise<Delivery> {
    const gates = 'ignoreGates=too-many-rejects,too-many-lost';
    const sent = await ask('POST', `/sources/whole/deliveries?file=${file}&${gates}`, {
      file: content,
    });
    return untilTaken(Delivery.parse(sent.body));
  }

  async function untilTaken({ url }: Delivery): Promise<Delivery> {
    const read = async () => Delivery.parse((await ask('GET', url)).body);
    await expect.poll(async () => (await read()).state, wait).not.toBe('received');
    return read();
  }

  const record = async (id: string) =>
    RecordDetails.parse((await ask('GET', `/sources/whole/records/${id}`)).body);
  const stateOf = async (id: string) => {
    const { match } = await record(id);
    return match === null ? 'waiting' : `${match.state} ${match.movie}`;
  };

  it('a file becomes records, with rejects', async () => {
    const first = await deliverWhole('films', films);
    expect(first).toMatchObject({
      state: 'taken',
      isCurrent: true,
      rows: 5,
      records: 4,
      added: 4,
      changed: 0,
      removed: 0,
      rejects: 1,
      error: null,
    });
    const { body } = await ask('GET', `${first.url}/rejects`);
    expect(body).toMatchObject({
      items: [{ line: 4, raw: expect.stringContaining('late') as string }],
    });
    // what another file adds to a record
    expect(await deliverWhole('links', links)).toMatchObject({ state: 'taken', changed: 1 });
    expect((await record('1')).record).toMatchObject({
      title: 'The Comet',
      year: 1999,
      ids: { imdb: 'tt0000001' },
    });
    expect((await record('1')).raw).toMatchObject({ films: { title: 'The Comet' } });
  });

  it('records are matched, and those that are not are listed with reasons', async () => {
    await expect.poll(async () => stateOf('1'), wait).toBe('matched tt0000001');
    await expect.poll(async () => stateOf('2'), wait).toBe('matched tt0000002');
    await expect.poll(async () => stateOf('4'), wait).toMatch(/^unmatched mq\d+$/u);
    await expect.poll(async () => stateOf('5'), wait).toMatch(/^doubtful mq\d+$/u);
    const { body } = await ask('GET', '/matches?source=whole');
    const { items } = body as { items: OpenMatch[] };
    expect(items.map(({ record: id, state }) => [id, state])).toEqual([
      ['5', 'doubtful'],
      ['4', 'unmatched'],
    ]);
    expect(items[0]?.facts).toMatchObject({ title: 'The Twins', year: 2001 });
    const candidates = items[0]?.candidates ?? [];
    expect(candidates.map(({ movie }) => movie).sort()).toEqual(['tt0000003', 'tt0000004']);
    expect(candidates.find(({ movie }) => movie === 'tt0000003')?.facts).toMatchObject({
      title: 'The Twins',
      runtimeMinutes: 95,
      directors: ['Ada Winter'],
    });
    const log = await ask('GET', '/matches?source=whole&format=csv&fields=record,reason');
    expect(log.body).toBe(
      `record,reason\n5,${items[0]?.reason ?? ''}\n4,${items[1]?.reason ?? ''}\n`,
    );
  });

  it('counts and percentages are kept by source and delivery', async () => {
    const whole = async () =>
      SourceList.parse((await ask('GET', '/sources')).body).items.find(({ id }) => id === 'whole');
    await expect.poll(async () => (await whole())?.matches.matched.records, wait).toBe(2);
    expect(await whole()).toMatchObject({
      records: 4,
      rejects: 1,
      matches: {
        matched: { records: 2, percent: 50 },
        doubtful: { records: 1, percent: 25 },
        unmatched: { records: 1, percent: 25 },
        conflict: { records: 0, percent: 0 },
        waiting: 0,
      },
      lastDelivery: { file: 'links', matches: { matched: { records: 1, percent: 100 } } },
    });
    const { body } = await ask('GET', '/sources/imdb');
    expect(body).toMatchObject({ matches: { matched: { records: 2 } } });
    // between the first matching and its count, no record may seem lost
    const [kept] = await system.query(
      `select deliveries from sources.match_count where source = 'whole'`,
    );
    const keep = async (counts: unknown) =>
      system.query(`update sources.match_count set deliveries = $1::jsonb where source = 'whole'`, [
        JSON.stringify(counts),
      ]);
    await keep({});
    expect(await whole()).toMatchObject({
      records: 4,
      matches: { matched: { records: 0 }, waiting: 4 },
    });
    await keep(kept?.['deliveries']);
  });

  it('a decision comes before all scores, and can be undone', async () => {
    const json = { source: 'whole', record: '5', kind: 'same', movie: 'tt0000004' };
    const made = await ask('POST', '/matches/decisions', { json });
    expect(made.status).toBe(201);
    const decision = Decision.parse(made.body);
    expect(await ask('POST', '/matches/decisions', { json })).toMatchObject({
      status: 200,
      body: { id: decision.id },
    });
    await expect.poll(async () => stateOf('5'), wait).toBe('matched tt0000004');
    expect((await record('5')).match).toMatchObject({ decision: decision.id });
    const undone = await ask('DELETE', `/matches/decisions/${decision.id}`);
    expect(undone).toMatchObject({ status: 200, body: { undoneBy: 'API_ADMIN_KEY' } });
    await expect.poll(async () => stateOf('5'), wait).toMatch(/^doubtful mq/u);
    const { body } = await ask('GET', '/matches/decisions?source=whole');
    expect(body).toMatchObject({ items: [{ id: decision.id }] });
  });

  it(
    'a decision waits for an extraction as long as for a merge, and is refused then',
    { tags: ['long'] },
    async () => {
      const service = await system.database.pool.connect();
      const json = { source: 'whole', record: '5', kind: 'none' };
      try {
        await service.query('begin');
        await service.query(
          `insert into sources.pending (source, record_id) values ('whole', '5') on conflict (source, record_id) do update set since = now()`,
        );
        const problem = await refusal('POST', '/matches/decisions', { json });
        expect(problem).toMatchObject({ status: 503, code: 'busy' });
        expect(await system.query(`select from sources.decision where kind = 'none'`)).toEqual([]);
        const waiting = ask('POST', '/matches/decisions', { json });
        await service.query('commit');
        const { status, body } = await waiting;
        expect(status).toBe(201);
        await ask('DELETE', `/matches/decisions/${Decision.parse(body).id}`);
      } finally {
        await service.query('rollback');
        service.release();
      }
    },
  );

  it.each([
    [{ record: '99', kind: 'none' }, 404, 'not-found'],
    [{ record: '5', kind: 'same', movie: 'tt0999999' }, 409, 'unknown-movie'],
    [{ record: '5', kind: 'same' }, 400, 'bad-input'],
    [{ record: '5', kind: 'none', movie: 'tt0000004' }, 400, 'bad-input'],
    [{ record: '5', kind: 'maybe' }, 400, 'bad-input'],
  ])('the decision %j is refused', async (decision, status, code) => {
    const json = { source: 'whole', ...decision };
    expect(await refusal('POST', '/matches/decisions', { json })).toMatchObject({ status, code });
  });

  it.each(['/etc', '../..', 'a/../../b'])('no definition reads the folder %s', async (folder) => {
    const json = { ...DEFINITION, id: 'whole', folder };
    expect(await refusal('PUT', '/sources/whole', { json })).toMatchObject({
      status: 400,
      code: 'bad-input',
    });
  });

  it('a definition says what it would change before it does', async () => {
    const [first, second] = DEFINITION.files;
    const fields = { ...first?.fields, year: { constant: 1950 } };
    const json = { ...DEFINITION, id: 'whole', files: [{ ...first, fields }, second] };
    const { body } = await ask('PUT', '/sources/whole?dryRun=true', { json });
    expect(body).toEqual({
      id: 'whole',
      isNew: false,
      isChanged: true,
      isDryRun: true,
      effect: { records: 5, added: 1, changed: 4, removed: 0, rejects: 0, movies: 5 },
    });
    const same = await ask('PUT', '/sources/whole?dryRun=true', {
      json: { ...DEFINITION, id: 'whole' },
    });
    expect(same.body).toMatchObject({ isChanged: false, effect: { changed: 0, added: 0 } });
  });

  it('only differences travel, and a delivery is taken back', async () => {
    const before = (await record('2')).changedAt;
    const second = await deliverWhole('films', films.replace('4,Nobody', '6,Nobody'));
    expect(second).toMatchObject({ added: 1, changed: 0, removed: 1 });
    expect((await record('2')).changedAt).toBe(before);
    expect(await refusal('GET', '/sources/whole/records/4')).toMatchObject({ status: 404 });
    await ask('POST', `${second.url}/withdraw`);
    await expect
      .poll(async () => (await ask('GET', '/sources/whole/records/4')).status, wait)
      .toBe(200);
    expect(await refusal('GET', '/sources/whole/records/6')).toMatchObject({ status: 404 });
    const again = await ask('POST', `${second.url}/take?ignoreGates=too-many-rejects`);
    expect(await untilTaken(Delivery.parse(again.body))).toMatchObject({
      state: 'taken',
      ignoreGates: ['too-many-rejects'],
    });
  });

  it('a file of another source fails, and says why', async () => {
    const failed = await deliverWhole('films', 'a,b\n1,2\n');
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'wrong-header' } });
    expect(failed.error?.message).toContain('title');
  });
});
