import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

interface BuildWatch {
  /** Returns the folders whose `dist` is watched; called again at each look. */
  readonly folders: () => readonly string[];
  /** Called with the folders that were rebuilt, once nothing is being written any more. */
  readonly onBuilt: (folders: ReadonlySet<string>) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
}

/**
 * Watches the compiler's output, the `.js` files under `dist`, by polling twice a second.
 *
 * `fs.watch` does not work here: it misses a folder that is deleted and created again, which is
 * what nx does when it restores a build from its cache.
 */
export function watchBuilds({ folders, onBuilt, signal, intervalMs = 500 }: BuildWatch): void {
  const known = fingerprints(folders());
  let before = known;
  const timer = setInterval(() => {
    const now = fingerprints(folders());
    const changed = [...now.keys()].filter((folder) => now.get(folder) !== known.get(folder));
    const isQuiet = [...new Set([...now.keys(), ...before.keys()])].every(
      (folder) => now.get(folder) === before.get(folder),
    );
    before = now;
    if (!isQuiet || changed.length === 0) return;
    for (const folder of changed) known.set(folder, now.get(folder) ?? '');
    onBuilt(new Set(changed));
  }, intervalMs);
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** The fingerprint of each folder's build; a folder without a build at the moment is left out. */
function fingerprints(folders: readonly string[]): Map<string, string> {
  return new Map(
    folders
      .map((folder) => [folder, fingerprint(join(folder, 'dist'))] as const)
      .filter(([, print]) => print !== ''),
  );
}

/** The names, times and sizes of a build's files; empty if there are none. */
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
    // being deleted or created at this moment
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
