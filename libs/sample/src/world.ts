import { definitionOf } from '@marquee/datasets';
import { HashRandom, Purpose } from './hash-random.ts';
import { IdSpace } from './id-space.ts';

/** Parameters of a sample: size, seed and day. */
export interface SampleWorld {
  /**
   * Number of titles on day 0, 1,000 to 13,000,000; all other numbers follow in the proportions of
   * the official files.
   */
  readonly titles: number;
  /** An integer from 0 to 2^32 - 1; other seeds give other titles and people. */
  readonly seed: number;
  /** Day from 0 to 365. */
  readonly day: number;
}

export const MAX_DAY = 365;
/** Current year in the sample. */
export const PRESENT = 2026;
export const MIN_TITLES = 1000;
export const MAX_TITLES = 13_000_000;
const ARRIVING_PER_DAY = 0.0006;
/** One in this many titles, or people without credits, is removed per day. */
const TITLE_DAYS = 5000;
const NAME_DAYS = 400;
const TITLES = definitionOf('title.basics').usualRows;
const EPISODE_SHARE = definitionOf('title.episode').usualRows / TITLES;
const NAMES_PER_TITLE = definitionOf('name.basics').usualRows / TITLES;
/** Share of series and miniseries among the works. */
const SERIES_SHARE = 0.128;
/** Two of nine later titles are works, seven are episodes. */
const CYCLE = 9;
const WORKS_IN_CYCLE = 2;

/** People are numbered in blocks of 32; the last one of a block has no credits. */
export const PEOPLE_BLOCK = 32;

/**
 * Titles and people of a day. Titles are numbered: works (all titles other than episodes, series
 * first), episodes, then titles that arrive after day 0 in the order of arrival. Works and episodes
 * also have their own numbers. People are numbered likewise.
 */
export class World {
  readonly random: HashRandom;
  readonly day: number;
  readonly titles: IdSpace;
  readonly names: IdSpace;
  /** Number of works on day 0, and including all later ones. */
  readonly works: number;
  readonly allWorks: number;
  readonly episodes: number;
  /** Number of works that can have episodes: the first ones. */
  readonly series: number;
  readonly #bornTitles: number;
  readonly #bornNames: number;

  constructor({ titles, seed, day }: SampleWorld) {
    this.random = new HashRandom(seed);
    this.day = day;
    const names = Math.round(titles * NAMES_PER_TITLE);
    // one more than ever arrives: orphans refer to the last one
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

  /**
   * Whether a title exists on this day. Series are never removed, so that episodes keep their
   * parents.
   */
  hasTitle(title: number): boolean {
    if (title >= this.#bornTitles) return false;
    return (
      title < this.series || this.random.integer(Purpose.removal, title, TITLE_DAYS) >= this.day
    );
  }

  /** Whether a person exists on this day. Only people without credits are removed. */
  hasName(name: number): boolean {
    if (name >= this.#bornNames) return false;
    if (name % PEOPLE_BLOCK !== PEOPLE_BLOCK - 1 || this.isNewcomer(name)) return true;
    return this.random.integer(Purpose.removal, name, NAME_DAYS) >= this.day;
  }

  /** Number of a later title by arrival; negative for titles of day 0. */
  arrivalOf(title: number): number {
    return title - this.titles.founding;
  }

  isNewcomer(name: number): boolean {
    return name >= this.names.founding;
  }

  /**
   * Number of edits up to this day, with one edit every `period` days, starting at a random day.
   */
  editsOf(purpose: number, index: number, period: number): number {
    return Math.floor((this.day + this.random.integer(purpose, index, period)) / period);
  }

  /** Work number of a title; -1 for an episode. */
  workOf(title: number): number {
    const late = this.arrivalOf(title);
    if (late < 0) return title < this.works ? title : -1;
    const step = late % CYCLE;
    return step < WORKS_IN_CYCLE
      ? this.works + Math.floor(late / CYCLE) * WORKS_IN_CYCLE + step
      : -1;
  }

  /** Episode number of a title that is an episode. */
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

  /** Title number of a work. */
  titleOf(work: number): number {
    const late = work - this.works;
    if (late < 0) return work;
    return (
      this.titles.founding + Math.floor(late / WORKS_IN_CYCLE) * CYCLE + (late % WORKS_IN_CYCLE)
    );
  }
}
