import { type HashRandom } from './hash-random.ts';
import { Permutation } from './permutation.ts';
import { PEOPLE_BLOCK } from './world.ts';

/** What people do. The order is that of the pools. */
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

/** Where in a block of people each role is, and how many credits in that role a work can have. */
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

/** Looking further for a busy person's credits would not make them better known. */
const MAX_CREDITS = 40;

/** The role of a person of day 0, or null for one without credits. */
export function roleOf(person: number): Role | null {
  const place = person % PEOPLE_BLOCK;
  return ROLES.find((role) => place >= LAYOUT[role].from && place < LAYOUT[role].to) ?? null;
}

/**
 * The people of one role and the credits of all works in it. Credits are shuffled and dealt out, to
 * the first person the most (the person at share x of the credits is at share x² of the people).
 * Both ways are computed: who has a credit, and which credits someone has.
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

  /** Who has a work's credit. */
  holderOf(work: number, credit: number): number {
    return this.personAt(this.#rankOf(this.#credits.at(work * this.#perWork + credit)));
  }

  /** Someone, more likely one with many credits. @param share from 0 to just under 1 */
  randomPerson(share: number): number {
    return this.personAt(Math.floor(this.size * share * share));
  }

  /** The person at a rank; ranks beyond the last start anew. */
  personAt(rank: number): number {
    const index = rank % this.size;
    const block = Math.floor(index / this.#width);
    return block * PEOPLE_BLOCK + this.#from + (index - block * this.#width);
  }

  /**
   * Credits of a person: the works, and which of their credits, in no particular order. Not all of
   * a busy person's.
   */
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
