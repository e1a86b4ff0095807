import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** True when tests can mount small disks; otherwise the reason. */
export const canMount = tryToMount();

function tryToMount(): true | string {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'marquee-test', folder], {
      stdio: 'pipe',
    });
    execFileSync('umount', [folder], { stdio: 'pipe' });
    return true;
  } catch {
    return 'this user may not mount a tmpfs';
  } finally {
    rmdirSync(folder);
  }
}

/** A disk in memory (tmpfs) with a chosen size. */
export class SmallDisk implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param options mount options of tmpfs, such as `size=1m` */
  static async mount(options: string): Promise<SmallDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', options, 'marquee-test', folder]);
    return new SmallDisk(folder);
  }

  /** Changes its size. */
  async remount(options: string): Promise<void> {
    await run('mount', ['-o', `remount,${options}`, this.folder]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('umount', [this.folder]);
    await rmdir(this.folder);
  }
}
