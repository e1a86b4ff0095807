/** Compared at once at the most; more gains nothing. */
const LARGEST = 256 * 1024;
const SMALLEST = 16;

/**
 * How many bytes two buffers have in common from two positions on.
 *
 * Compares natively, in steps that shrink where the buffers differ and grow again where they do
 * not: long equal stretches cost what memcmp costs.
 *
 * @param length how far to look; both buffers have as much
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
