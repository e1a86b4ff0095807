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
import { makeCommand, settingsFile } from '@marquee/stack';
import type { Config } from '../config.ts';
import { runProgram } from './run-program.ts';
import { withDatabase } from './with-database.ts';

export interface BackupOptions {
  /** The file; by default a new one in the data folder. */
  readonly file: string | undefined;
  /** Whether all snapshots, deliveries and pictures are part of it. */
  readonly snapshots: boolean;
}

/**
 * Writes a backup of what cannot be loaded again: keys, audit log, webhooks and settings; sources,
 * deliveries and decisions; rules, locks and uploaded pictures.
 *
 * @returns the exit code
 */
export async function backUp(
  config: Config,
  { file: given, snapshots }: BackupOptions,
): Promise<number> {
  const { root, env, paths } = config;
  const file = resolve(root, given ?? join(paths.data, 'backups', `marquee-${timestamp()}.tar`));
  if (existsSync(file))
    throw new UserError(`${file} exists already. Choose another FILE, or move it away.`);
  mkdirSync(dirname(file), { recursive: true });
  // of two lines with one name the later counts, as the folder's own file does
  const settings = [join(root, '.env'), settingsFile(paths.data)]
    .filter(existsSync)
    .map((path) => `${readFileSync(path, 'utf8').trimEnd()}\n`)
    .join('');
  return withDatabase(config, 'backup', (adminUrl) => {
    const output = openSync(`${file}.part`, 'w', 0o600);
    const code = runProgram(root, 'apps/api/dist/back-up.js', {
      args: settings === '' ? [] : ['--settings'],
      input: settings,
      stdio: ['pipe', output, 'inherit'],
      env: {
        ...env,
        DATABASE_URL: roleUrl(adminUrl, 'api'),
        BACKUP_STORE: paths.snapshots,
        BACKUP_WHOLE: String(snapshots),
      },
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

/**
 * Restores a backup into the stack's database and snapshot store.
 *
 * @param force whether to replace the keys and webhooks that are there
 * @returns the exit code
 */
export async function restoreBackup(
  config: Config,
  file: string | undefined,
  force: boolean,
): Promise<number> {
  const { root, env, paths } = config;
  if (file === undefined || !existsSync(resolve(root, file)))
    throw new UserError(
      file === undefined
        ? `Which backup? ${makeCommand(env, 'restore FILE=…')}`
        : `There is no file ${resolve(root, file)}.`,
    );
  mkdirSync(paths.snapshots, { recursive: true });
  return withDatabase(config, 'restore', (adminUrl) => {
    const input = openSync(resolve(root, file), 'r');
    const code = runProgram(root, 'apps/api/dist/restore.js', {
      args: force ? ['--force'] : [],
      stdio: [input, 'inherit', 'inherit'],
      env: { ...env, DATABASE_ADMIN_URL: adminUrl, BACKUP_STORE: paths.snapshots },
    });
    closeSync(input);
    if (code === 0)
      console.log(
        `Next: ${makeCommand(env, 'up')} starts the stack, and ${makeCommand(env, 'update')} loads the datasets.`,
      );
    return code;
  });
}

/** The time in UTC as part of a file's name, such as `20261130T080000Z`. */
function timestamp(): string {
  return new Date().toISOString().replaceAll(/[-:]/gu, '').replace(/\.\d+/u, '');
}
