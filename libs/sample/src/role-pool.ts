import { type HashRandom } from './hash-random.ts';
import { Permutation } from './permutation.ts';
import { PEOPLE_BLOCK } from './world.ts';

/** Roles of people, in the order of the pools. */
export const ROLES = [
  'actor',
  'actress',
  'self',
  'director',
  'writer',
  'producer',
  'composer',
  'cinematographer',
  'editor',
  'production_designer',
  'casting_director',
] as const;
export type Role = (typeof ROLES)[number];

/** Range of each role within a block of people, and maximum number of its credits per work. */
const LAYOUT: Readonly<Record<Role, { from: number; to: number; credits: number }>> = {
  actor: { from: 0, to: 10, credits: 6 },
  actress: { from: 10, to: 17, credits: 6 },
  self: { from: 17, to: 20, credits: 4 },
  director: { from: 20, to: 22, credits: 2 },
  writer: { from: 22, to: 24, credits: 3 },
  producer: { from: 24, to: 26, credits: 3 },
  composer: { from: 26, to: 27, credits: 1 },
  cinematographer: { from: 27, to: 28, credits: 1 },
  editor: { from: 28, to: 29, credits: 1 },
  production_designer: { from: 29, to: 30, credits: 1 },
  casting_director: { from: 30, to: 31, credits: 1 },
};

/**
 * Number of credits considered per person: more would not change what a busy person is known for.
 */
const MAX_CREDITS = 40;

/** Role of a person of day 0; null without credits. */
export function roleOf(person: number): Role | null {
  const place = person % PEOPLE_BLOCK;
  return ROLES.find((role) => place >= LAYOUT[role].from && place < LAYOUT[role].to) ?? null;
}

/**
 * The people of a role and the credits of all works in that role. Credits are shuffled and
 * assigned, most to the first person: the fraction x of the credits belongs to the fraction x² of
 * the people. Both the person of a credit and the credits of a person are computed.
 */
export class RolePool {
  readonly size: number;
  readonly #from: number;
  readonly #width: number;
  readonly #perWork: number;
  readonly #credits: Permutation;

  constructor(random: HashRandom, role: Role, people: number, works: number) {
    const { from, to, credits } = LAYOUT[role];
    this.#from = from;
    this.#width = to - from;
    this.#perWork = credits;
    this.size = Math.floor(people / PEOPLE_BLOCK) * this.#width;
    this.#credits = new Permutation(works * credits, random, 32 + ROLES.indexOf(role));
  }

  /** The person with a credit of a work. */
  holderOf(work: number, credit: number): number {
    return this.personAt(this.#rankOf(this.#credits.at(work * this.#perWork + credit)));
  }

  /**
   * A random person, more likely one with many credits. @param share random number from 0 to below
   * 1
   */
  randomPerson(share: number): number {
    return this.personAt(Math.floor(this.size * share * share));
  }

  /** The person at a rank; ranks wrap around. */
  personAt(rank: number): number {
    const index = rank % this.size;
    const block = Math.floor(index / this.#width);
    return block * PEOPLE_BLOCK + this.#from + (index - block * this.#width);
  }

  /** Credits of a person, as works and credit numbers, unordered. Limited for busy people. */
  *creditsOf(person: number): Generator<{ work: number; credit: number }, void, undefined> {
    const rank =
      Math.floor(person / PEOPLE_BLOCK) * this.#width + (person % PEOPLE_BLOCK) - this.#from;
    if (rank >= this.size) return;
    const credits = this.#credits;
    const perWork = this.#perWork;
    let place = Math.ceil(credits.size * Math.sqrt(rank / this.size));
    // the root is not exact
    while (place > 0 && this.#rankOf(place - 1) >= rank) place--;
    while (place < credits.size && this.#rankOf(place) < rank) place++;
    for (
      let i = 0;
      i < MAX_CREDITS && place < credits.size && this.#rankOf(place) === rank;
      i++, place++
    ) {
      const index = credits.indexOf(place);
      const work = Math.floor(index / perWork);
      yield { work, credit: index - work * perWork };
    }
  }

  #rankOf(place: number): number {
    const share = place / this.#credits.size;
    return Math.floor(this.size * share * share);
  }
}
