/**
 * Purposes of random numbers. Each has its own sequence, so that for example year and runtime of a
 * title are independent.
 */
export const Purpose = {
  order: 1,
  gap: 2,
  removal: 3,
  episodeVotes: 4,
  type: 5,
  rated: 6,
  votes: 7,
  growth: 8,
  dip: 9,
  score: 10,
  year: 11,
  yearKnown: 12,
  runtime: 13,
  runtimeKnown: 14,
  genres: 15,
  talk: 16,
  pattern: 17,
  adjective: 18,
  noun: 19,
  place: 20,
  concept: 21,
  setting: 22,
  original: 23,
  series: 24,
  season: 25,
  unnumbered: 26,
  dated: 27,
  plan: 28,
  crewPlan: 29,
  gender: 30,
  guest: 31,
  staff: 32,
  role: 33,
  job: 34,
  repeat: 35,
  appendix: 36,
  firstName: 37,
  lastName: 38,
  nameForm: 39,
  birth: 40,
  birthKnown: 41,
  death: 42,
  profession: 43,
  known: 44,
  akas: 45,
  region: 46,
  akaKind: 47,
  akaAttribute: 48,
  crewKnown: 49,
  fame: 50,
  adult: 51,
  secondNoun: 52,
  ended: 53,
  titleEdits: 54,
  akaEdits: 55,
  crewEdits: 56,
  billingEdits: 57,
  nameEdits: 58,
  editedField: 59,
  castSize: 60,
  epithet: 61,
  runEdits: 62,
  neighbour: 63,
  specials: 64,
  seasonGap: 65,
  seasonAlone: 66,
  unnumberedSeries: 67,
  otherPart: 68,
  territory: 69,
  style: 70,
  styleDetail: 71,
  particle: 72,
  crowd: 73,
  votesLost: 74,
  joined: 75,
  toldTitle: 76,
  toldYear: 77,
  toldScore: 78,
  toldVotes: 79,
  toldMoney: 80,
  toldCompanies: 81,
  toldCountry: 82,
  toldDate: 83,
  toldFault: 84,
  toldAlone: 85,
} as const;

const RANGE = 2 ** 32;

/**
 * Random numbers by hashing: each depends only on seed, purpose and index, not on earlier ones. So
 * any row can be generated without the rows before it, and files agree on shared facts.
 */
export class HashRandom {
  readonly #low: number;
  readonly #high: number;

  constructor(seed: number) {
    this.#low = mix(seed ^ 0x3c6ef372);
    this.#high = mix(Math.imul(seed, 0x9e3779b1) + 0x1b873593);
  }

  /** A number from 0 to 2^32 - 1, the same for the same arguments. */
  uint32(purpose: number, index: number): number {
    const h = mix(index ^ (this.#low + Math.imul(purpose, 0x9e3779b1)));
    return Math.imul(mix(h + Math.imul(purpose, 0x85ebca6b)) ^ this.#high, 0xcc9e2d51) >>> 0;
  }

  /** A number from 0 up to, but not including, 1. */
  fraction(purpose: number, index: number): number {
    return this.uint32(purpose, index) / RANGE;
  }

  /** A whole number from 0 to `count` - 1. */
  integer(purpose: number, index: number, count: number): number {
    return Math.floor((this.uint32(purpose, index) / RANGE) * count);
  }

  /** True with this probability. */
  chance(share: number, purpose: number, index: number): boolean {
    return this.uint32(purpose, index) < share * RANGE;
  }

  /** An element of a list. */
  pick<T>(list: readonly T[], purpose: number, index: number): T {
    return list[this.integer(purpose, index, list.length)] as T;
  }
}

/**
 * The 32-bit integer hash lowbias32: every input bit changes half of the result bits on average.
 */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}
