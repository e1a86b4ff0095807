import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { roleUrl } from '@marquee/postgres';
import { UserError } from '@marquee/process';
import { formatBytes } from '@marquee/process/format-bytes';
import { makeCommand, settingsFile, type Environment } from '@marquee/stack';
import type { Config } from '../config.ts';
import { runProgram } from './run-program.ts';
import { withDatabase } from './with-database.ts';

export interface BackupOptions {
  /** The file; without one, a new one in the backup store. */
  readonly file: string | undefined;
  /** Whether snapshots, deliveries and pictures are part of it. */
  readonly snapshots: boolean;
}

/**
 * Writes a backup of the state, which cannot be loaded again, with the settings.
 *
 * @returns the exit code
 */
export async function backUp(
  config: Config,
  { file: given, snapshots }: BackupOptions,
): Promise<number> {
  const { root, env, paths } = config;
  const file = given === undefined ? null : resolve(root, given);
  if (file !== null && existsSync(file))
    throw new UserError(`${file} exists already. Choose another FILE, or move it away.`);
  // of two lines with one name the later counts, as the folder's own file does
  const settings = [join(root, '.env'), settingsFile(paths.data)]
    .filter(existsSync)
    .map((path) => `${readFileSync(path, 'utf8').trimEnd()}\n`)
    .join('');
  const args = [
    ...(settings === '' ? [] : ['--settings']),
    ...(snapshots ? ['--all'] : []),
    ...(file === null ? ['--store'] : []),
  ];
  return withDatabase(config, 'backup', (adminUrl) => {
    const options = {
      args,
      input: settings,
      env: { ...storesOf(config), DATABASE_URL: roleUrl(adminUrl, 'api') },
    };
    if (file === null)
      return runProgram(root, 'apps/api/dist/back-up.js', {
        ...options,
        stdio: ['pipe', 'inherit', 'inherit'],
      });
    mkdirSync(dirname(file), { recursive: true });
    const output = openSync(`${file}.part`, 'w', 0o600);
    const code = runProgram(root, 'apps/api/dist/back-up.js', {
      ...options,
      stdio: ['pipe', output, 'inherit'],
    });
    closeSync(output);
    if (code !== 0) {
      rmSync(`${file}.part`);
      return code;
    }
    renameSync(`${file}.part`, file);
    console.log(
      `Backup: ${file}, ${formatBytes(statSync(file).size)}. It holds secrets; keep it on another machine.\nTo restore it: ${makeCommand(env, `restore FILE=${file}`)}`,
    );
    return 0;
  });
}

export interface RestoreOptions {
  /** The file of the backup. */
  readonly file: string | undefined;
  /** The id of the backup in the store, or `newest`. */
  readonly id: string | undefined;
  /** Where the settings of the backup go; without it they are left out. */
  readonly settings?: string | undefined;
}

/**
 * Restores a backup into the stack's database and snapshot store.
 *
 * @param force whether to replace the keys, webhooks and deliveries that are there
 * @returns the exit code
 */
export async function restoreBackup(
  config: Config,
  options: RestoreOptions,
  force: boolean,
): Promise<number> {
  const { env } = config;
  if (options.file === undefined && options.id === undefined)
    throw new UserError(
      `Which backup? ${makeCommand(env, 'restore FILE=…')}, or ${makeCommand(env, 'restore BACKUP=newest')}`,
    );
  const code = await readBackup(config, 'restore', options, force ? ['--force'] : []);
  if (code === 0)
    console.log(
      `Next: ${makeCommand(env, 'up')} starts the stack. Without snapshots, ${makeCommand(env, 'update')} loads the datasets.`,
    );
  return code;
}

/**
 * Restores a backup into a database that is dropped afterwards. By default the newest of the store.
 *
 * @returns the exit code
 */
export async function verifyBackup(config: Config, options: RestoreOptions): Promise<number> {
  return readBackup(config, 'verify-backup', options, ['--verify']);
}

async function readBackup(
  config: Config,
  target: string,
  { file, id = 'newest', settings }: RestoreOptions,
  args: readonly string[],
): Promise<number> {
  const { root, paths } = config;
  const path = file === undefined ? null : resolve(root, file);
  if (path !== null && !existsSync(path)) throw new UserError(`There is no file ${path}.`);
  mkdirSync(paths.snapshots, { recursive: true });
  return withDatabase(config, target, (adminUrl) => {
    const input = path === null ? 'ignore' : openSync(path, 'r');
    const stored = ['--store', ...(id === 'newest' ? [] : ['--id', id])];
    const code = runProgram(root, 'apps/api/dist/restore.js', {
      args: [
        ...args,
        ...(path === null ? stored : []),
        ...(settings === undefined ? [] : ['--settings-to', resolve(root, settings)]),
      ],
      stdio: [input, 'inherit', 'inherit'],
      env: { ...storesOf(config), DATABASE_ADMIN_URL: adminUrl },
    });
    if (typeof input === 'number') closeSync(input);
    return code;
  });
}

/** The environment with the stores of snapshots and of backups. */
function storesOf(config: Config): Environment {
  return { ...config.env, SNAPSHOT_DIR: config.paths.snapshots, BACKUP_DIR: config.backupDir };
}
