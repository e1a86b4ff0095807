import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lacks } from '@marquee/process/testing';
import type { ProviderSftp } from '@marquee/snapshots/providers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { entry, listOnce, serveHostileSftp, type HostileAnswers } from '../testing/hostile-sftp.ts';
import { TestExtractor } from '../testing/test-extractor.ts';
import { TestSshd } from '../testing/test-sshd.ts';
import { SftpInbox } from './sftp-inbox.ts';
import type { SftpLimits } from './sftp-connection.ts';

const extractor = TestExtractor.use();

const DEFINITION = {
  schema: 1,
  id: 'my-films',
  name: 'My films',
  licence: { name: 'Mine', republish: true },
  files: [
    { name: 'films', pattern: 'films*.csv', format: 'csv', id: 'nr', fields: { title: 'title' } },
    {
      name: 'links',
      pattern: 'links*.csv',
      format: 'csv',
      join: { on: [{ here: 'nr', there: 'nr' }] },
      fields: { ids: { tmdb: 'tmdb' } },
    },
  ],
};

describe('an SFTP inbox', { skip: lacks('sshd') }, () => {
  let sshd: TestSshd;
  beforeEach(async () => {
    const root = join(extractor.folder, 'ssh');
    await mkdir(root);
    sshd = await TestSshd.start(root);
    await extractor.define(DEFINITION);
    return async () => sshd.stop();
  });

  const open = (change: Partial<ProviderSftp> = {}) =>
    new SftpInbox(
      {
        id: 'studio',
        delivers: 'my-films',
        sftp: { ...sshd.sftp, ...change },
        quota: { fileBytes: 2 ** 20, filesPerDay: 100, bytesPerDay: 2 ** 30 },
      },
      {
        pool: extractor.database.pool,
        store: extractor.stores.deliveries,
        wake: async () => Promise.resolve(),
        signal: new AbortController().signal,
      },
    );
  const put = async (name: string, content: string) => writeFile(join(sshd.folder, name), content);

  it('has each file taken once, when it has stayed as it was', async () => {
    const inbox = open();
    await put('films.csv', 'nr,title\n1,The Com');
    await put('films-2.csv.part', 'nr,title\n');
    await put('notes.txt', 'hello');
    expect(await inbox.scan()).toBe(0);
    await put('films.csv', 'nr,title\n1,The Comet\n');
    expect(await inbox.scan()).toBe(0);
    expect(await inbox.scan()).toBe(1);
    expect(await inbox.scan()).toBe(0);
    await extractor.extract('my-films');
    expect(await extractor.records('my-films')).toMatchObject({
      1: { record: { title: 'The Comet' } },
    });
    const { rows } = await extractor.database.pool.query(
      `select place, key, provider, state, error ->> 'code' as error from sources.announcement order by key`,
    );
    const at = { place: `sftp://127.0.0.1:${sshd.sftp.port}`, provider: 'studio' };
    expect(rows).toEqual([
      { ...at, key: join(sshd.folder, 'films.csv'), state: 'taken', error: null },
      { ...at, key: join(sshd.folder, 'notes.txt'), state: 'failed', error: 'unknown-file' },
    ]);
    // another process, or this one after its restart
    const other = open();
    expect([await other.scan(), await other.scan()]).toEqual([0, 1]);
    expect(await extractor.deliveries()).toHaveLength(1);
  });

  it(
    'has a file removed after its commit, also by a process that comes after a crash',
    { tags: ['long'] },
    async () => {
      await put('films.csv', 'nr,title\n1,The Comet\n');
      const keeping = open();
      await keeping.scan();
      await keeping.scan();
      expect(await readdir(sshd.folder)).toEqual(['films.csv']);
      const removing = open({ remove: true });
      await removing.scan();
      await removing.scan();
      expect(await readdir(sshd.folder)).toEqual([]);
      expect(await extractor.deliveries()).toHaveLength(1);
    },
  );

  it(
    'has a failed file taken again when somebody retries it, and the others meanwhile',
    { tags: ['long'] },
    async () => {
      const inbox = open();
      await put('posters.csv', 'nr,title\n1,The Comet\n');
      await put('links.csv', 'nr,tmdb\n1,7\n');
      await inbox.scan();
      expect(await inbox.scan()).toBe(1);
      const [films, links] = DEFINITION.files;
      await extractor.define({
        ...DEFINITION,
        files: [{ ...films, pattern: 'posters.csv' }, links],
      });
      expect(await inbox.scan()).toBe(0);
      await extractor.database.pool.query(
        `update sources.announcement set state = 'waiting', retried_by = 'ada' where state = 'failed'`,
      );
      expect(await inbox.scan()).toBe(1);
      expect(await extractor.deliveries()).toHaveLength(2);
    },
  );

  it('gives no secret to another server than the expected one', async () => {
    const inbox = open({ hostKey: `SHA256:${'A'.repeat(43)}` });
    await expect(inbox.scan()).rejects.toThrow(/host/iu);
  });
});

describe('a hostile SFTP server', () => {
  const CONTENT = Buffer.from('nr,title\n1,The Comet\n');
  const FILES = listOnce(entry('films.csv'));

  async function inboxOf(
    answers: HostileAnswers,
    limits: SftpLimits = {},
    signal = new AbortController().signal,
  ) {
    await extractor.define(DEFINITION);
    const server = await serveHostileSftp(answers);
    onTestFinished(() => server.stop());
    const quota = { fileBytes: 2 ** 20, filesPerDay: 100, bytesPerDay: 2 ** 30 };
    return new SftpInbox(
      { id: 'studio', delivers: 'my-films', sftp: server.sftp, quota },
      {
        pool: extractor.database.pool,
        store: extractor.stores.deliveries,
        wake: async () => Promise.resolve(),
        signal,
      },
      { answerMs: 2000, ...limits },
    );
  }

  it.each<[string, HostileAnswers['onList']]>([
    [
      'too many names',
      (sftp, id) =>
        sftp.name(
          id,
          Array.from({ length: 70 }, () => entry('a')),
        ),
    ],
    ['parts without names, for ever', (sftp, id) => sftp.name(id, [entry('.')])],
  ])('is refused that lists %s', async (_, onList) => {
    const inbox = await inboxOf({ ...(onList && { onList }) }, { maxNames: 100 });
    await expect(inbox.scan()).rejects.toThrow(/\/inbox on .* has more than 100 names\./u);
  });

  it.each<[string, HostileAnswers]>([
    ['lists nothing', { onList: () => undefined }],
    ['lists a name of a megabyte', { onList: listOnce(entry('a'.repeat(2 ** 20))) }],
  ])('ends the scan if it %s', async (_, answers) => {
    const inbox = await inboxOf(answers, { answerMs: 200 });
    await expect(inbox.scan()).rejects.toThrow();
  });

  it('has no file taken that leads elsewhere, and the others are', async () => {
    const names = ['a/../../films.csv', '/etc/films.csv', 'films\0.csv', `${'a'.repeat(2000)}.csv`];
    const unsized = entry('films-2.csv', { size: 2 ** 60 });
    const inbox = await inboxOf({
      onList: listOnce(...names.map((name) => entry(name)), unsized, entry('films.csv')),
      onRead: (sftp, id, offset) => (offset === 0 ? sftp.data(id, CONTENT) : sftp.status(id, 1)),
    });
    const fault = /has 5 files that cannot be taken, such as "a\/..\/..\/films.csv"/u;
    await expect(inbox.scan()).rejects.toThrow(fault);
    await expect(inbox.scan()).rejects.toThrow(fault);
    const { rows } = await extractor.database.pool.query(
      'select key, state from sources.announcement',
    );
    expect(rows).toEqual([{ key: '/inbox/films.csv', state: 'taken' }]);
  });

  it('has a file that grows without end refused at its quota', async () => {
    const inbox = await inboxOf({
      onList: FILES,
      onRead: (sftp, id, _, length) => sftp.data(id, Buffer.alloc(length)),
    });
    await inbox.scan();
    expect(await inbox.scan()).toBe(0);
    const { rows } = await extractor.database.pool.query(
      `select state, error ->> 'code' as code from sources.announcement`,
    );
    expect(rows).toEqual([{ state: 'failed', code: 'too-large' }]);
  });

  it('holds up neither a scan with a read that does not end, nor a stop', async () => {
    const inbox = await inboxOf({ onList: FILES, onRead: () => undefined }, { answerMs: 300 });
    await inbox.scan();
    expect(await inbox.scan()).toBe(0);
    const { rows } = await extractor.database.pool.query(
      `select state, error ->> 'message' as message from sources.announcement`,
    );
    expect(rows).toEqual([
      { state: 'waiting', message: expect.stringContaining('has not answered in time') as string },
    ]);
    const stopping = new AbortController();
    const stopped = await inboxOf(
      { onList: () => stopping.abort() },
      { answerMs: 3_600_000 },
      stopping.signal,
    );
    await expect(stopped.scan()).rejects.toThrow();
  });

  it('has a file taken that it never closes, but not twice', async () => {
    const inbox = await inboxOf(
      {
        onList: FILES,
        onRead: (sftp, id, offset) => (offset === 0 ? sftp.data(id, CONTENT) : sftp.status(id, 1)),
        onClose: (sftp, id) => {
          // of the folder
          if (id < 10) sftp.status(id, 0);
        },
      },
      { answerMs: 300 },
    );
    await inbox.scan().catch(() => undefined);
    await inbox.scan().catch(() => undefined);
    expect(await extractor.deliveries()).toHaveLength(1);
  });
});
