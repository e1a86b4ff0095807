import { Purpose } from './hash-random.ts';
import { Permutation } from './permutation.ts';
import { word, type Word } from './row-writer.ts';
import { PRESENT, type World } from './world.ts';

type Kind = 'series' | 'movie' | 'short' | 'game' | 'special' | 'other';

/** Typical values of a title type. */
interface WorkType {
  readonly name: Word;
  readonly kind: Kind;
  /** Share of all works. */
  readonly share: number;
  /** Share of rated works. */
  readonly rated: number;
  /** Votes of the most voted work. */
  readonly topVotes: number;
  /** Usual range of the runtime in minutes. */
  readonly minutes: readonly [number, number];
  /** Share of fiction, as opposed to documentaries and shows. */
  readonly played: number;
}

/** Series first, as they have episodes. */
const TYPES: readonly WorkType[] = [
  {
    name: word('tvSeries'),
    kind: 'series',
    share: 0.104,
    rated: 0.35,
    topVotes: 2_150_000,
    minutes: [20, 65],
    played: 0.7,
  },
  {
    name: word('tvMiniSeries'),
    kind: 'series',
    share: 0.024,
    rated: 0.35,
    topVotes: 780_000,
    minutes: [40, 300],
    played: 0.8,
  },
  {
    name: word('movie'),
    kind: 'movie',
    share: 0.262,
    rated: 0.45,
    topVotes: 2_640_000,
    minutes: [72, 150],
    played: 0.85,
  },
  {
    name: word('short'),
    kind: 'short',
    share: 0.385,
    rated: 0.2,
    topVotes: 48_000,
    minutes: [3, 38],
    played: 0.85,
  },
  {
    name: word('video'),
    kind: 'other',
    share: 0.11,
    rated: 0.2,
    topVotes: 61_000,
    minutes: [20, 130],
    played: 0.7,
  },
  {
    name: word('tvMovie'),
    kind: 'movie',
    share: 0.055,
    rated: 0.35,
    topVotes: 92_000,
    minutes: [60, 110],
    played: 0.8,
  },
  {
    name: word('tvSpecial'),
    kind: 'special',
    share: 0.03,
    rated: 0.2,
    topVotes: 71_000,
    minutes: [30, 120],
    played: 0.1,
  },
  {
    name: word('videoGame'),
    kind: 'game',
    share: 0.02,
    rated: 0.4,
    topVotes: 83_000,
    minutes: [10, 60],
    played: 1,
  },
  {
    name: word('tvShort'),
    kind: 'short',
    share: 0.0099,
    rated: 0.25,
    topVotes: 9_000,
    minutes: [5, 30],
    played: 0.9,
  },
  {
    name: word('tvPilot'),
    kind: 'other',
    share: 0.0001,
    rated: 0,
    topVotes: 5,
    minutes: [20, 60],
    played: 1,
  },
];
const SERIES = 0;
const MOVIE = 2;
const VIDEO = 4;
const MIN_VOTES = 5;

/** Rare extreme cases among the movies; small samples contain the first of each kind too. */
const EXTREME_WORKS = {
  farFuture: { every: 1_500_000, first: 88 },
  longRunning: { every: 1_000_000, first: 77 },
  nameless: { every: 30_000, first: 66 },
  crowdOfWriters: { every: 10_000_000, first: 55 },
  crowdOfDirectors: { every: 10_000_000, first: 44 },
} as const;

/** Facts of a work that several files need. */
export interface Work {
  readonly number: number;
  readonly type: Word;
  readonly kind: Kind;
  /** Votes on day 0 or on arrival; 0 if unrated. */
  readonly votes: number;
  readonly played: boolean;
  readonly adult: boolean;
}

/** All titles other than episodes. */
export class Works {
  readonly #world: World;
  /** Number of the first work of each type on day 0. */
  readonly #starts: readonly number[];
  readonly #ranks: readonly Permutation[];

  constructor(world: World) {
    this.#world = world;
    let share = 0;
    this.#starts = TYPES.map((type, i) => {
      // at least one pilot
      const start =
        i === MOVIE ? world.series : Math.min(world.works - 1, Math.round(world.works * share));
      share += type.share;
      return start;
    });
    this.#ranks = TYPES.map(
      (_, i) =>
        new Permutation(
          (this.#starts[i + 1] ?? world.works) - (this.#starts[i] ?? 0),
          world.random,
          16 + i,
        ),
    );
  }

  at(work: number): Work {
    const { random } = this.#world;
    const index = this.#typeOf(work);
    const type = typeAt(index);
    const votes = this.#votesOf(work, index);
    return {
      number: work,
      type: type.name,
      kind: type.kind,
      votes,
      played: votes > 100_000 || random.chance(type.played, Purpose.talk, work),
      adult:
        votes < 1000 &&
        random.chance(index === VIDEO ? 0.2 : index === MOVIE ? 0.01 : 0, Purpose.adult, work),
    };
  }

  /** Whether a work is an extreme case of this kind; the kinds are rare and never coincide. */
  isExtreme(way: keyof typeof EXTREME_WORKS, work: number): boolean {
    const movie = work - (this.#starts[MOVIE] ?? 0);
    return (
      work < (this.#starts[MOVIE + 1] ?? 0) &&
      movie % EXTREME_WORKS[way].every === EXTREME_WORKS[way].first
    );
  }

  /** Year of release of a work other than a series; well-known works have plausible years. */
  yearOf({ number, votes, kind }: Work): number | null {
    if (this.isExtreme('farFuture', number)) return 2115;
    const { random } = this.#world;
    const age = random.fraction(Purpose.year, number);
    if (kind === 'game') return PRESENT - Math.floor(age * 40);
    if (votes >= 1000) return PRESENT - 1 - Math.floor(age ** 1.6 * 70);
    if (votes > 0) return PRESENT - Math.floor(age ** 2 * 105);
    if (random.chance(0.2, Purpose.yearKnown, number)) return null;
    return age < 0.03
      ? PRESENT + 1 + Math.floor(age * 200)
      : PRESENT - Math.floor(age ** 2.2 * 130);
  }

  /** Runtime in minutes. @param edits number of times it was edited */
  minutesOf({ number, votes }: Work, edits: number): number | null {
    if (this.isExtreme('longRunning', number)) return 51_420;
    const { random } = this.#world;
    if (
      !random.chance(
        votes >= 1000 ? 1 : votes > 0 ? 0.95 : 0.46,
        Purpose.runtimeKnown,
        number + edits * 0x1000_0000,
      )
    )
      return null;
    const [from, to] = typeAt(this.#typeOf(number)).minutes;
    // the mean of two random numbers: most are in the middle
    const share =
      (random.fraction(Purpose.runtime, number) +
        random.fraction(Purpose.runtime, number + (edits + 1) * 0x1000_0000)) /
      2;
    return Math.round(from + (to - from) * share);
  }

  /** Votes by a power law, from the maximum of the type down to 5. */
  #votesOf(work: number, index: number): number {
    const { random, works } = this.#world;
    if (work >= works)
      return random.chance(0.2, Purpose.rated, work)
        ? MIN_VOTES + random.integer(Purpose.votes, work, 30)
        : 0;
    const ranks = this.#ranks[index];
    if (ranks === undefined) return 0;
    const { rated, topVotes } = typeAt(index);
    const count = Math.max(1, Math.round(ranks.size * rated));
    const rank = ranks.at(work - (this.#starts[index] ?? 0));
    if (rank >= count) return 0;
    const exponent = Math.log(topVotes / MIN_VOTES) / Math.log(2 * count);
    return Math.floor(MIN_VOTES * ((rank + 0.5) / count) ** -exponent);
  }

  #typeOf(work: number): number {
    const { random, works } = this.#world;
    if (work >= works) {
      // later works have types with the same shares; series have no episodes yet
      const share = random.fraction(Purpose.type, work);
      let sum = 0;
      return Math.max(
        SERIES,
        TYPES.findIndex((type) => (sum += type.share) > share),
      );
    }
    let index = TYPES.length - 1;
    while (index > 0 && work < (this.#starts[index] ?? 0)) index--;
    return index;
  }
}

function typeAt(index: number): WorkType {
  return TYPES[index] as WorkType;
}
