import { type HashRandom, Purpose } from './hash-random.ts';
import { Permutation } from './permutation.ts';

/**
 * Upper limit of 7-digit ids. The numbers from it to 9,999,999 are reserved for the one new row
 * that sorts after all others.
 */
const SHORT_RANGE = 9_999_000;
const LAST_IN_TEXT_ORDER = 9_999_880;
const LONG_START = 10_000_000;
const LONG_RANGE = 26_000_000;
const APPENDED_START = LONG_START + LONG_RANGE;
const APPENDED_RANGE = 6_000_000;
const SHORT_SHARE = 0.4;
/**
 * Share of 8-digit ids near a 7-digit one that start with it. This makes one title in 16 such a
 * neighbour, and 0.5% of the rows of a collated title.ratings are out of text order.
 */
const NEIGHBOUR_SHARE = 0.6;
/** If the average gap between ids is smaller than this, neighbours occur by chance. */
const SPARSE = 20;

/**
 * Assigns ids like IMDb's to titles or names: 7 or 8 digits, with gaps, unrelated to their content,
 * sorted as text.
 *
 * Members are numbered from 0: first those of day 0, then later ones by arrival. Half of the later
 * ones get ids in gaps, half get ids above all others; the very first one gets the id that is last
 * in the file. Member 0 has number 1, as in tt0000001, so that every sample has a known id.
 *
 * Some 8-digit ids are neighbours: they start with an existing 7-digit id, as tt10199668 starts
 * with tt1019966. Only rows of neighbours can be out of text order.
 */
export class IdSpace {
  readonly #random: HashRandom;
  readonly total: number;
  readonly #shuffle: Permutation;
  /** Shuffled position of member 0, which changes places with the first one. */
  readonly #exchanged: number;
  readonly #short: number;
  readonly #appended: number;
  readonly #shortStride: number;
  readonly #longStride: number;
  readonly #appendedStride: number;

  /**
   * @param founding number of members on day 0
   * @param later number of members that arrive later, at least 1
   * @param prefix `tt` or `nm`
   */
  constructor(
    random: HashRandom,
    readonly founding: number,
    readonly later: number,
    readonly prefix: 'tt' | 'nm',
  ) {
    this.#random = random;
    this.total = founding + later;
    this.#appended = Math.floor(later / 2);
    this.#shuffle = new Permutation(
      founding + Math.floor((later - 1) / 2),
      random,
      prefix === 'tt' ? 1 : 2,
    );
    this.#exchanged = this.#shuffle.at(0);
    this.#short = Math.round(this.#shuffle.size * SHORT_SHARE);
    this.#shortStride = SHORT_RANGE / this.#short;
    this.#longStride = LONG_RANGE / (this.#shuffle.size - this.#short);
    this.#appendedStride = APPENDED_RANGE / Math.max(1, this.#appended);
  }

  /** The number in a member's id. */
  numberOf(member: number): number {
    const late = member - this.founding;
    if (late < 0) return this.#numberAt(this.#exchange(this.#shuffle.at(member)));
    if (late === 0) return LAST_IN_TEXT_ORDER;
    if (late % 2 === 1) return this.#numberAt(this.#shuffle.size + (late - 1) / 2);
    return this.#numberAt(this.#exchange(this.#shuffle.at(this.founding + late / 2 - 1)));
  }

  /**
   * All members of all days in the text order of their ids, grouped by the first seven digits of
   * the id.
   */
  *prefixGroups(): Generator<readonly number[], void, undefined> {
    let members: number[] = [];
    let shared = -1;
    for (const [member, number] of this.#inTextOrder()) {
      const first = number < LONG_START ? number : Math.floor(number / 10);
      if (first !== shared && members.length > 0) {
        yield members;
        members = [];
      }
      shared = first;
      members.push(member);
    }
    yield members;
  }

  /** Members with their id numbers, in text order. */
  *#inTextOrder(): Generator<readonly [number, number], void, undefined> {
    const end = this.#shuffle.size + this.#appended;
    let short = 0;
    let long = this.#short;
    let shortNumber = this.#numberAt(short);
    let longNumber = this.#numberAt(long);
    while (short < this.#short || long < end) {
      // an 8-digit id follows right after the 7-digit id that it starts with
      if (long >= end || (short < this.#short && shortNumber <= Math.floor(longNumber / 10))) {
        yield [this.#memberAt(short++), shortNumber];
        shortNumber = this.#numberAt(short);
      } else {
        yield [this.#memberAt(long++), longNumber];
        longNumber = this.#numberAt(long);
      }
    }
    yield [this.founding, LAST_IN_TEXT_ORDER];
  }

  /**
   * Id number at a position. Positions count the 7-digit ids, then the 8-digit ones, then the
   * appended ones.
   */
  #numberAt(place: number): number {
    if (place === 0) return 1;
    if (place < this.#short) return this.#within(1, this.#shortStride, place, place);
    if (place < this.#shuffle.size)
      return (
        this.#neighbourAt(place) ??
        this.#within(LONG_START, this.#longStride, place - this.#short, place)
      );
    return this.#within(APPENDED_START, this.#appendedStride, place - this.#shuffle.size, place);
  }

  #within(start: number, stride: number, step: number, place: number): number {
    return (
      start +
      Math.floor(step * stride) +
      this.#random.integer(Purpose.gap, place, Math.floor(stride))
    );
  }

  /** An 8-digit number that starts with a 7-digit one, if such a number is near the position. */
  #neighbourAt(place: number): number | null {
    const random = this.#random;
    const longStride = this.#longStride;
    const shortStride = this.#shortStride;
    if (longStride < SPARSE || !random.chance(NEIGHBOUR_SHARE, Purpose.neighbour, place))
      return null;
    const from = LONG_START + Math.floor((place - this.#short) * longStride);
    const least = Math.ceil(from / 10);
    const most = Math.floor((from + Math.floor(longStride)) / 10) - 1;
    for (let near = Math.floor((least - 1) / shortStride); near < this.#short; near++) {
      const number = this.#numberAt(near);
      if (number > most) break;
      if (number >= least) return number * 10 + random.integer(Purpose.neighbour, -1 - place, 10);
    }
    return null;
  }

  #exchange(place: number): number {
    if (place === 0) return this.#exchanged;
    return place === this.#exchanged ? 0 : place;
  }

  #memberAt(place: number): number {
    if (place >= this.#shuffle.size) return this.founding + 1 + 2 * (place - this.#shuffle.size);
    const member = this.#shuffle.indexOf(this.#exchange(place));
    return member < this.founding ? member : this.founding + 2 * (member - this.founding + 1);
  }
}
