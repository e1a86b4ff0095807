import { spawnSync } from 'node:child_process';
import { Chart, FoundTitlePage, Title } from '@marquee/contract';
import { freePort } from '@marquee/process';
import { lacks } from '@marquee/process/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Cli } from './cli.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

// Runs the built program, as users do. Each run takes a third of a second: what needs no API or
// terminal is tested in apps/cli.

const days = useDays({ titles: 3000, days: 1 });
const system = useSharedSystem(() => ({ published: days, workers: false }));
const cli = new Cli(system);

describe('the command line', () => {
  it('exits with 2 for an unknown command, and with 4 if nothing answers', async () => {
    expect(await cli.run('serach', 'x')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Did you mean search?') as string,
    });
    const url = `127.0.0.1:${await freePort()}`;
    expect(await cli.failure('stats', '--url', url)).toMatchObject({
      code: 4,
      error: {
        message: `Nothing answers at http://${url}, the address of the API.`,
        hint: expect.stringContaining('make up') as string,
      },
    });
  });

  it(
    'completes in bash with and without bash-completion',
    { skip: lacks('bash'), tags: ['long'] },
    () => {
      const main = `${import.meta.dirname}/../../apps/cli/bin/marquee.js`;
      const complete = `marquee() { '${process.execPath}' '${main}' "$@"; }; source <(marquee complete bash)
      set -- $(complete -p marquee); "$3"; echo "\${COMPREPLY[@]}"; declare -F _get_comp_words_by_ref`;
      const asked = `COMP_WORDS=(marquee search --type movie,tvSp); COMP_CWORD=3`;
      const packaged = `_get_comp_words_by_ref() { words=(marquee sna); cword=1; cur=sna; prev=marquee; }`;
      for (const [before, said] of [
        [asked, 'movie,tvSpecial\n'],
        [packaged, 'snapshots\n_get_comp_words_by_ref\n'],
      ] as const) {
        expect(
          spawnSync('bash', ['--norc', '--noprofile', '-c', `${before}\n${complete}`], {
            encoding: 'utf8',
            env: cli.environment(),
          }).stdout,
        ).toBe(said);
      }
    },
  );

  it.each([
    [['search', 'made up', '--all', '--format', 'csv'], ['stdout'], 0],
    [['keys'], ['stderr'], 5],
  ] as const)('ends %j quietly if its reader closes %j, with %d', async (command, closed, code) => {
    const { child, ended } = cli.start(command);
    for (const name of closed) child[name].destroy();
    expect(await ended).toMatchObject({ code, stderr: '' });
  });
});

describe('titles and people', () => {
  it('are found and shown', async () => {
    const [best] = (await cli.json(Chart, 'top', '--min-votes', '1', '-n', '1')).items;
    if (!best?.primaryTitle) throw new Error('The sample has no rated movie.');
    const table = await cli.run('search', best.primaryTitle);
    expect(table.stdout).toMatch(/^ID +TITLE OR NAME +WHAT +YEAR +RATING +VOTES\n/u);
    expect(table.stdout).toContain(`${best.tconst}  ${best.primaryTitle}`);
    expect(table.stdout).not.toContain('\u001B');
    const address = `https://m.imdb.com/title/${best.tconst.toUpperCase()}/`;
    const page = await cli.run('title', address);
    expect(page.stdout).toContain(`${best.primaryTitle} (${best.startYear ?? ''}`);
    expect(page.stdout).toContain(`★ ${best.averageRating?.toFixed(1) ?? ''} from`);
    const { principals } = Title.parse(
      (await system.ask('GET', `/titles/${best.tconst}?include=principals`)).body,
    );
    const nconst = principals?.items[0]?.nconst ?? expect.fail('it has no credits');
    expect((await cli.run('name', nconst)).stdout).toContain(best.primaryTitle);
    const costars = await cli.run('costars', nconst);
    expect(costars.stdout).toMatch(/^ID +NAME +TITLES IN COMMON\nnm\d+ /u);
  });

  it('are listed whole, as JSON and as the CSV of the API', async () => {
    const { body } = await system.ask('GET', '/titles?titleType=movie&sort=id&limit=200');
    const { items, next } = FoundTitlePage.parse(body);
    const command = ['search', '--type', 'movie', '--sort', 'id', '--all'];
    const all = await cli.json(FoundTitlePage, ...command);
    expect(all.items.slice(0, 200)).toEqual(items);
    const { rows } = await system.database.pool.query<{ movies: number }>(
      `select count(*)::int as movies from imdb.title_basics where title_type = 'movie'`,
    );
    const movies = rows[0]?.movies ?? 0;
    expect([all.items.length, next !== null]).toEqual([movies, movies > 200]);
    const csv = await fetch(`${system.apiUrl}/titles?titleType=movie&sort=id&format=csv`);
    expect((await cli.run(...command, '--format', 'csv')).stdout).toBe(await csv.text());
  });

  it('are episodes of a series with their ratings, and titles similar to it', async () => {
    const { rows } = await system.database.pool.query<{ id: string }>(
      `select parent_tconst as id from imdb.title_episode join imdb.title_ratings using (tconst)
       where season_number is not null group by 1 order by count(*) desc limit 1`,
    );
    const id = rows[0]?.id ?? expect.fail('no episode is rated');
    const { stdout, stderr } = await cli.run('episodes', id, '--season', '1', '-n', '2');
    expect(stdout).toMatch(/^EPISODE +ID +TITLE +YEAR(?: +RATING +VOTES)?\nS1 E\d+ +tt\d{7,} /u);
    expect(stderr).not.toContain('undefined');
    expect(await cli.run('episodes', id, '--season', '999')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining(`marquee title ${id}`) as string,
    });
    expect((await cli.run('similar', id, '-n', '1')).stdout).toMatch(/^ID +TITLE [^]*\ntt\d+ /u);
  });
});

describe('wrong values', () => {
  it.each([
    [['search', 'x', '--type', 'film'], /^--type: .*\bmovie\b/u],
    [['search', '--genre', 'Drma'], /^--genre: .*\bDrama\b/u],
    [['top', '--genre', 'Horor'], /^--genre: .*\bHorror\b/u],
    [['search', '--from', '2000', '--to', '1990'], /^--to: .*--from is 2000; got 1990$/mu],
  ])('%j are told once, with the nearest: 2', async (args, said) => {
    const { code, stdout, stderr } = await cli.run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(said);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).not.toContain('GET /');
  });
});

describe('SQL without psql', () => {
  it('has its rows as a table, CSV and JSON, and errors of PostgreSQL', async () => {
    const count = 'select count(*) as rows, null as nothing from title_basics';
    expect(await cli.run('sql', '--format', 'csv', count)).toMatchObject({
      code: 0,
      stdout: 'rows,nothing\n3000,\n',
    });
    const shape = z.array(z.object({ rows: z.string(), nothing: z.null() }));
    expect(await cli.json(shape, 'sql', count)).toEqual([{ rows: '3000', nothing: null }]);
    expect(await cli.failure('sql', 'select nonsense')).toMatchObject({
      code: 1,
      error: { code: 'sql', message: 'ERROR: column "nonsense" does not exist' },
    });
  });

  it(
    'has a prompt: several lines, tables, formats, and Ctrl-C for the statement',
    { skip: lacks('script'), timeout: 60_000 },
    async () => {
      const { code, shown } = await cli.inTerminal('sql --format table', [
        ['marquee=> ', 'select count(*)\r'],
        ['marquee-> ', 'from title_basics;\r'],
        [/\n3000\r\n\(1 row\)[^]*=> /u, '\\d title_ratings\r'],
        [/num_votes +integer[^]*=> /u, '\\format csv\r'],
        ['=> ', 'select 1 as a, 2 as b;\r'],
        // rows come 500 at a time: the first ones show that it runs
        [
          /a,b\r\n1,2\r\n[^]*=> /u,
          'select i, pg_sleep((i / 501) * 60) from generate_series(1, 501) i;\r',
        ],
        [/\n500,\r\n/u, '\u0003'],
        [/ERROR: canceling statement due to user request[^]*=> /u, 'nonsense\u0003'],
        [/\^C\r\n[^]*=> /u, '\\q\r'],
      ]);
      expect(code, shown).toBe(0);
    },
  );
});

describe('in a terminal', { skip: lacks('script') }, () => {
  async function expectLinesFit(columns: number): Promise<void> {
    for (const command of ['top --min-votes 1 -n 5', 'runs', 'snapshots', 'stats']) {
      const { code, shown } = await cli.inTerminal(command, [], { columns });
      expect(code, shown).toBe(0);
      const lines = shown.split('\r\n').map((line) => line.replaceAll(/\u001B\[[\d;]*m/gu, ''));
      const tooLong = lines.filter(
        (line) => line.length > columns && !/made up by marquee|There are more/u.test(line),
      );
      expect(tooLong, command).toEqual([]);
    }
  }

  it('of 40 columns, each line fits', { tags: ['long'] }, async () => expectLinesFit(40));

  it.each([50, 80])('of %d columns, each line fits', { tags: ['long'] }, expectLinesFit);
});
