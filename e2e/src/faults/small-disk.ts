import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Enough for the space that the downloader keeps free, plus the small files of some days. A tmpfs
 * uses only as much memory as is written.
 */
const MEGABYTES = 256;
const MEGABYTE = 2 ** 20;

/** Why no small disk can be mounted; null if it can. */
export function smallDiskProblem(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-disk-'));
  try {
    const disk = SmallDisk.mount(folder);
    disk?.unmount();
    return disk === null
      ? 'this user cannot mount a small disk (a tmpfs) here; root can, on Linux'
      : null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A small disk (tmpfs) for snapshots, which can be filled to the last byte. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Mounts one on a folder; null if not permitted, as in most containers. */
  static mount(folder: string): SmallDisk | null {
    mkdirSync(folder, { recursive: true });
    if (process.platform !== 'linux') return null;
    const { status } = spawnSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      `size=${MEGABYTES}m`,
      'tmpfs',
      folder,
    ]);
    return status === 0 ? new SmallDisk(folder) : null;
  }

  /** Fills the disk completely. */
  fill(): void {
    const piece = Buffer.alloc(MEGABYTE);
    try {
      for (;;) appendFileSync(this.#filler, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    spawnSync('umount', ['--lazy', this.folder]);
  }

  get #filler(): string {
    return join(this.folder, 'filler');
  }
}
