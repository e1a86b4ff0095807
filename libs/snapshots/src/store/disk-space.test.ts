import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { requireSpace } from './disk-space.ts';
import { canMount, SmallDisk } from '../testing/small-disk.ts';

test('a disk with room enough is fine', async () => {
  await expect(requireSpace(tmpdir(), 1, 'A byte')).resolves.toBeUndefined();
});

test('a disk that could never hold so much is refused, and not tried again', async () => {
  await expect(requireSpace(tmpdir(), 1e18, 'Everything')).rejects.toMatchObject({
    code: 'disk-space',
    retryable: false,
    hint: expect.stringMatching(/\.$/u) as string,
  });
});

test.skipIf(canMount !== true)(
  `what is free is compared to the byte${canMount === true ? '' : `: ${canMount}`}`,
  async () => {
    await using disk = await SmallDisk.mount('size=4m');
    const room = 4 * 1024 * 1024;
    await requireSpace(disk.folder, room, 'A file');
    await expect(requireSpace(disk.folder, room + 1, 'A file')).rejects.toThrow(
      `A file needs 4.2 MB in ${disk.folder}, but only 4.2 MB are free.`,
    );
    await expect(requireSpace(disk.folder, 2 * room, 'A file')).rejects.toThrow(
      `A file needs 8.4 MB in ${disk.folder}, but only 4.2 MB are free.`,
    );
  },
);
