import { definitionOf } from '@marquee/datasets';
import { HashRandom, Purpose } from './hash-random.ts';
import { IdSpace } from './id-space.ts';

/** Which sample: how large, which of its kind, and how many days on. */
export interface SampleWorld {
  /**
   * Titles on day 0, 1,000 to 13,000,000; every other count follows from it in the proportions of
   * the official files.
   */
  readonly titles: number;
  /** A whole number from 0 to 2^32 - 1; other seeds give other titles and people. */
  readonly seed: number;
  /** 0 for the first day, up to 365. */
  readonly day: number;
}

export const MAX_DAY = 365;
/** The year in which the sample is set. */
export const PRESENT = 2026;
export const MIN_TITLES = 1000;
export const MAX_TITLES = 13_000_000;
const ARRIVING_PER_DAY = 0.0006;
/**
 * Of the titles, and of the people without credits, the share that leaves on a day is one in this.
 */
const TITLE_DAYS = 5000;
const NAME_DAYS = 400;
const TITLES = definitionOf('title.basics').usualRows;
const EPISODE_SHARE = definitionOf('title.episode').usualRows / TITLES;
const NAMES_PER_TITLE = definitionOf('name.basics').usualRows / TITLES;
/** Series and miniseries among the titles that are not episodes. */
const SERIES_SHARE = 0.128;
/** Of nine later titles two are works and seven are episodes. */
const CYCLE = 9;
const WORKS_IN_CYCLE = 2;

/** People come in blocks of 32, of which the last one is nobody's cast or crew. */
export const PEOPLE_BLOCK = 32;

/**
 * Who and what there is on one day. Titles are numbered: first the works (all that is not an
 * episode, series in front), then the episodes, then those that arrive after day 0, in the order of
 * their arrival; works and episodes also have numbers of their own. People likewise.
 */
export class World {
  readonly random: HashRandom;
  readonly day: number;
  readonly titles: IdSpace;
  readonly names: IdSpace;
  /** Works on day 0, and with all that ever come. */
  readonly works: number;
  readonly allWorks: number;
  readonly episodes: number;
  /** Works that can have episodes: the first ones. */
  readonly series: number;
  readonly #bornTitles: number;
  readonly #bornNames: number;

  constructor({ titles, seed, day }: SampleWorld) {
    this.random = new HashRandom(seed);
    this.day = day;
    const names = Math.round(titles * NAMES_PER_TITLE);
    // one more than ever arrive: rows with holes name the last one
    const [laterTitles, laterNames] = [titles, names].map(
      (count) => Math.ceil(count * ARRIVING_PER_DAY * MAX_DAY) + 1,
    ) as [number, number];
    this.titles = new IdSpace(this.random, titles, laterTitles, 'tt');
    this.names = new IdSpace(this.random, names, laterNames, 'nm');
    this.episodes = Math.round(titles * EPISODE_SHARE);
    this.works = titles - this.episodes;
    this.allWorks =
      this.works +
      Math.floor(laterTitles / CYCLE) * WORKS_IN_CYCLE +
      Math.min(laterTitles % CYCLE, WORKS_IN_CYCLE);
    this.series = Math.max(1, Math.round(this.works * SERIES_SHARE));
    this.#bornTitles = titles + Math.ceil(titles * ARRIVING_PER_DAY * day);
    this.#bornNames = names + Math.ceil(names * ARRIVING_PER_DAY * day);
  }

  /** Whether a title is there on this day. Series stay, so that episodes keep their parents. */
  hasTitle(title: number): boolean {
    if (title >= this.#bornTitles) return false;
    return (
      title < this.series || this.random.integer(Purpose.removal, title, TITLE_DAYS) >= this.day
    );
  }

  /** Whether a person is there on this day. Only those without credits leave. */
  hasName(name: number): boolean {
    if (name >= this.#bornNames) return false;
    if (name % PEOPLE_BLOCK !== PEOPLE_BLOCK - 1 || this.isNewcomer(name)) return true;
    return this.random.integer(Purpose.removal, name, NAME_DAYS) >= this.day;
  }

  /** Titles that are not there yet, numbered by their arrival; negative for those of day 0. */
  arrivalOf(title: number): number {
    return title - this.titles.founding;
  }

  isNewcomer(name: number): boolean {
    return name >= this.names.founding;
  }

  /**
   * How many times something has been edited by this day, when it is edited once in `period` days,
   * on a day of its own.
   */
  editsOf(purpose: number, index: number, period: number): number {
    return Math.floor((this.day + this.random.integer(purpose, index, period)) / period);
  }

  /** The work a title is, or -1 for an episode. */
  workOf(title: number): number {
    const late = this.arrivalOf(title);
    if (late < 0) return title < this.works ? title : -1;
    const step = late % CYCLE;
    return step < WORKS_IN_CYCLE
      ? this.works + Math.floor(late / CYCLE) * WORKS_IN_CYCLE + step
      : -1;
  }

  /** The episode a title is, when it is one. */
  episodeOf(title: number): number {
    const late = this.arrivalOf(title);
    if (late < 0) return title - this.works;
    return (
      this.episodes +
      Math.floor(late / CYCLE) * (CYCLE - WORKS_IN_CYCLE) +
      (late % CYCLE) -
      WORKS_IN_CYCLE
    );
  }

  /** The title that a work is. */
  titleOf(work: number): number {
    const late = work - this.works;
    if (late < 0) return work;
    return (
      this.titles.founding + Math.floor(late / WORKS_IN_CYCLE) * CYCLE + (late % WORKS_IN_CYCLE)
    );
  }
}
