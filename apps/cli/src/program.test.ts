import { problem } from '@marquee/api-client/testing';
import { ATTRIBUTION } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { VERSION } from './version.ts';
import { freshApi } from './testing/answers.ts';
import { marquee } from './testing/marquee.ts';

const COMMANDS = [
  'search',
  'title',
  'name',
  'episodes',
  'similar',
  'costars',
  'open',
  'top',
  'stats',
  'changes',
  'events',
  'sql',
  'update',
  'runs',
  'rejects',
  'snapshots',
  'keys',
  'doctor',
];

it.each(COMMANDS)('shows help of %s, with examples and the global options', async (command) => {
  const { code, stdout, api } = await marquee({}, [command, '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain(`$ marquee ${command}`);
  for (const option of ['--json', '--url', '--key', '--yes', '--no-input'])
    expect(stdout).toContain(option);
  expect(api.requests).toEqual([]);
});

it('shows help with all commands, exit codes, variables and the attribution', async () => {
  const { code, stdout } = await marquee({}, ['--help']);
  expect(code).toBe(0);
  for (const text of [...COMMANDS, 'MARQUEE_URL', 'MARQUEE_KEY', 'NO_COLOR', ATTRIBUTION])
    expect(stdout).toContain(text);
  expect([...stdout.matchAll(/^ {2}(\d+) {2,}\S/gmu)].map(([, exit]) => exit)).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '130',
  ]);
});

it('shows its version', async () => {
  for (const option of ['--version', '-v'])
    expect(await marquee({}, [option])).toMatchObject({ code: 0, stdout: `${VERSION}\n` });
});

describe('wrong usage ends with 2, without a result or a request', () => {
  it.each([
    [['serach', 'x'], /search/u],
    [['search'], /words.*filters/u],
    [['search', 'x', '--kind', 'film'], /title, name/u],
    [['search', 'x', '--from', '-1'], /0 to 9999/u],
    [['search', 'x', '--min-rating', '11'], /0 to 10/u],
    [['search', 'x', '--min-votes', '2147483648'], /2147483647/u],
    [['search', 'x', '--limit', '201'], /1 to 200/u],
    [['search', 'x', '--sort', 'beauty'], /relevance/u],
    [['top', '--limit', '0'], /1 to 250/u],
    [['top', '--limit'], /--limit/u],
    [['changes', '-n', '1001'], /1 to 1000/u],
    [['update', '--datasets', 'title.nothing'], /title\.basics/u],
    [['update', '--force', 'half'], /full/u],
    [['runs', 'list', '-n', '201'], /1 to 200/u],
    [['episodes', 'tt0000001', '--season', 'one'], /unknown/u],
    [['costars', 'tt0000001'], /marquee title tt0000001/u],
    [['title', 'nm0000001'], /marquee name nm0000001/u],
    [['open', 'winter'], /marquee open search winter/u],
    [['runs', '--json', '--format', 'csv'], /two formats/u],
    [['stats', '--url', 'ftp://films.example'], /http:\/\//u],
    [['search', 'x', '--all', '-n', '5'], /--all/u],
    [['changes', '--follow', '--all'], /--follow/u],
    [['events', '--follow', '--all'], /--follow/u],
    [['runs', 'stop'], /stop|too many/u],
    [['rejects', '--dataset', 'title.nothing'], /one of .*title\.basics/u],
    [['rejects', '-n', '201'], /1 to 200/u],
    [['snapshots', 'load'], /ids/u],
    [['keys', 'create', 'x', '--role', 'owner'], /reader, operator, admin/u],
    [['keys', 'create', 'x', '--requests-per-minute', '0'], /1 to 1000000/u],
    [['title'], /id/u],
    [['title', 'tt0000001', 'tt0000002'], /too many/u],
    [['stats', '--jsn'], /--json/u],
    [['title', 'winter'], /tt0000001[^]*marquee search winter/u],
    [['name', 'tt0000001'], /title tt0000001/u],
    [['sql', '--json'], /statement/u],
  ])('%j', async (args, said) => {
    const { code, stdout, stderr, api } = await marquee({}, args, {
      env: { DATABASE_URL: 'postgres://nowhere/x' },
    });
    expect([code, stdout, api.requests]).toEqual([2, '', []]);
    expect(stderr).toMatch(said);
  });
});

it('treats values that the API rejects as wrong usage too', async () => {
  const answers = {
    ...freshApi(),
    '/charts/top': () =>
      problem({
        status: 400,
        code: 'bad-input',
        detail: 'Invalid request: decade: expected the first year.',
        hint: 'GET /docs describes the input of each operation.',
        faults: [{ where: 'decade', what: 'expected the first year' }],
      }),
  };
  const { code, stderr } = await marquee(answers, ['top', '--decade', '1975']);
  expect(code).toBe(2);
  expect(stderr).toBe('--decade: expected the first year\nSee --help.\n');
});

it('accepts global options before and after the command', async () => {
  for (const args of [
    ['--json', 'runs'],
    ['runs', '--json'],
    ['runs', 'list', '--json'],
  ])
    expect(
      JSON.parse((await marquee({ '/runs': { items: [], next: null } }, args)).stdout),
    ).toEqual({ items: [], next: null });
});

it('reports wrong usage as one JSON document with --json', async () => {
  for (const args of [
    ['serach', '--json'],
    ['search', 'x', '--from', 'abc', '--json'],
    ['--json', 'title'],
    ['--json', 'title', 'winter'],
    ['--json'],
  ]) {
    const { code, stdout, stderr } = await marquee({}, args);
    expect([code, stdout], args.join(' ')).toEqual([2, '']);
    expect(JSON.parse(stderr), args.join(' ')).toEqual({
      error: {
        code: 'usage',
        message: expect.stringMatching(/^[^\n]+$/u) as string,
        hint: expect.any(String) as string,
      },
    });
  }
  const { stderr } = await marquee({}, ['serach', '--json']);
  expect(JSON.parse(stderr)).toMatchObject({
    error: { message: "unknown command 'serach'", hint: 'Did you mean search?' },
  });
});
