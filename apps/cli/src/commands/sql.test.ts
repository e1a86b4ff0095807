import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@marquee/process';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { freshApi } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

const URL_WITH_PASSWORD = 'postgres://ada:p%40ss@127.0.0.1:5432/imdb';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marquee-sql-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

/** Runs `marquee sql` with a psql that records how it is called, and ends in this way. */
async function sql(
  args: readonly string[],
  env: Readonly<Record<string, string>> = { DATABASE_URL: URL_WITH_PASSWORD },
  { psqlEnds = 'exit 0', version = '18.4' } = {},
) {
  writeFileSync(
    join(folder, 'psql'),
    `#!/bin/sh
[ "$1" = --version ] && { echo "psql (PostgreSQL) ${version}"; exit; }
for arg in "$@"; do printf '%s\\n' "$arg"; done > '${folder}/args'
printf '%s\\n' "$PGPASSWORD" "$PGOPTIONS" "$OTHER" > '${folder}/env'
${psqlEnds}
`,
    { mode: 0o755 },
  );
  const ended = await marquee(freshApi(), ['sql', ...args], { env: { PATH: folder, ...env } });
  return {
    ...ended,
    lines: (file: 'args' | 'env') =>
      readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1),
  };
}

describe('psql', () => {
  it('is opened on the database, with the password where no process list shows it', async () => {
    const { code, stdout, lines } = await sql([], { DATABASE_URL: URL_WITH_PASSWORD, OTHER: 'x' });
    expect([code, stdout]).toEqual([0, '']);
    expect(lines('args')).toEqual(['postgres://ada@127.0.0.1:5432/imdb']);
    expect(lines('env')).toEqual(['p@ss', expect.stringMatching(/search_path=imdb,public/u), 'x']);
  });

  it('runs the given statement', async () => {
    const statement = `select 'it''s "one"'; -- \\dt $HOME`;
    expect((await sql([statement])).lines('args').slice(1)).toEqual(['-c', statement]);
  });

  it('keeps the password and the options of the environment', async () => {
    const { lines } = await sql([], {
      DATABASE_URL: 'postgres://127.0.0.1/imdb',
      PGPASSWORD: 'own',
      PGOPTIONS: '-c statement_timeout=5s',
    });
    expect(lines('env')).toEqual(['own', '-c search_path=imdb,public -c statement_timeout=5s', '']);
  });

  it('is opened on the given database rather than another', async () => {
    const { lines } = await sql(['--database-url', 'postgres://db/other']);
    expect(lines('args')).toEqual(['postgres://db/other']);
  });

  it('is opened although the API is unreachable', async () => {
    const { code, lines } = await sql([], {
      DATABASE_URL: URL_WITH_PASSWORD,
      MARQUEE_URL: `http://127.0.0.1:${await freePort()}`,
    });
    expect([code, lines('args')]).toEqual([0, ['postgres://ada@127.0.0.1:5432/imdb']]);
  });

  it.each([
    ['exit 3', 3],
    // ended by a signal
    ['kill -9 $$', 130],
  ])('ends as %j with %d', async (psqlEnds, code) => {
    expect((await sql(['select 1'], { DATABASE_URL: URL_WITH_PASSWORD }, { psqlEnds })).code).toBe(
      code,
    );
  });

  it.each([[['--format', 'csv', 'select 1'], '18.4'] as const, [['select 1'], '15.18'] as const])(
    'is not used for %j with version %s: the own client connects',
    async (args, version) => {
      const url = `postgres://ada:secret@127.0.0.1:${await freePort()}/imdb`;
      const { code, stderr, lines } = await sql(args, { DATABASE_URL: url }, { version });
      expect(code).toBe(4);
      expect(stderr).toMatch(/^The database does not answer: .*ECONNREFUSED/u);
      expect(stderr).not.toContain('secret');
      expect(() => lines('args')).toThrow('ENOENT');
    },
  );
});

it('ends with 4 if the URL of the database is unknown', async () => {
  const { code, stdout, stderr } = await sql(['select 1'], {});
  expect([code, stdout]).toEqual([4, '']);
  expect(stderr).toContain('--database-url');
});

it('ends with 2 for an invalid --database-url, without showing it', async () => {
  for (const url of ['nonsense', 'host=db password=secret']) {
    const { code, stdout, stderr } = await sql(['--database-url', url, 'select 1']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('postgres://');
    expect(stderr).not.toMatch(/secret|TypeError/u);
  }
});

it('ends with 4 as JSON if the database does not answer, without its password', async () => {
  const { code, stdout, stderr, api } = await sql(['--json', 'select 1'], {
    DATABASE_URL: `postgres://ada:secret@127.0.0.1:${await freePort()}/imdb`,
  });
  expect([code, stdout, api.requests]).toEqual([4, '', []]);
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'unreachable' } });
  expect(stderr).not.toContain('secret');
});
