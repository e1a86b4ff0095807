import { randomBytes } from 'node:crypto';
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
  SnapshotList,
  Stats,
  Title,
} from '@marquee/contract';
import { fileNameOf, headerOf } from '@marquee/datasets';
import { freePort, takeLock } from '@marquee/process';
import { lacks } from '@marquee/process/testing';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { Cli } from './cli.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

// the command line before, during and after updates, and what it maintains

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const MADE_UP_NOTE =
  "All titles and people are made up by marquee's sample generator. None of it is IMDb's.\n";

const days = useDays({ titles: 1000, days: 2 });
const system = useSharedSystem(() => ({ files: days.day(0), api: { API_ADMIN_KEY: ADMIN } }));
const cli = new Cli(system);

const rewind = async (interval: string) =>
  system.database.pool.query(
    `update ingest.run set ended_at = ended_at - $1::interval where state <> 'running'`,
    [interval],
  );

describe('updates', { tags: ['long'] }, () => {
  describe('with a stack on another data folder', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'marquee-stack-'));
      mkdirSync(join(folder, 'demo/made-up-1000'), { recursive: true });
      return async () => rm(folder, { recursive: true });
    });
    const ask = async (data = folder) =>
      (
        await cli.start(['keys'], {
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
      const { code, stdout, stderr } = await cli.run('search', 'the');
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toContain('There is no data yet. To fetch it: marquee update');
      expect(stderr).not.toContain('y/N');
      expect(await cli.failure('title', 'tt0000001')).toMatchObject({
        code: 3,
        error: { code: 'not-found' },
      });
      expect((await cli.json(RunPage, 'runs', 'list')).items).toEqual([]);
      expect((await cli.run('runs', 'watch')).code).toBe(3);
    });

    it(
      'prompts in a terminal, and does nothing after a no or without prompts',
      { skip: lacks('script') },
      async () => {
        const { code, shown } = await cli.inTerminal('search the', [['(y/N)', 'n\r']]);
        expect(code).toBe(3);
        expect(shown).toContain('Fetch it now?');
        expect((await cli.inTerminal('search the --no-input', [])).shown).not.toContain('(y/N)');
        const update = await cli.inTerminal('update', [['(y/N)', 'n\r']]);
        expect(update.code).toBe(1);
        expect(update.shown).toMatch(/Fetch IMDb's data now\?[^]*Nothing was started\./u);
        expect(RunPage.parse((await system.ask('GET', '/runs')).body).items).toEqual([]);
      },
    );

    it(
      'downloads after a yes, with progress bars, and continues with the command',
      { skip: lacks('script') },
      async () => {
        const { code, shown } = await cli.inTerminal('stats', [['(y/N)', 'y\r']]);
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

    it('says that the update of the day is done, and repeats it if forced', async () => {
      const { code, stdout } = await cli.run('update');
      expect(code).toBe(0);
      expect(stdout).toContain('marquee update --force');
      expect(await cli.json(Run, 'update')).toMatchObject({ kind: 'update', state: 'succeeded' });
      const forced = await cli.run('update', '--force', '--datasets', 'title.ratings,title.crew');
      expect(forced.code, forced.stderr).toBe(0);
      expect(forced.stdout).toMatch(/^The update has succeeded, in .* s\.\n$/u);
      expect(forced.stderr).toMatch(/title\.ratings +download +unchanged/u);
      const run = await cli.json(Run, 'update', '--force', 'full', '--datasets', 'title.ratings');
      expect(run).toMatchObject({
        kind: 'update',
        state: 'succeeded',
        datasets: ['title.ratings'],
      });
      expect(run).toEqual(Run.parse((await system.ask('GET', run.url)).body));
    });

    it('shows the series and position of an episode, in tables of a search and of a person', async () => {
      const { items } = await cli.json(
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
        const line = (await cli.run(...command)).stdout
          .split('\n')
          .find((one) => one.includes(tconst));
        expect(line?.split(/ {2,}/u), command.join(' ')).toEqual(
          expect.arrayContaining([primaryTitle, place]),
        );
      }
    });

    it('shows statistics, runs and snapshots, and loads a snapshot again', async () => {
      expect(await cli.json(Stats, 'stats')).toEqual(
        Stats.parse((await system.ask('GET', '/stats')).body),
      );
      expect((await cli.run('stats')).stdout).toMatch(/^title\.basics +1,000 /mu);
      const { items } = await cli.json(SnapshotList, 'snapshots');
      expect(items.map(({ dataset, isPublished }) => [dataset, isPublished])).toEqual(
        items.map(({ dataset }) => [dataset, true]),
      );
      expect(items).toHaveLength(7);
      const ratings = items.find(({ dataset }) => dataset === 'title.ratings');
      const loaded = await cli.run('snapshots', 'load', ratings?.id ?? '');
      expect(loaded, loaded.stderr).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('The load has succeeded') as string,
      });
      expect(
        await cli.failure('snapshots', 'load', 'title.ratings-20260101T000000Z-00000000'),
      ).toMatchObject({ code: 3, error: { code: 'no-snapshot' } });
      expect((await cli.run('runs')).stdout).toMatch(
        /^[\da-f-]{36} +load +succeeded .* title\.ratings$/mu,
      );
      const watched = await cli.run('runs', 'watch', '--json');
      expect(
        watched.stdout
          .trim()
          .split('\n')
          .map((line) => Run.parse(JSON.parse(line)).state),
      ).toEqual(['succeeded']);
      expect((await cli.run('runs', 'watch', '01990000-0000-7000-8000-000000000000')).code).toBe(3);
    });

    it('marks made-up data, and links IMDb’s data to IMDb', async () => {
      for (const command of [
        ['name', 'nm0000001'],
        ['search', 'made up'],
      ]) {
        const { code, stdout, stderr } = await cli.run(...command);
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
        const { stdout, stderr } = await cli.run(kind, id);
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
      expect(await cli.failure('keys')).toMatchObject({
        code: 5,
        error: {
          code: 'key-needed',
          hint: expect.stringContaining('make key ROLE=admin') as string,
        },
      });
      const made = await cli.start(
        ['keys', 'create', 'the website', '--role', 'operator', '--json'],
        {
          MARQUEE_KEY: ADMIN,
        },
      ).ended;
      const key = NewKey.parse(JSON.parse(made.stdout));
      expect(key).toMatchObject({ name: 'the website', role: 'operator' });
      expect((await cli.json(KeyList, 'keys', '--key', ADMIN)).items.map(({ id }) => id)).toEqual([
        key.id,
      ]);
      expect((await cli.run('keys', '--key', key.secret)).code).toBe(5);
      expect((await cli.run('keys', 'revoke', key.id, '--key', ADMIN)).stdout).toContain(
        'is revoked',
      );
      expect((await cli.run('keys', '--key', ADMIN)).stdout).toMatch(
        /the website +operator .* revoked/u,
      );
      expect((await cli.run('keys', 'create', 'another', '--key', ADMIN)).stdout).toMatch(
        /^mq_[\w-]{43,}\n$/u,
      );
    });

    it('reports no problems in doctor', async () => {
      const { code, stdout } = await cli.run('doctor');
      expect(code, stdout).toBe(0);
      for (const check of ['node', 'api', 'version', 'queue', 'data', 'runs', 'database'])
        expect(stdout).toMatch(new RegExp(`^ok +${check} `, 'mu'));
      // this machine may lack space for a full copy
      expect(stdout).toMatch(
        /^(?:ok {2}|warn) {2}disk +database [\d.]+ [kMG]B, snapshots [\d.]+ [kMG]B, deliveries and pictures 0 kB, exports 0 kB; [\d.]+ [kMG]B free$/mu,
      );
      const report = await cli.json(
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
        const { stdout } = await cli.run('doctor');
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
      const { child, said, ended } = cli.start(['update', '--force']);
      await expect.poll(() => said.stderr, { timeout: 20_000 }).toContain('The update runs as');
      await expect
        .poll(async () => (await system.ask('GET', '/runs?limit=1')).body, { timeout: 20_000 })
        .toMatchObject({ items: [{ state: 'running' }] });
      const refused = await cli.failure('update', '--force');
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
      expect((await cli.json(RunPage, 'runs', 'list', '-n', '1')).items[0]?.state).toBe('running');
      expect((await cli.run('runs', 'cancel')).stdout).toContain('is cancelled');
      expect((await cli.run('runs', 'cancel')).code).toBe(3);
      expect((await cli.run('runs')).stdout).toMatch(/^[\da-f-]{36} +update +cancelled/mu);
      expect(
        Problem.parse(
          (
            await system.ask(
              'POST',
              `/runs/${(await cli.json(RunPage, 'runs', 'list')).items[0]?.id ?? ''}/cancel`,
            )
          ).body,
        ).code,
      ).toBe('run-ended');
      await system.startWorkers();
    });

    it('reports old data, and offers to update', { skip: lacks('script') }, async () => {
      await rewind('26 hours');
      expect((await cli.inTerminal('top --min-votes 1', [['(y/N)', 'y\r']])).shown).toContain(
        'The update has succeeded',
      );
    });

    it('reports old data, and shows the changes since', async () => {
      await rewind('26 hours');
      const { code, stderr } = await cli.run('top', '--min-votes', '1');
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining('The last successful update was 1 d 2 h ago'),
      ]);
      expect(stderr).toContain('marquee update');
      await system.serve(days.day(1));
      const follower = cli.start(['changes', '--follow', '--json', '--dataset', 'title.ratings']);
      await expect.poll(() => follower.said.stderr, { timeout: 20_000 }).toContain('Waiting');
      expect((await cli.run('update')).stdout).toContain('The update has succeeded');
      await expect
        .poll(() => follower.said.stdout, { timeout: 20_000 })
        .toContain('"kind":"update"');
      follower.child.kill('SIGINT');
      expect((await follower.ended).code).toBe(130);
      expect((await cli.run('top', '--min-votes', '1')).stderr).toBe(MADE_UP_NOTE);
      expect((await cli.run('changes', '--kind', 'reload')).stdout).toMatch(
        /title\.crew +reload +all rows loaded again$/mu,
      );
      expect(
        (await cli.run('changes', '--dataset', 'title.ratings', '--kind', 'update', '-n', '1000'))
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
      expect((await cli.run('rejects')).stdout).toBe('');
      const failed = await cli.run('update', '--datasets', 'title.ratings', '--force');
      expect(failed.code).toBe(1);
      const [, id = ''] = /marquee rejects ([\da-f-]{36})/u.exec(failed.stderr) ?? [];
      const named = await cli.run('rejects', id, '-n', '2');
      expect(named.code, named.stderr).toBe(0);
      expect(named.stdout).toMatch(
        /^DATASET +LINE +REASON +TEXT\ntitle\.ratings +2 +1 column where 3 were expected +␛\[31m0\ntitle\.ratings +3 .*␛\[31m1\n$/u,
      );
      const newest = await cli.run('rejects', '--json', '-n', '200');
      expect(RejectPage.parse(JSON.parse(newest.stdout)).items).toHaveLength(30);
      expect(newest.stderr).toBe('');
      expect((await cli.run('rejects', '-n', '1')).stderr).toContain(id);
    });
  });
});
