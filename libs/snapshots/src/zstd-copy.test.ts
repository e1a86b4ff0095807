import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { CorruptZstdCopyError, compressZstdCopy, decompressZstdCopy } from './zstd-copy.ts';
import { decompressed } from './testing/test-snapshots.ts';

const FRAME = 512 * 1024;
/** Three frames, the last of them partial. */
const CONTENT = Buffer.concat([randomBytes(FRAME), Buffer.alloc(FRAME, 'film'), randomBytes(1000)]);

/** A stream of the bytes in chunks of one size. */
function inChunks(bytes: Buffer, size: number): Readable {
  return Readable.from(
    (function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
  );
}

it.each([
  ['nothing', Buffer.alloc(0), 1],
  ['less than a frame', CONTENT.subarray(0, 10), 3],
  ['exactly a frame', CONTENT.subarray(0, FRAME), FRAME],
  ['frames, in chunks with other boundaries', CONTENT, 100_001],
  ['frames in one chunk', CONTENT, CONTENT.length],
])('restores %s', async (_, content, size) => {
  const packed = await buffer(compressZstdCopy(inChunks(content, size)));
  expect((await decompressed(inChunks(packed, 7919))).equals(content)).toBe(true);
});

it('yields one frame at a time', async () => {
  const packed = await buffer(compressZstdCopy([CONTENT]));
  const sizes: number[] = [];
  for await (const part of decompressZstdCopy(inChunks(packed, packed.length)))
    sizes.push(part.length);
  expect(sizes).toEqual([FRAME, FRAME, 1000]);
});

it('decompresses one long frame, the format of earlier versions', async () => {
  const packed = zstdCompressSync(CONTENT);
  expect((await decompressed(inChunks(packed, 65_536))).equals(CONTENT)).toBe(true);
});

it('rejects a copy that is truncated or changed anywhere', async () => {
  const packed = await buffer(compressZstdCopy([CONTENT]));
  const frameEnd = packed.readUInt32LE(8) + 12;
  for (const length of [
    0,
    5,
    12,
    100,
    frameEnd,
    frameEnd + 12,
    packed.length - 12,
    packed.length - 1,
  ]) {
    await expect(
      decompressed(inChunks(packed.subarray(0, length), 65_536)),
      `of ${length} bytes`,
    ).rejects.toThrow(CorruptZstdCopyError);
  }
  await expect(decompressed(inChunks(Buffer.concat([packed, packed]), 65_536))).rejects.toThrow(
    'bytes follow the end',
  );
  for (const at of [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    11,
    200,
    frameEnd - 1,
    frameEnd + 8,
    packed.length - 2,
  ]) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(packed);
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at);
      await expect(
        decompressed(inChunks(changed, 65_536)),
        `byte ${at}, bit ${bit}`,
      ).rejects.toThrow(CorruptZstdCopyError);
    }
  }
});

it('closes its source when the reader stops', async () => {
  const source = inChunks(await buffer(compressZstdCopy([CONTENT])), 65_536);
  for await (const part of decompressZstdCopy(source)) {
    expect(part.length).toBe(FRAME);
    break;
  }
  expect(source.destroyed).toBe(true);
});
