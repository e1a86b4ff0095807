import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  Chart,
  KeyList,
  NewKey,
  Problem,
  RejectPage,
  Run,
  RunPage,
  SearchPage,
  SnapshotList,
  Stats,
  Title,
} from '@marquee/contract';
import { fileNameOf, headerOf } from '@marquee/datasets';
import { freePort, takeLock } from '@marquee/process';
import { lacks } from '@marquee/process/testing';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

// runs the built program, as users do

const MAIN = join(import.meta.dirname, '../../apps/cli/bin/marquee.js');
const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const MADE_UP_NOTE =
  "All titles and people are made up by marquee's sample generator. None of it is IMDb's.\n";

const Failure = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }),
});

const days = useDays({ titles: 1000, days: 2 });
const system = useSharedSystem(() => ({ files: days.day(0), api: { API_ADMIN_KEY: ADMIN } }));

function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { CI: _ci, NO_COLOR: _noColor, FORCE_COLOR: _force, ...env } = process.env;
  return {
    ...env,
    MARQUEE_URL: system.apiUrl,
    DATA_DIR: join(tmpdir(), 'marquee-no-stack'),
    DATABASE_URL: system.database.url,
    ...more,
  };
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], env?: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code]): Ended => ({
    code: code as number | null,
    ...said,
  }));
  return { child, said, ended };
}

async function marquee(...args: string[]): Promise<Ended> {
  return start(args).ended;
}

/** Parsed JSON output of a command that succeeds. */
async function json<S extends z.ZodType>(shape: S, ...args: string[]): Promise<z.infer<S>> {
  const { code, stdout, stderr } = await marquee(...args, '--json');
  expect(code, stderr).toBe(0);
  return shape.parse(JSON.parse(stdout));
}

async function failure(
  ...args: string[]
): Promise<{ code: number | null; error: z.infer<typeof Failure>['error'] }> {
  const { code, stderr } = await marquee(...args, '--json');
  return { code, error: Failure.parse(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).error };
}

/** Runs a command in a terminal and answers its prompts. */
async function inTerminal(
  command: string,
  answer: string,
): Promise<{ code: number | null; shown: string }> {
  const child = spawn(
    'script',
    ['-qec', `stty cols 100 rows 40; '${process.execPath}' '${MAIN}' ${command}`, '/dev/null'],
    { env: environment({ TERM: 'xterm' }) },
  );
  let shown = '';
  let isAnswered = false;
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (isAnswered || !shown.includes('(y/N)')) return;
    isAnswered = true;
    child.stdin.write(answer);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, shown };
}

const rewind = async (interval: string) =>
  system.database.pool.query(
    `update ingest.run set ended_at = ended_at - $1::interval where state <> 'running'`,
    [interval],
  );

describe('the command line', () => {
  it('documents its exit codes, and exits with 2 for unknown input', async () => {
    const { stdout } = await marquee('--help');
    expect(stdout).toMatch(
      /^IMDb's data: Information courtesy of IMDb .*\nMade-up data, .* is said to be made up/mu,
    );
    expect(stdout).toMatch(/Exit codes:\n {2}0 [^]*130/u);
    expect(await marquee('serach', 'x')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Did you mean search?') as string,
    });
    // the API validates decades
    expect((await marquee('top', '--decade', '1975')).code).toBe(2);
  });

  it('completes commands and options in the shell', async () => {
    expect((await marquee('complete', 'bash')).stdout).toContain('complete -F');
    expect((await marquee('complete', '--', 'search', '--ki')).stdout).toContain('--kind');
  });

  it('completes in bash with and without bash-completion', { skip: lacks('bash') }, () => {
    const complete = `marquee() { '${process.execPath}' '${MAIN}' "$@"; }; source <(marquee complete bash)
      set -- $(complete -p marquee); "$3"; echo "\${COMPREPLY[@]}"; declare -F _get_comp_words_by_ref`;
    const asked = `COMP_WORDS=(marquee search --ki); COMP_CWORD=2`;
    const packaged = `_get_comp_words_by_ref() { words=(marquee sna); cword=1; cur=sna; prev=marquee; }`;
    for (const [before, said] of [
      [asked, '--kind\n'],
      [packaged, 'snapshots\n_get_comp_words_by_ref\n'],
    ] as const) {
      expect(
        spawnSync('bash', ['--norc', '--noprofile', '-c', `${before}\n${complete}`], {
          encoding: 'utf8',
          env: environment(),
        }).stdout,
      ).toBe(said);
    }
  });

  it('exits with 4 if nothing answers, and says what to do', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await marquee('stats', '--url', url)).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringContaining('make up') as string,
    });
    expect(await failure('stats', '--url', url)).toMatchObject({
      code: 4,
      error: { code: 'unreachable' },
    });
    const { code, stdout } = await marquee('doctor', '--url', url);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}api .*Nothing answers/mu);
  });
});

describe('with a stack on another data folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'marquee-stack-'));
    mkdirSync(join(folder, 'demo/made-up-1000'), { recursive: true });
    return async () => rm(folder, { recursive: true });
  });
  const ask = async (data = folder) =>
    (
      await start(['keys'], {
        MARQUEE_URL: '',
        DATA_DIR: data,
        API_PORT: String(await freePort()),
        POSTGRES_READER_PASSWORD: '',
      }).ended
    ).stderr;

  it.each(['', '/demo'])(
    'names its folder in the suggested make command: that of %j',
    async (place) => {
      writeFileSync(
        join(`${folder}${place}`, 'supervisor.json'),
        JSON.stringify({ pid: 1, apiUrl: system.apiUrl, databaseUrl: null, processes: [] }),
      );
      const lock = takeLock(join(`${folder}${place}`, 'supervisor.json.lock'));
      expect(await ask()).toContain(
        `The first is made on the server: DATA_DIR=${folder}${place} MODE=embedded make key ROLE=admin NAME=you\n`,
      );
      lock?.release();
    },
  );

  it('says how to start the stack of that folder: the demo or a full one', async () => {
    for (const data of [folder, join(folder, 'demo')])
      expect(await ask(data)).toContain(
        `\nStart the demo again: DATA_DIR=${data} MODE=embedded make demo. Another address`,
      );
    mkdirSync(join(folder, 'postgres'));
    expect(await ask()).toContain(
      `\nStart the stack of this machine: DATA_DIR=${folder} MODE=embedded make up. Another address`,
    );
  });
});

describe('with no data yet', () => {
  it('says so, and does not prompt without a terminal', async () => {
    const { code, stdout, stderr } = await marquee('search', 'the');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('There is no data yet. To fetch it: marquee update');
    expect(stderr).not.toContain('y/N');
    expect(await failure('title', 'tt0000001')).toMatchObject({
      code: 3,
      error: { code: 'not-found' },
    });
    expect((await json(RunPage, 'runs', 'list')).items).toEqual([]);
    expect((await marquee('runs', 'watch')).code).toBe(3);
  });

  it(
    'prompts in a terminal, and does nothing after a no or without prompts',
    { skip: lacks('script') },
    async () => {
      const { code, shown } = await inTerminal('search the', 'n\r');
      expect(code).toBe(3);
      expect(shown).toContain('Fetch it now?');
      expect((await inTerminal('search the --no-input', '')).shown).not.toContain('(y/N)');
      expect(RunPage.parse((await system.ask('GET', '/runs')).body).items).toEqual([]);
    },
  );

  it(
    'downloads after a yes, with progress bars, and continues with the command',
    { skip: lacks('script') },
    async () => {
      const { code, shown } = await inTerminal('stats', 'y\r');
      expect(code, shown).toBe(0);
      for (const text of ['title.principals', '░', '█', 'The update has succeeded', 'ROWS'])
        expect(shown).toContain(text);
    },
  );
});

describe('with data', () => {
  beforeAll(async () => {
    // the previous test has done it if it could run
    if (RunPage.parse((await system.ask('GET', '/runs')).body).items.length === 0)
      await system.run('/updatedata');
  });

  it('rejects a second update of the day, and runs it if forced', async () => {
    const { code, stderr } = await marquee('update');
    expect(code).toBe(5);
    expect(stderr).toContain('marquee update --force');
    expect(await failure('update')).toMatchObject({ code: 5, error: { code: 'updated-today' } });
    const forced = await marquee('update', '--force', '--datasets', 'title.ratings,title.crew');
    expect(forced.code, forced.stderr).toBe(0);
    expect(forced.stdout).toMatch(/^The update has succeeded, in .* s\.\n$/u);
    expect(forced.stderr).toMatch(/title\.ratings +download +unchanged/u);
    const run = await json(Run, 'update', '--force', 'full', '--datasets', 'title.ratings');
    expect(run).toMatchObject({ kind: 'update', state: 'succeeded', datasets: ['title.ratings'] });
    expect(run).toEqual(Run.parse((await system.ask('GET', run.url)).body));
  });

  it('finds titles and people, and shows them', async () => {
    const chart = await json(Chart, 'top', '--min-votes', '1', '--limit', '5');
    expect(chart).toEqual(
      Chart.parse((await system.ask('GET', '/charts/top?minVotes=1&limit=5')).body),
    );
    const [best] = chart.items;
    if (!best?.primaryTitle) throw new Error('The sample has no rated movie.');
    const found = await json(SearchPage, 'search', best.primaryTitle);
    expect(found.items.map(({ id }) => id)).toContain(best.tconst);
    const table = await marquee('search', best.primaryTitle);
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/^ID +TITLE OR NAME +WHAT +YEAR +RATING +VOTES\n/u);
    expect(table.stdout).toContain(`${best.tconst}  ${best.primaryTitle}`);
    expect(table.stdout).not.toContain('\u001B');
    const address = `https://www.imdb.com/title/${best.tconst}/`;
    const byAddress = await json(SearchPage, 'search', address);
    expect(byAddress.items.map(({ id }) => id)).toEqual([best.tconst]);
    const page = await marquee('title', address);
    expect(page.stdout).toContain(`${best.primaryTitle} (${best.startYear ?? ''}`);
    expect(page.stdout).toContain(`★ ${best.averageRating?.toFixed(1) ?? ''} from`);
    const { nconst } = z
      .object({ principals: z.object({ items: z.array(z.object({ nconst: z.string() })).min(1) }) })
      .parse(JSON.parse((await marquee('title', best.tconst, '--json')).stdout)).principals
      .items[0] ?? { nconst: '' };
    expect((await marquee('name', nconst)).stdout).toContain(best.primaryTitle);
    const short = await marquee('title', best.tconst, '--limit', '1');
    expect(short.stderr).toMatch(
      /^Shown: 1 of \d+ people(?:, 1 of \d+ alternative titles)?\. For more: --limit \d+\n.*\n$/u,
    );
    expect((await failure('top', '--genre', 'Horor')).error.hint).toMatch(
      /^No title has the genre “Horor”\. Genres: .*Drama/u,
    );
    expect(await marquee('search', 'qqqqqqqqxxxxxxx')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining('Nothing was found') as string,
    });
    expect(
      (await marquee('search', best.primaryTitle, '--type', 'movie', '--min-votes', '1')).stdout,
    ).toContain(best.tconst);
    expect(
      (await marquee('search', best.primaryTitle, '--type', 'movie', '--kind', 'name')).code,
    ).toBe(2);
  });

  it('shows the series and position of an episode, in tables of a search and of a person', async () => {
    const { items } = await json(
      Chart,
      'top',
      '--type',
      'tvEpisode',
      '--min-votes',
      '1',
      '--limit',
      '50',
    );
    const { tconst, primaryTitle, episodeOf } =
      items.find(
        (item) =>
          item.episodeOf?.primaryTitle &&
          item.episodeOf.seasonNumber !== null &&
          item.episodeOf.episodeNumber !== null,
      ) ?? expect.fail('no rated episode has a position');
    const place = `S${episodeOf?.seasonNumber} E${episodeOf?.episodeNumber} of ${episodeOf?.primaryTitle}`;
    const { principals } = Title.parse(
      (await system.ask('GET', `/titles/${tconst}?include=principals`)).body,
    );
    for (const command of [
      ['search', String(primaryTitle), '--limit', '200'],
      ['name', principals?.items[0]?.nconst ?? '', '--limit', '200'],
    ]) {
      const line = (await marquee(...command)).stdout
        .split('\n')
        .find((one) => one.includes(tconst));
      expect(line?.split(/ {2,}/u), command.join(' ')).toEqual(
        expect.arrayContaining([primaryTitle, place]),
      );
    }
  });

  it.each([
    [['search', 'made up'], ['stdout'], 0],
    [['search', 'made up'], ['stderr'], 0],
    [['search', 'made up'], ['stdout', 'stderr'], 0],
    [['keys'], ['stderr'], 5],
  ] as const)('ends %j quietly if its reader closes %j, with %d', async (command, closed, code) => {
    const { child, ended } = start(command);
    for (const name of closed) child[name].destroy();
    expect(await ended).toMatchObject({ code, stderr: '' });
  });

  it('shows statistics, runs and snapshots, and loads a snapshot again', async () => {
    expect(await json(Stats, 'stats')).toEqual(
      Stats.parse((await system.ask('GET', '/stats')).body),
    );
    expect((await marquee('stats')).stdout).toMatch(/^title\.basics +1,000 /mu);
    const { items } = await json(SnapshotList, 'snapshots');
    expect(items.map(({ dataset, isPublished }) => [dataset, isPublished])).toEqual(
      items.map(({ dataset }) => [dataset, true]),
    );
    expect(items).toHaveLength(7);
    const ratings = items.find(({ dataset }) => dataset === 'title.ratings');
    const loaded = await marquee('snapshots', 'load', ratings?.id ?? '');
    expect(loaded, loaded.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The load has succeeded') as string,
    });
    expect(
      await failure('snapshots', 'load', 'title.ratings-20260101T000000Z-00000000'),
    ).toMatchObject({ code: 5, error: { code: 'no-snapshot' } });
    expect((await marquee('runs')).stdout).toMatch(
      /^[\da-f-]{36} +load +succeeded .* title\.ratings$/mu,
    );
    const watched = await marquee('runs', 'watch', '--json');
    expect(
      watched.stdout
        .trim()
        .split('\n')
        .map((line) => Run.parse(JSON.parse(line)).state),
    ).toEqual(['succeeded']);
    expect((await marquee('runs', 'watch', '01990000-0000-7000-8000-000000000000')).code).toBe(3);
  });

  it('marks made-up data, and links IMDb’s data to IMDb', async () => {
    for (const command of [
      ['name', 'nm0000001'],
      ['search', 'made up'],
    ]) {
      const { code, stdout, stderr } = await marquee(...command);
      expect(
        [code, stderr.endsWith(MADE_UP_NOTE), stdout.includes('imdb.com')],
        command.join(' '),
      ).toEqual([0, true, false]);
    }
    await system.query(
      `update imdb.title_basics set primary_title = 'Another' where tconst = 'tt0000001'`,
    );
    // one note is enough
    expect(await system.get('/published')).toMatchObject({ isMadeUp: true });
    await system.query(
      `update imdb.name_basics set primary_name = 'Another' where nconst = 'nm0000001'`,
    );
    for (const [kind, id] of [
      ['title', 'tt0000001'],
      ['name', 'nm0000001'],
    ] as const) {
      const { stdout, stderr } = await marquee(kind, id);
      expect([
        stdout.endsWith(`\nhttps://www.imdb.com/${kind}/${id}/\n`),
        stderr.includes('made up'),
      ]).toEqual([true, false]);
    }
    await system.query(
      `update imdb.title_basics set primary_title = 'A Made-up Series' where tconst = 'tt0000001'; delete from ingest.hand_write`,
    );
  });

  it('creates, lists and revokes keys with an admin key', async () => {
    expect(await failure('keys')).toMatchObject({
      code: 5,
      error: { code: 'key-needed', hint: expect.stringContaining('make key ROLE=admin') as string },
    });
    const made = await start(['keys', 'create', 'the website', '--role', 'operator', '--json'], {
      MARQUEE_KEY: ADMIN,
    }).ended;
    const key = NewKey.parse(JSON.parse(made.stdout));
    expect(key).toMatchObject({ name: 'the website', role: 'operator' });
    expect((await json(KeyList, 'keys', '--key', ADMIN)).items.map(({ id }) => id)).toEqual([
      key.id,
    ]);
    expect((await marquee('keys', '--key', key.secret)).code).toBe(5);
    expect((await marquee('keys', 'revoke', key.id, '--key', ADMIN)).stdout).toContain(
      'is revoked',
    );
    expect((await marquee('keys', '--key', ADMIN)).stdout).toMatch(
      /the website +operator .* revoked/u,
    );
    expect((await marquee('keys', 'create', 'another', '--key', ADMIN)).stdout).toMatch(
      /^mq_[\w-]{43,}\n$/u,
    );
  });

  it('runs SQL', async () => {
    expect(
      await json(
        z.array(z.object({ rows: z.string() })),
        'sql',
        'select count(*) as rows from imdb.title_basics',
      ),
    ).toEqual([{ rows: '1000' }]);
    expect(
      await json(
        z.array(z.object({ rows: z.string() })),
        'sql',
        'select count(*) as rows from title_basics',
      ),
    ).toEqual([{ rows: '1000' }]);
    expect(await failure('sql', 'select nonsense')).toMatchObject({
      code: 1,
      error: { code: 'sql' },
    });
    expect((await failure('sql')).code).toBe(2);
  });

  it('passes psql options on to psql', { skip: lacks('psql') }, async () => {
    expect((await marquee('sql', String.raw`\dt`)).stdout).toContain('title_basics');
  });

  it('reports no problems in doctor', async () => {
    const { code, stdout } = await marquee('doctor');
    expect(code, stdout).toBe(0);
    for (const check of ['node', 'api', 'version', 'queue', 'data', 'runs', 'database'])
      expect(stdout).toMatch(new RegExp(`^ok +${check} `, 'mu'));
    // this machine may lack space for a full copy
    expect(stdout).toMatch(
      /^(?:ok {2}|warn) {2}disk +database [\d.]+ [kMG]B, snapshots [\d.]+ [kMG]B; [\d.]+ [kMG]B free$/mu,
    );
    const report = await json(
      z.object({
        status: z.string(),
        checks: z.array(
          z.object({ check: z.string(), status: z.string(), todo: z.string().nullable() }),
        ),
      }),
      'doctor',
    );
    expect(report.checks.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(report.checks.filter(({ check }) => check === 'tables')).toEqual([]);
  });

  it('reports manual writes and removals in doctor', async () => {
    const query = async (statement: string) => system.query(statement);
    await query(
      `update imdb.title_crew set writers = writers where tconst = (select min(tconst) from imdb.title_crew)`,
    );
    await query('alter table imdb.title_ratings rename to mine');
    try {
      const { stdout } = await marquee('doctor');
      expect(stdout).toMatch(
        /^warn {2}tables +title\.crew was written to by marquee \(the test itself\) at 2.*; the table of title\.ratings is missing\n +→ .*make update FORCE=1$/mu,
      );
    } finally {
      await query('alter table imdb.mine rename to title_ratings');
      await query('delete from ingest.hand_write');
    }
  });

  it('rejects an update during a run, leaves the run going on Ctrl-C, and cancels it', async () => {
    await system.stopWorkers();
    const { child, said, ended } = start(['update', '--force']);
    await expect.poll(() => said.stderr, { timeout: 20_000 }).toContain('The update runs as');
    await expect
      .poll(async () => (await system.ask('GET', '/runs?limit=1')).body, { timeout: 20_000 })
      .toMatchObject({ items: [{ state: 'running' }] });
    const refused = await failure('update', '--force');
    expect(refused).toMatchObject({
      code: 5,
      error: {
        code: 'run-in-progress',
        hint: expect.stringContaining('marquee runs cancel') as string,
      },
    });
    child.kill('SIGINT');
    expect(await ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('The run continues') as string,
    });
    expect((await json(RunPage, 'runs', 'list', '-n', '1')).items[0]?.state).toBe('running');
    expect((await marquee('runs', 'cancel')).stdout).toContain('is cancelled');
    expect((await marquee('runs', 'cancel')).code).toBe(3);
    expect((await marquee('runs')).stdout).toMatch(/^[\da-f-]{36} +update +cancelled/mu);
    expect(
      Problem.parse(
        (
          await system.ask(
            'POST',
            `/runs/${(await json(RunPage, 'runs', 'list')).items[0]?.id ?? ''}/cancel`,
          )
        ).body,
      ).code,
    ).toBe('run-ended');
    await system.startWorkers();
  });

  it('reports old data, and offers to update', { skip: lacks('script') }, async () => {
    await rewind('26 hours');
    expect((await inTerminal('top --min-votes 1', 'y\r')).shown).toContain(
      'The update has succeeded',
    );
  });

  it('reports old data, and shows the changes since', async () => {
    await rewind('26 hours');
    const { code, stderr } = await marquee('top', '--min-votes', '1');
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('The last successful update was 1 d 2 h ago'),
    ]);
    expect(stderr).toContain('marquee update');
    await system.serve(days.day(1));
    const follower = start(['changes', '--follow', '--json', '--dataset', 'title.ratings']);
    await expect.poll(() => follower.said.stderr, { timeout: 20_000 }).toContain('Waiting');
    expect((await marquee('update')).stdout).toContain('The update has succeeded');
    await expect.poll(() => follower.said.stdout, { timeout: 20_000 }).toContain('"kind":"update"');
    follower.child.kill('SIGINT');
    expect((await follower.ended).code).toBe(130);
    expect((await marquee('top', '--min-votes', '1')).stderr).toBe(MADE_UP_NOTE);
    expect((await marquee('changes', '--kind', 'reload')).stdout).toMatch(
      /title\.crew +reload +all rows loaded again$/mu,
    );
    expect(
      (await marquee('changes', '--dataset', 'title.ratings', '--kind', 'update', '-n', '1000'))
        .stdout,
    ).toMatch(/title\.ratings +update +tt\d+ +.*numVotes \d+ → \d+/u);
  });

  it('shows the rejects of a failed update', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-cli-rejects-'));
    onTestFinished(async () => rm(folder, { recursive: true }));
    await cp(days.day(1), folder, { recursive: true });
    const bad = Array.from({ length: 30 }, (_, i) => `\u001B[31m${i}`);
    await writeFile(
      join(folder, fileNameOf('title.ratings')),
      gzipSync([headerOf('title.ratings'), ...bad, ''].join('\n')),
    );
    await system.serve(folder);
    expect((await marquee('rejects')).stdout).toBe('');
    const failed = await marquee('update', '--datasets', 'title.ratings', '--force');
    expect(failed.code).toBe(1);
    const [, id = ''] = /marquee rejects ([\da-f-]{36})/u.exec(failed.stderr) ?? [];
    const named = await marquee('rejects', id, '-n', '2');
    expect(named.code, named.stderr).toBe(0);
    expect(named.stdout).toMatch(
      /^DATASET +LINE +REASON +TEXT\ntitle\.ratings +2 +1 column where 3 were expected +␛\[31m0\ntitle\.ratings +3 .*␛\[31m1\n$/u,
    );
    const newest = await marquee('rejects', '--json', '-n', '200');
    expect(RejectPage.parse(JSON.parse(newest.stdout)).items).toHaveLength(30);
    expect(newest.stderr).toContain(id);
  });
});
