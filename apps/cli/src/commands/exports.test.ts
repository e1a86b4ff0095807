import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Export, ExportDetails, ExportFile } from '@marquee/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { marquee } from '../testing/marquee.ts';

const ID = '20260815T063000Z-0a1b2c3d';
const CONTENT = Buffer.from('PAR1, or rather a text of some length');

const RUNNING: Export = {
  id: ID,
  url: `/exports/${ID}`,
  state: 'running',
  formats: ['parquet'],
  requestedAt: '2026-08-15T06:30:00Z',
  requestedBy: 'ada',
  startedAt: '2026-08-15T06:30:00Z',
  endedAt: null,
  phase: 'title_ratings.parquet',
  rowsDone: 1000,
  rowsTotal: 5000,
  files: 0,
  bytes: 0,
  error: null,
};
const RATINGS: ExportFile = {
  name: 'title_ratings.parquet',
  kind: 'table',
  format: 'parquet',
  table: 'title_ratings',
  path: `exports/title_ratings/${ID}/title_ratings.parquet`,
  rows: 4000,
  bytes: CONTENT.length,
  sha256: createHash('sha256').update(CONTENT).digest('hex'),
  columns: [],
  sortedBy: ['tconst'],
};
const DONE: ExportDetails = {
  ...RUNNING,
  state: 'done',
  endedAt: '2026-08-15T06:30:04Z',
  phase: null,
  files: 2,
  bytes: 2 * CONTENT.length,
  manifest: {
    version: 1,
    id: ID,
    createdAt: '2026-08-15T06:30:04Z',
    previous: null,
    formats: ['parquet'],
    attribution: '',
    movieChange: 0,
    tables: [],
    files: [RATINGS, { ...RATINGS, name: 'title_ratings.changes.parquet', kind: 'changes' }],
  },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-exports-'));
});
afterEach(async () => rm(folder, { recursive: true }));

/** Serves the file as the API does, whole or from a byte on. */
function serve(content: Buffer) {
  return ({ headers }: { headers: Record<string, unknown> }) => {
    const from = Number(/^bytes=(\d+)-$/u.exec(String(headers['range']))?.[1] ?? 0);
    return new Response(content.subarray(from), { status: from > 0 ? 206 : 200 });
  };
}

const FILE_PATH = `/exports/${ID}/${RATINGS.name}`;
const get = async (content: Buffer, ...args: string[]) =>
  marquee({ '/exports/latest': DONE, [FILE_PATH]: serve(content) }, [
    'exports',
    'get',
    ...args,
    '-o',
    folder,
  ]);

it('lists exports with their formats and sizes', async () => {
  const { stdout } = await marquee({ '/exports': { items: [DONE, RUNNING] } }, ['exports']);
  expect(stdout.split('\n').slice(1)).toEqual([
    `${ID}  done     parquet      2  1 kB  ada`,
    `${ID}  running  parquet      0        ada`,
    '',
  ]);
});

it('makes one, says what it is doing, and shows its files', async () => {
  let polls = 0;
  const { stdout, stderr, api } = await marquee(
    {
      'POST /exports': { ...RUNNING, state: 'waiting', phase: null },
      [`/exports/${ID}`]: () =>
        Response.json(polls++ === 0 ? { ...RUNNING, manifest: null } : DONE),
    },
    ['exports', 'make', '--formats', 'duckdb'],
  );
  expect(JSON.parse(api.requests[0]?.body ?? '')).toEqual({ formats: ['duckdb'], again: false });
  expect(stderr).toContain('title_ratings.parquet: 1,000 of 5,000 rows so far');
  expect(stdout).toContain('in 4.0 s');
  expect(stdout).toContain(RATINGS.path);
});

it('fails with the reason of the server', async () => {
  const error = {
    code: 'disk-space',
    message: 'The disk is full.',
    hint: 'Free it.',
    dataset: null,
  };
  const failed = { ...RUNNING, state: 'failed', error, manifest: null };
  const routes = { 'POST /exports': RUNNING, [`/exports/${ID}`]: failed };
  const { code, stderr } = await marquee(routes, ['exports', 'make']);
  expect(code).toBe(1);
  expect(stderr).toContain('The disk is full.');
  expect(stderr).toContain('Free it.');
  const json = await marquee(routes, ['exports', 'make', '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toEqual(failed);
});

it('downloads the tables, and only what is missing', async () => {
  expect((await get(CONTENT)).stdout).toContain(
    `1 file of the export ${ID} in the folder ${folder}.`,
  );
  expect(await readdir(folder)).toEqual([RATINGS.name]);
  expect(await readFile(join(folder, RATINGS.name))).toEqual(CONTENT);
  const again = await get(CONTENT);
  expect(again.stderr).toContain('there already');
  expect(again.api.requests.map(({ url }) => url)).toEqual(['/exports/latest']);
});

it('continues an interrupted download', async () => {
  await writeFile(join(folder, `${RATINGS.name}.part`), CONTENT.subarray(0, 10));
  const { api } = await get(CONTENT, RATINGS.name);
  expect(api.requests.at(-1)?.headers).toMatchObject({
    range: 'bytes=10-',
    'if-range': `"${RATINGS.sha256}"`,
  });
  expect(await readFile(join(folder, RATINGS.name))).toEqual(CONTENT);
});

it('keeps no file whose content is not that of the manifest', async () => {
  const { code, stderr } = await get(Buffer.from('x'.repeat(CONTENT.length)));
  expect(code).toBe(1);
  expect(stderr).toContain('another content');
  expect(await readdir(folder)).toEqual([]);
});

it('ends with 3 for a file that it does not have, and names those that it has', async () => {
  const { code, stderr } = await get(CONTENT, 'marquee.duckdb');
  expect(code).toBe(3);
  expect(stderr).toContain('title_ratings.changes.parquet');
});
