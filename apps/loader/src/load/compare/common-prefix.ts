/** The most bytes per comparison; more gains nothing. */
const LARGEST = 256 * 1024;
const SMALLEST = 16;

/**
 * The number of equal bytes in two buffers, from two positions on.
 *
 * Compares with memcmp, in steps that shrink where the buffers differ and grow again where they are
 * equal: long equal stretches cost as much as memcmp.
 *
 * @param length how far to compare; both buffers have that many bytes left
 */
export function commonPrefix(
  a: Buffer,
  aAt: number,
  b: Buffer,
  bAt: number,
  length: number,
): number {
  let done = 0;
  let step = LARGEST;
  while (done < length) {
    const size = Math.min(step, length - done);
    if (a.compare(b, bAt + done, bAt + done + size, aAt + done, aAt + done + size) === 0) {
      done += size;
      step = Math.min(step * 2, LARGEST);
    } else if (size > SMALLEST) {
      step = size >> 2;
    } else {
      while (a[aAt + done] === b[bAt + done]) done++;
      return done;
    }
  }
  return length;
}
