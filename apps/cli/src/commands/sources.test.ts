import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem } from '@marquee/api-client/testing';
import type { AnyDelivery, Delivery, FileCheck, Source, SourceDetails } from '@marquee/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { marquee } from '../testing/marquee.ts';

const share = (records: number, percent: number) => ({ records, percent });
const MATCHES = {
  matched: share(9640, 98.95),
  doubtful: share(52, 0.53),
  unmatched: share(50, 0.51),
  conflict: share(0, 0),
  waiting: 0,
};
const DELIVERY: Delivery = {
  id: 7,
  url: '/sources/my-films/deliveries/7',
  source: 'my-films',
  file: 'films',
  name: 'films.csv',
  sha256: '0'.repeat(64),
  bytes: 120,
  receivedAt: '2026-08-15T06:15:00Z',
  receivedBy: 'ada',
  state: 'received',
  isCurrent: false,
  rows: null,
  records: null,
  added: null,
  changed: null,
  removed: null,
  rejects: null,
  matches: null,
  ignoreGates: [],
  error: null,
  takenAt: null,
  withdrawnAt: null,
  withdrawnBy: null,
};
const TAKEN: Delivery = {
  ...DELIVERY,
  state: 'taken',
  isCurrent: true,
  rows: 9743,
  records: 9742,
  added: 12,
  changed: 40,
  removed: 1,
  rejects: 1,
  takenAt: '2026-08-15T06:15:02Z',
};
const SOURCE: Source = {
  id: 'my-films',
  name: 'My films',
  url: null,
  licence: { name: 'Private', url: null, republish: false },
  attribution: null,
  origin: 'api',
  priority: 100,
  files: ['films'],
  records: 9742,
  matches: MATCHES,
  rejects: 1,
  lastDelivery: TAKEN,
  updatedAt: '2026-08-15T06:15:00Z',
};
const DEFINITION = {
  schema: 1,
  id: 'my-films',
  name: 'My films',
  licence: { name: 'Private', republish: false },
  files: [
    { name: 'films', pattern: 'films*.csv', format: 'csv', id: 'id', fields: { title: 'title' } },
  ],
};
const DETAILS: SourceDetails = {
  ...SOURCE,
  definition: DEFINITION,
  error: null,
  schedule: null,
  current: [TAKEN],
};

let folder = '';
const FILE = 'id,title\n1,The Comet\n';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-sources-'));
  await writeFile(join(folder, 'films.csv'), FILE);
  await writeFile(join(folder, 'source.json'), JSON.stringify({ id: 'my-films', schema: 1 }));
  await mkdir(join(folder, 'library', 'The Comet'), { recursive: true });
  await writeFile(join(folder, 'library', 'The Comet', 'movie.nfo'), '<movie/>');
  await writeFile(join(folder, 'library', 'The Comet', 'movie.mkv'), 'a film');
});
afterAll(async () => rm(folder, { recursive: true }));

describe('marquee sources', () => {
  it('lists sources with how many records are matched', async () => {
    const { stdout } = await marquee(
      { '/sources': { items: [SOURCE], hasLocks: false, hasPictures: false } },
      ['sources'],
    );
    const [head, row] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^ID +NAME +RECORDS +MATCHED +DOUBTFUL +CONFLICTS +UNMATCHED/u);
    expect(row).toMatch(/^my-films +My films +9,742 +9,640 \(99\.0 %\) +52 +0 +50/u);
  });

  it('shows one with its licence and the deliveries in use', async () => {
    const { stdout } = await marquee({ '/sources/my-films': DETAILS }, [
      'sources',
      'show',
      'my-films',
    ]);
    expect(stdout).toContain('licence      Private');
    expect(stdout).toMatch(/films +films\.csv, delivery 7 of .*, 9,743 rows/u);
  });

  it('adds one by its definition, or shows what that would change', async () => {
    const change = { id: 'my-films', isNew: false, isChanged: true, isDryRun: false, effect: null };
    const path = join(folder, 'source.json');
    const added = await marquee({ 'PUT /sources/my-films': change }, ['sources', 'add', path]);
    expect(JSON.parse(added.api.requests[0]?.body ?? '')).toEqual({ id: 'my-films', schema: 1 });
    expect(added.stdout).toContain('Its deliveries are read again');
    const effect = { records: 5, added: 1, changed: 2, removed: 3, rejects: 4, movies: 6 };
    const tried = await marquee(
      { 'PUT /sources/my-films': { ...change, isDryRun: true, effect } },
      ['sources', 'add', path, '--dry-run'],
    );
    expect(tried.api.queriesOf('/sources/my-films')).toEqual([{ dryRun: 'true' }]);
    expect(tried.stdout).toContain('1 added, 2 changed, 3 removed; 4 rejects; 6 movies');
    const none = await marquee({}, ['sources', 'add', join(folder, 'films.csv')]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('is not JSON')]);
  });
});

describe('marquee sources deliver', () => {
  it('sends a file with its digest, waits until it is taken, and shows what it changed', async () => {
    let reads = 0;
    const { code, stdout, stderr, api } = await marquee(
      {
        'POST /sources/my-films/deliveries': DELIVERY,
        [DELIVERY.url]: () => Response.json(++reads < 2 ? DELIVERY : TAKEN),
      },
      ['sources', 'deliver', 'my-films', join(folder, 'films.csv')],
    );
    expect(code).toBe(0);
    const [sent] = api.requests;
    expect(sent?.body).toBe(FILE);
    expect(sent?.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(FILE.length),
      'content-digest': `sha-256=:${createHash('sha256').update(FILE).digest('base64')}:`,
    });
    expect(api.queriesOf('/sources/my-films/deliveries')).toEqual([{ name: 'films.csv' }]);
    expect(stdout).toBe(
      'Delivery 7 of my-films is taken: 9,742 records, 12 added, 40 changed, 1 removed; 1 reject.\n',
    );
    expect(stderr).toContain('marquee sources rejects my-films 7');
  });

  it('packs a folder of .nfo files, without the films', async () => {
    const { api } = await marquee({ 'POST /sources/nfo/deliveries': TAKEN }, [
      'sources',
      'deliver',
      'nfo',
      join(folder, 'library'),
      '--json',
    ]);
    const body = api.requests[0]?.body ?? '';
    expect(body).toContain('The Comet/movie.nfo');
    expect(body).toContain('<movie/>');
    expect(body).not.toContain('a film');
    await mkdir(join(folder, 'empty'));
    const empty = await marquee({}, ['sources', 'deliver', 'nfo', join(folder, 'empty')]);
    expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining('no .nfo files')]);
  });

  it('fails with the error of a delivery', async () => {
    const error = { code: 'wrong-header', message: 'films.csv lacks title.', hint: 'Look at it.' };
    const { code, stderr } = await marquee(
      { 'POST /sources/my-films/deliveries': { ...DELIVERY, state: 'failed', error } },
      ['sources', 'deliver', 'my-films', join(folder, 'films.csv')],
    );
    expect(code).toBe(1);
    expect(stderr).toContain('Delivery 7 has failed: films.csv lacks title.');
    expect(stderr).toContain('Look at it.');
    expect(stderr).not.toContain('--ignore-gates');
  });

  it('says how to take a delivery that a gate has stopped', async () => {
    const error = { code: 'too-many-rejects', message: '1 of 2 rows are rejects.', hint: null };
    const { stderr } = await marquee(
      { 'POST /sources/my-films/deliveries': { ...DELIVERY, state: 'failed', error, rejects: 1 } },
      ['sources', 'deliver', 'my-films', join(folder, 'films.csv')],
    );
    expect(stderr).toContain('marquee sources rejects my-films 7\n');
    expect(stderr).toContain('marquee sources take my-films 7 --ignore-gates too-many-rejects');
  });

  it('passes gates that are named, and knows no others', async () => {
    const path = 'POST /sources/my-films/deliveries/7/take';
    const args = ['sources', 'take', 'my-films', '7', '--ignore-gates'];
    const { api } = await marquee({ [path]: TAKEN }, [...args, 'too-many-lost']);
    expect(api.queriesOf('/sources/my-films/deliveries/7/take')).toEqual([
      { ignoreGates: 'too-many-lost' },
    ]);
    expect((await marquee({}, [...args, 'all'])).code).toBe(2);
  });
});

describe('marquee sources check', () => {
  const checked: FileCheck = {
    source: 'my-films',
    file: 'films',
    rows: 2,
    records: 1,
    rejects: 1,
    filled: { title: 1 },
    firstRecords: [{ id: '1', line: 2, record: { title: 'The Comet' } }],
    firstRejects: [{ line: 3, reason: 'year: expected a year', raw: '2,\tDusk,late' }],
  };
  const answers = {
    '/sources': { items: [SOURCE], hasLocks: false, hasPictures: false },
    '/sources/my-films': DETAILS,
    'POST /sources/my-films/check': checked,
  };

  it('finds the source by the name, and shows records and rejects', async () => {
    const { code, stdout } = await marquee(answers, [
      'sources',
      'check',
      join(folder, 'films.csv'),
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain('As the file films of my-films: 2 rows, 1 record, 1 reject.');
    expect(stdout).toContain('"title": "The Comet"');
    expect(stdout).toMatch(/3 +year: expected a year +2,␉Dusk,late/u);
  });

  it.each([
    ['a library', { pattern: '*', format: 'nfo' }, 0],
    ['other columns', { id: 'film' }, 0],
    ['the same columns', {}, 2],
  ])('considers a source with %s as the name and the header say', async (_, change, code) => {
    const [file] = DEFINITION.files;
    const definition = { ...DEFINITION, id: 'others', files: [{ ...file, ...change }] };
    const others = { ...SOURCE, id: 'others' };
    const found = await marquee(
      {
        ...answers,
        '/sources': { items: [others, SOURCE], hasLocks: false, hasPictures: false },
        '/sources/others': { ...DETAILS, ...others, definition },
        'POST /sources/my-films/check': { ...checked, rejects: 0, firstRejects: [] },
      },
      ['sources', 'check', join(folder, 'films.csv')],
    );
    expect([found.code, found.stderr]).toEqual([
      code,
      code === 0 ? '' : expect.stringContaining('name films.csv: others, my-films.'),
    ]);
  });

  it('asks for the source if no source has files of this name', async () => {
    const { code, stderr } = await marquee(answers, [
      'sources',
      'check',
      join(folder, 'source.json'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('No source has files with the name source.json');
  });
});

describe('marquee deliveries', () => {
  const failed: AnyDelivery = {
    id: 12,
    url: '/deliveries/12',
    source: null,
    name: 'films.csv',
    place: 's3://incoming/nobody/films.csv',
    bytes: 120,
    receivedAt: '2026-08-15T06:15:00Z',
    receivedBy: null,
    state: 'failed',
    attempts: 0,
    run: null,
    error: { code: 'no-provider', message: 'No provider delivers it.', hint: null },
  };

  it('lists what has failed with the reason, and retries it', async () => {
    const { stdout, api } = await marquee({ '/deliveries': { items: [failed], next: null } }, [
      'deliveries',
      '--state',
      'failed',
    ]);
    expect(api.queriesOf('/deliveries')).toMatchObject([{ state: 'failed' }]);
    expect(stdout).toMatch(/12 +films\.csv .* failed +No provider delivers it\./u);
    const retried = await marquee(
      { 'POST /deliveries/12/retry': { ...failed, state: 'waiting', error: null } },
      ['deliveries', 'retry', '12'],
    );
    expect(retried.stdout).toContain('Delivery 12 is taken again soon.');
  });
});

describe('a key for one source', () => {
  it('is refused for anything else, as the server says', async () => {
    const refuse = () =>
      problem({ status: 403, code: 'key-of-a-source', detail: 'Only my-films.' });
    const { code, stderr } = await marquee({ '/sources': refuse }, ['sources']);
    expect([code, stderr]).toEqual([5, expect.stringContaining('Only my-films.')]);
  });
});
