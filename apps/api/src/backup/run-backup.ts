import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { ApiConfig } from '../config.ts';

/** The program, in the source or in the build. */
const PROGRAM = import.meta.url.endsWith('.ts') ? '../back-up.ts' : '../back-up.js';

/** Its heap limit in MB. */
const HEAP_MB = 128;

/**
 * Makes a scheduled backup in a process of its own, which leaves this one free for requests.
 *
 * @param signal kills it; the next backup records that it died
 * @returns what it says
 * @throws Error with what it says
 */
export async function runBackup(config: ApiConfig, signal: AbortSignal): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${HEAP_MB}`,
      new URL(PROGRAM, import.meta.url).pathname,
      '--store',
      '--scheduled',
    ],
    {
      env: { ...process.env, ...environmentOf(config) },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    },
  );
  const [said, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code === 0) return said.trim();
  throw new Error(`The backup failed: ${complaint.trim() || `exit code ${code}`}`);
}

/** The settings that the program reads, but for those that it reads of files, as this process did. */
function environmentOf(config: ApiConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) =>
      /^(?:DATABASE_URL$|BACKUP_|SNAPSHOT_)/u.test(name) &&
      process.env[`${name}_FILE`] === undefined &&
      (typeof value === 'string' || typeof value === 'number')
        ? [[name, String(value)]]
        : [],
    ),
  );
}
