import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStore } from '@marquee/snapshots';
import { fileOf, type SourceDefinition } from '@marquee/sources';
import type { Pool } from 'pg';
import { receive } from './receive.ts';
import { isSettled } from './settled.ts';

/** A file is taken when it has not changed for this long: it may be copied just now. */
const SETTLED_MS = 2000;

/** Makes deliveries of new and changed files in the folders of sources. */
export class FileWatch {
  readonly #pool: Pool;
  readonly #store: FileStore;
  readonly #settledMs: number;
  /** The size and time of each file when it was last read. */
  readonly #seen = new Map<string, string>();

  constructor(pool: Pool, store: FileStore, settledMs = SETTLED_MS) {
    this.#pool = pool;
    this.#store = store;
    this.#settledMs = settledMs;
  }

  /**
   * Scans a folder, without folders in it. Files whose names fit no file of the definition
   * are left alone.
   *
   * @returns whether there is a new delivery
   */
  async scan(definition: SourceDefinition, folder: string): Promise<boolean> {
    let isNew = false;
    for (const { name, path, signature } of await this.#changedFiles(folder)) {
      const file = fileOf(definition, name);
      if (file === null || file.format === 'nfo') continue;
      const stored = await this.#store.put(createReadStream(path));
      if (await receive(this.#pool, { source: definition.id, file: file.name, name, ...stored }))
        isNew = true;
      this.#seen.set(path, signature);
    }
    return isNew;
  }

  /** The files that have changed since they were read, the oldest first. */
  async #changedFiles(
    folder: string,
  ): Promise<{ name: string; path: string; signature: string }[]> {
    const files = [];
    for (const entry of await entriesOf(folder)) {
      const path = join(folder, entry);
      const found = await stat(path).catch(() => null);
      if (found === null || !found.isFile() || entry.startsWith('.')) continue;
      const signature = `${found.size} ${found.mtimeMs}`;
      if (isSettled(found.mtimeMs, this.#settledMs) && this.#seen.get(path) !== signature)
        files.push({ name: entry, path, signature, changed: found.mtimeMs });
    }
    return files.sort((a, b) => a.changed - b.changed || (a.name < b.name ? -1 : 1));
  }
}

/** The names in a folder; none where there is no such folder. */
async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && NO_FOLDER.has(error.code)) return [];
    throw error;
  }
}

const NO_FOLDER = new Set<unknown>(['ENOENT', 'ENOTDIR']);
