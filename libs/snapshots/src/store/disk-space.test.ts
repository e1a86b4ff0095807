import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { requireSpace } from './disk-space.ts';
import { canMount, SmallDisk } from '../testing/test-small-disk.ts';

it('accepts a disk with enough free space', async () => {
  await expect(requireSpace(tmpdir(), 1, 'A byte')).resolves.toBeUndefined();
});

it('rejects a disk that is too small, and is not retryable', async () => {
  await expect(requireSpace(tmpdir(), 1e18, 'Everything')).rejects.toMatchObject({
    code: 'disk-space',
    retryable: false,
    hint: expect.stringMatching(/\.$/u) as string,
  });
});

it.skipIf(canMount !== true)(
  `compares the free space to the byte${canMount === true ? '' : `: ${canMount}`}`,
  async () => {
    await using disk = await SmallDisk.mount('size=4m');
    const free = 4 * 1024 * 1024;
    await requireSpace(disk.folder, free, 'A file');
    await expect(requireSpace(disk.folder, free + 1, 'A file')).rejects.toThrow(
      `A file needs 4.2 MB in ${disk.folder}, but only 4.2 MB are free.`,
    );
    await expect(requireSpace(disk.folder, 2 * free, 'A file')).rejects.toThrow(
      `A file needs 8.4 MB in ${disk.folder}, but only 4.2 MB are free.`,
    );
  },
);
