import { type HashRandom, Purpose } from './hash-random.ts';

const MULTIPLIER = 0x2c1b3c6d;
const SECOND_MULTIPLIER = 0x297a2d39;

/**
 * A computed shuffle of 0 … size-1. Both directions take constant time and no memory. It is a hash
 * of reversible steps over the next power of two; results beyond the size are hashed again until
 * they are inside.
 */
export class Permutation {
  readonly #mask: number;
  readonly #shift: number;
  readonly #key: number;
  readonly #inverse = inverseOf(MULTIPLIER);
  readonly #secondInverse = inverseOf(SECOND_MULTIPLIER);

  /**
   * @param size at most 2^30
   * @param number distinguishes shuffles of the same seed
   */
  constructor(
    readonly size: number,
    random: HashRandom,
    number: number,
  ) {
    const bits = Math.max(2, 32 - Math.clz32(Math.max(1, size - 1)));
    this.#mask = 2 ** bits - 1;
    // at least half of the bits, so that the step `x ^= x >>> shift` is its own inverse
    this.#shift = Math.ceil(bits / 2);
    this.#key = random.uint32(Purpose.order, number) & this.#mask;
  }

  /** Position of a number after the shuffle. */
  at(index: number): number {
    const mask = this.#mask;
    const shift = this.#shift;
    const key = this.#key;
    let x = index;
    do {
      x = (x + key) & mask;
      x ^= x >>> shift;
      x = Math.imul(x, MULTIPLIER) & mask;
      x ^= x >>> shift;
      x = Math.imul(x, SECOND_MULTIPLIER) & mask;
      x ^= x >>> shift;
    } while (x >= this.size);
    return x;
  }

  /** Number at a position after the shuffle. */
  indexOf(place: number): number {
    const mask = this.#mask;
    const shift = this.#shift;
    const key = this.#key;
    let x = place;
    do {
      x ^= x >>> shift;
      x = Math.imul(x, this.#secondInverse) & mask;
      x ^= x >>> shift;
      x = Math.imul(x, this.#inverse) & mask;
      x ^= x >>> shift;
      x = (x - key) & mask;
    } while (x >= this.size);
    return x;
  }
}

/**
 * The multiplicative inverse of an odd number modulo 2^32, by Newton's iteration, which doubles the
 * correct bits each time.
 */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}
