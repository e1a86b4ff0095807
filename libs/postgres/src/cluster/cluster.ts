import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { spawnAs, type Account } from '../binaries/account.ts';
import type { Binaries } from '../binaries/binaries.ts';
import { PostgresError } from '../postgres-error.ts';

/** PostgreSQL's major version in the npm packages. It cannot open a cluster of another one. */
const MAJOR = '18';

/** The superuser and the database. */
export const USER = 'marquee';
export const DATABASE = 'marquee';

/** The database cluster in a data folder. */
export interface Cluster {
  /** PostgreSQL's own data directory. */
  readonly directory: string;
  readonly password: string;
}

/**
 * Opens the cluster in a data folder (`cluster/`, with its `password` beside it), or creates it.
 *
 * A new cluster is created in `cluster.new` and renamed when it is complete, so that an interrupted
 * initdb leaves nothing that looks like data.
 *
 * @param durable whether to wait until the new files are on the disk
 * @throws PostgresError if the data is of another version, its password is missing, or initdb fails
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
        `The data in ${directory} is of PostgreSQL ${version}; this is PostgreSQL ${MAJOR}. Move it away, or set DATA_DIR to another folder.`,
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
  const output = await text(child.stderr);
  const fault = await ended;
  if (fault)
    throw new PostgresError(
      `The database cluster could not be created in ${directory}: initdb: ${fault}.${explainFailure(binaries, output)}`,
    );
}

/**
 * The whole environment of PostgreSQL's programs, with messages in English. PG* variables of the
 * shell must not change their behaviour.
 *
 * After a statement, glibc returns all memory but 128 kB to the system. The next statement faults
 * it in again, page by page, which for a search takes longer than all else. So each connection keeps
 * up to 32 MB, and grows by a megabyte at a time. Setting one of these variables fixes the mmap
 * threshold, so it is set too, to the value up to which glibc would raise it by itself.
 */
export const ENVIRONMENT = {
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
  MALLOC_TRIM_THRESHOLD_: '33554432',
  MALLOC_TOP_PAD_: '1048576',
  MALLOC_MMAP_THRESHOLD_: '33554432',
};

/** The end of an error message: PostgreSQL's output, and what to do about a known failure. */
export function explainFailure(binaries: Binaries, output: string): string {
  const hints: [RegExp, string][] = [
    [
      /shared librar|Library not loaded/iu,
      `The package's symbolic links are missing; run: npm rebuild ${binaries.package}`,
    ],
    [/No space left on device/iu, 'Make room on the disk.'],
    [
      /could not map anonymous shared memory|Cannot allocate memory/iu,
      'Too little memory is free.',
    ],
  ];
  const hint = hints.find(([pattern]) => pattern.test(output))?.[1];
  return [
    output.trim() && `\nIts output:\n${output.trim().replace(/^/gmu, '  ')}`,
    hint && `\n${hint}`,
  ].join('');
}
