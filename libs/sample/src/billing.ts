import { Purpose } from './hash-random.ts';
import type { Episode, Episodes } from './episodes.ts';
import { RolePool, ROLES, type Role } from './role-pool.ts';
import type { Work, Works } from './works.ts';
import type { World } from './world.ts';

export type Category = Role | 'archive_footage' | 'archive_sound';

/** A row of title.principals before it is written. */
export interface Credit {
  readonly person: number;
  readonly category: Category;
  /**
   * A random number that determines job and characters; the same for a regular in all episodes of a
   * series.
   */
  readonly part: number;
}

/** Number of credits of a work by role. */
type CreditCounts = Readonly<Record<Exclude<Role, 'actor' | 'actress'> | 'cast', number>>;

const STAFF = [
  'producer',
  'composer',
  'cinematographer',
  'editor',
  'production_designer',
  'casting_director',
] as const;
/** Days between two edits of the credits of a title. */
const EDIT_PERIOD = 110;
/** Number of new people per new work. */
const NEWCOMERS = 5;
/**
 * Share of the cast with two characters. With the writers below, 1.5% of rows repeat person and
 * category.
 */
const SECOND_CHARACTER = 0.023;
const SECOND_JOB = 0.05;
const NEWCOMER_ROLES = ['actor', 'actress'] as const;

/** Credits of people in titles: the source of title.crew, title.principals and knownForTitles. */
export class Billing {
  readonly #world: World;
  readonly #works: Works;
  readonly #episodes: Episodes;
  readonly pools: Readonly<Record<Role, RolePool>>;

  constructor(world: World, works: Works, episodes: Episodes) {
    this.#world = world;
    this.#works = works;
    this.#episodes = episodes;
    const pool = (role: Role): [Role, RolePool] => [
      role,
      new RolePool(world.random, role, world.names.founding, world.allWorks),
    ];
    this.pools = Object.fromEntries(ROLES.map(pool)) as Record<Role, RolePool>;
  }

  /** All credits of a title in billing order. */
  creditsOf(title: number): Credit[] {
    const world = this.#world;
    const credits: Credit[] = [];
    const work = world.workOf(title);
    const edits = world.editsOf(Purpose.billingEdits, title, EDIT_PERIOD);
    if (work >= 0) this.#addWork(credits, this.#works.at(work), title, edits);
    else this.#addEpisode(credits, this.#episodes.at(world.episodeOf(title)), title, edits);
    const { random } = world;
    // an edit adds a row, removes one or only reorders the cast
    if (edits % 2 === 1 && random.chance(0.3, Purpose.appendix, title)) credits.pop();
    else if (random.chance(edits % 2 === 1 ? 0.5 : 0.05, Purpose.appendix, title)) {
      const category = random.chance(0.2, Purpose.appendix, -1 - title)
        ? 'archive_sound'
        : 'archive_footage';
      credits.push({
        category,
        person: this.pools.self.randomPerson(random.fraction(Purpose.guest, -1 - title)),
        part: random.uint32(Purpose.role, -1 - title),
      });
    }
    return credits;
  }

  /** Directors and writers of a title. */
  crewOf(title: number): { directors: number[]; writers: number[] } {
    const work = this.#world.workOf(title);
    const credits: Credit[] = [];
    if (work >= 0) this.#addAuthors(credits, this.#works.at(work), title);
    else this.#addEpisodeAuthors(credits, this.#episodes.at(this.#world.episodeOf(title)), title);
    const holders = (role: Role): number[] => [
      ...new Set(credits.filter(({ category }) => category === role).map(({ person }) => person)),
    ];
    return { directors: holders('director'), writers: holders('writer') };
  }

  /** Whether a work uses a credit of a pool. */
  isUsed(role: Role, work: Work, credit: number): boolean {
    const counts = this.#creditCountsOf(work);
    if (role !== 'actor' && role !== 'actress') return credit < counts[role];
    return 2 * credit + (this.#leadOf(work.number) === role ? 0 : 1) < counts.cast;
  }

  /** The new work of a newcomer. */
  debutOf(newcomer: number): number {
    return this.#world.works + Math.floor((newcomer - this.#world.names.founding) / NEWCOMERS);
  }

  #addWork(credits: Credit[], work: Work, title: number, edits: number): void {
    const { random } = this.#world;
    const counts = this.#creditCountsOf(work);
    for (let i = 0; i < counts.cast; i++)
      this.#addCastMember(credits, this.#castOf(work.number, (i + edits) % counts.cast));
    for (let i = 0; i < counts.self; i++)
      credits.push(this.#hostOf(work.number, (i + edits) % counts.self));
    this.#addAuthors(credits, work, title);
    for (const role of STAFF) {
      for (let i = 0; i < counts[role]; i++) {
        credits.push({
          category: role,
          person: this.pools[role].holderOf(work.number, i),
          part: random.uint32(Purpose.job, title * 8 + i),
        });
      }
    }
  }

  #addAuthors(credits: Credit[], work: Work, title: number): void {
    const counts = this.#creditCountsOf(work);
    for (const role of ['director', 'writer'] as const) {
      for (let i = 0; i < counts[role]; i++)
        this.#addAuthor(credits, role, this.pools[role].holderOf(work.number, i), title * 8 + i);
    }
  }

  #addEpisode(credits: Credit[], episode: Episode, title: number, edits: number): void {
    const { random } = this.#world;
    const series = this.#works.at(episode.series.work);
    const counts = this.#creditCountsOf(series);
    const count = Math.max(1, series.played ? counts.cast : counts.self);
    const regulars = Math.min(count, 1 + random.integer(Purpose.castSize, title, 4));
    for (let i = 0; i < regulars; i++) {
      this.#addCastMember(
        credits,
        series.played
          ? this.#castOf(series.number, (i + edits) % count)
          : this.#hostOf(series.number, (i + edits) % count),
      );
    }
    const guests = random.integer(Purpose.guest, title, 5);
    for (let i = 0; i < guests; i++) {
      const index = title * 8 + i;
      const category = !series.played
        ? 'self'
        : random.chance(0.5, Purpose.gender, index)
          ? 'actor'
          : 'actress';
      this.#addCastMember(credits, {
        category,
        person: this.pools[category].randomPerson(random.fraction(Purpose.guest, index)),
        part: random.uint32(Purpose.role, index),
      });
    }
    this.#addEpisodeAuthors(credits, episode, title);
    const staff = random.uint32(Purpose.plan, title);
    STAFF.forEach((role, i) => {
      // producers are the most frequent ones
      if (((staff >>> (i * 3)) & 7) < (i === 0 ? 5 : 2)) {
        credits.push({
          category: role,
          person: this.#regularOf(role, episode, title),
          part: random.uint32(Purpose.job, title * 8 + i),
        });
      }
    });
  }

  #addEpisodeAuthors(credits: Credit[], episode: Episode, title: number): void {
    const { random } = this.#world;
    if (random.chance(0.56, Purpose.crewKnown, title))
      this.#addAuthor(credits, 'director', this.#regularOf('director', episode, title), title * 8);
    const writers = random.integer(Purpose.crewPlan, title, 3);
    for (let i = 0; i < writers; i++)
      this.#addAuthor(
        credits,
        'writer',
        this.#regularOf('writer', episode, title, i),
        title * 8 + i,
      );
  }

  /** As in files since 2025, two characters of a person have a row each. */
  #addCastMember(credits: Credit[], credit: Credit): void {
    const { random } = this.#world;
    const { category, part } = credit;
    credits.push(credit);
    if (category !== 'self' && random.chance(SECOND_CHARACTER, Purpose.otherPart, part))
      credits.push({ ...credit, part: random.uint32(Purpose.otherPart, part) });
  }

  /** One in twenty writers has two rows with different jobs. */
  #addAuthor(credits: Credit[], role: 'director' | 'writer', person: number, index: number): void {
    const { random } = this.#world;
    credits.push({ category: role, person, part: random.uint32(Purpose.job, index) });
    if (role === 'writer' && random.chance(SECOND_JOB, Purpose.repeat, index)) {
      credits.push({ category: role, person, part: random.uint32(Purpose.repeat, -1 - index) });
    }
  }

  /** A series has up to four people for each role of the crew, in turns. */
  #regularOf(role: Role, { series }: Episode, title: number, after = 0): number {
    const { random } = this.#world;
    const turn = (random.integer(Purpose.staff, title, 4) + after) % 4;
    return this.pools[role].randomPerson(
      random.fraction(Purpose.staff, -1 - (series.work * 64 + ROLES.indexOf(role) * 4 + turn)),
    );
  }

  #castOf(work: number, place: number): Credit {
    const world = this.#world;
    const part = world.random.uint32(Purpose.role, work * 16 + place);
    const newcomer = world.names.founding + (work - world.works) * NEWCOMERS + place;
    if (work >= world.works && place < NEWCOMERS && world.hasName(newcomer))
      return { category: newcomerRole(newcomer), person: newcomer, part };
    const lead = this.#leadOf(work);
    const category = place % 2 === 0 ? lead : lead === 'actor' ? 'actress' : 'actor';
    return { category, person: this.pools[category].holderOf(work, place >> 1), part };
  }

  #hostOf(work: number, place: number): Credit {
    return {
      category: 'self',
      person: this.pools.self.holderOf(work, place),
      part: this.#world.random.uint32(Purpose.role, work * 16 + place),
    };
  }

  /** Cast alternates between actors and actresses; this is the category of the first one. */
  #leadOf(work: number): 'actor' | 'actress' {
    return this.#world.random.chance(0.62, Purpose.gender, work) ? 'actor' : 'actress';
  }

  #creditCountsOf({ number, kind, votes, played }: Work): CreditCounts {
    const { random } = this.#world;
    const known = votes >= 1000;
    const most = { series: 11, movie: 12, short: 7, game: 9, special: 9, other: 9 }[kind];
    const people = known
      ? most - random.integer(Purpose.castSize, number, 3)
      : random.integer(Purpose.castSize, number, most + 1);
    const bits = random.uint32(Purpose.plan, number);
    // every field has its own three bits; well-known works have a complete crew
    const chance = (field: number, eighths: number): number =>
      known || ((bits >>> (field * 3)) & 7) < eighths ? 1 : 0;
    const often = kind === 'movie' ? 6 : 4;
    return {
      cast: played ? people : 0,
      self: played ? 0 : Math.min(4, people),
      director:
        kind === 'series' && !known
          ? chance(0, 2)
          : chance(0, 7) + (((bits >>> 27) & 15) === 0 ? 1 : 0),
      writer:
        chance(1, often + 1) +
        chance(2, 2) * ((bits >>> 26) & 1) +
        (((bits >>> 27) & 7) === 1 ? 1 : 0),
      producer:
        chance(3, often) +
        (chance(4, 3) ? (bits >>> 28) & 1 : 0) +
        (((bits >>> 27) & 7) === 3 ? 1 : 0),
      composer: chance(5, often),
      cinematographer: chance(6, often),
      editor: chance(7, often),
      production_designer: chance(8, 2),
      casting_director: known ? (bits >>> 25) & 1 : 0,
    };
  }
}

/** Newcomers are cast members. */
export function newcomerRole(newcomer: number): 'actor' | 'actress' {
  return NEWCOMER_ROLES[newcomer % 2 === 0 ? 0 : 1];
}
