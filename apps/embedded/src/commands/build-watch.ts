import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface BuildWatch {
  /** The folders whose `dist` is looked at; asked anew each time. */
  readonly folders: () => readonly string[];
  /** Told which of them have been built anew, once nothing is being written any more. */
  readonly onBuilt: (folders: ReadonlySet<string>) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

/**
 * Watches what the compiler writes, the `.js` files under `dist`, by looking at them twice a
 * second.
 *
 * Not `fs.watch`: it is deaf to a folder that is deleted and made anew, which is what nx does when
 * it restores a build from its cache.
 */
export function watchBuilds({ folders, onBuilt, signal, everyMs = 500 }: BuildWatch): void {
  const used = fingerprints(folders());
  let before = used;
  const timer = setInterval(() => {
    const now = fingerprints(folders());
    const changed = [...now.keys()].filter((folder) => now.get(folder) !== used.get(folder));
    const quiet = [...new Set([...now.keys(), ...before.keys()])].every(
      (folder) => now.get(folder) === before.get(folder),
    );
    before = now;
    if (!quiet || changed.length === 0) return;
    for (const folder of changed) used.set(folder, now.get(folder) ?? '');
    onBuilt(new Set(changed));
  }, everyMs);
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** By folder; one whose build is gone for the moment is left out. */
function fingerprints(folders: readonly string[]): Map<string, string> {
  return new Map(
    folders
      .map((folder) => [folder, fingerprint(join(folder, 'dist'))] as const)
      .filter(([, print]) => print !== ''),
  );
}

/** The names, times and sizes of a build's files; empty where there are none. */
function fingerprint(dist: string): string {
  try {
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.js'),
    );
    return files
      .sort()
      .map((file) => {
        const { mtimeMs, size, ino } = statSync(join(dist, file));
        return `${file} ${mtimeMs} ${size} ${ino}`;
      })
      .join('\n');
  } catch (error) {
    // it is being deleted or made anew
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
