import { Purpose } from './hash-random.ts';
import { PRESENT, type World } from './world.ts';

/** A series as its episodes see it. */
export interface Series {
  readonly work: number;
  /** Its first episode's number, and how many it has. */
  readonly first: number;
  readonly count: number;
  readonly seasonLength: number;
  readonly startYear: number;
  /** Null while it goes on. */
  readonly endYear: number | null;
  /** Seasons are called by their years. */
  readonly byYear: boolean;
  /** What the first episode of a season is called. */
  readonly firstNumber: 0 | 1;
  /** So many of its episodes, the last ones, are specials: season 0. */
  readonly specials: number;
  /** The season that there is not, so that those from it on have the next number; else null. */
  readonly missingSeason: number | null;
  /** The season whose episodes have no number; else null. */
  readonly unnumberedSeason: number | null;
  /** Whether its episodes are placed in seasons at all. */
  readonly isNumbered: boolean;
}

/** Where an episode stands. */
export interface EpisodeNumbers {
  readonly season: number;
  /** Null where only the season is known. */
  readonly episode: number | null;
}

export interface Episode {
  readonly number: number;
  readonly series: Series;
  /** How many episodes of the series came before. */
  readonly position: number;
  readonly year: number | null;
  /** Null when the episode is not placed in a season. */
  readonly numbers: EpisodeNumbers | null;
  /** Its parent is a title that is in no file. */
  readonly orphan: boolean;
}

/**
 * Larger: fewer episodes for the longest series. At full size the longest has 20,000 and half of
 * the series have fewer than 8.
 */
const FLATNESS = 0.00015;
const EDIT_PERIOD = 800;
const ORPHAN = { every: 500_000, first: 700 };
/** The highest number of an episode known, and how rarely it is met. */
const HIGHEST_EPISODE = { number: 12_652, every: 5_000_000, first: 900 };
/** Shares of series with something unusual about their seasons. The longest series have none of it. */
const REGULAR_SERIES = 8;
const WITH_SPECIALS = 0.08;
const WITH_GAP = 0.04;
const WITH_SEASON_ALONE = 0.02;
const UNNUMBERED = 0.03;
/** Of runs of the other series, so that 21% of all episodes are unnumbered. */
const UNNUMBERED_RUNS = 0.185;

/**
 * How the episodes are shared out among the series: by Zipf's law, the episodes of a series one
 * after the other.
 */
export class Episodes {
  readonly #world: World;
  readonly #flat: number;
  readonly #scale: number;

  constructor(world: World) {
    this.#world = world;
    this.#flat = 1 + world.series * FLATNESS;
    this.#scale = world.episodes / Math.log(1 + world.series / this.#flat);
  }

  at(episode: number): Episode {
    const { random, episodes } = this.#world;
    const series = this.seriesAt(
      this.#seriesOf(
        episode < episodes ? episode : random.integer(Purpose.series, episode, episodes),
      ),
    );
    const position =
      episode < episodes
        ? episode - series.first
        : series.count + random.integer(Purpose.season, episode, 20);
    const season = Math.floor(position / series.seasonLength);
    const year = Math.min(PRESENT, series.startYear + season);
    // whole runs of episodes are unnumbered, as they are entered in runs; now and then a run gets
    // its numbers, or loses them
    const run = episode >>> 3;
    const isUnnumbered = random.chance(
      UNNUMBERED_RUNS,
      Purpose.unnumbered,
      run + this.#world.editsOf(Purpose.runEdits, run, EDIT_PERIOD) * 0x1000_0000,
    );
    const isPlaced = series.isNumbered && !isUnnumbered;
    return {
      number: episode,
      series,
      position,
      numbers: isPlaced ? numbersOf(series, episode, position) : null,
      year: random.chance(0.115, Purpose.yearKnown, -1 - episode) ? null : year,
      orphan: episode < episodes && episode % ORPHAN.every === ORPHAN.first,
    };
  }

  /** A series of day 0. */
  seriesAt(work: number): Series {
    const { random } = this.#world;
    const first = this.#firstOf(work);
    const count = this.#firstOf(work + 1) - first;
    const byYear = count > 3000 || random.chance(0.06, Purpose.dated, work);
    const seasonLength =
      Math.max(byYear ? 12 : 6, Math.ceil(count / 60)) + random.integer(Purpose.season, work, 19);
    const seasons = Math.max(1, Math.ceil(count / seasonLength));
    const over = random.chance(0.88, Purpose.ended, work);
    const since = over
      ? Math.floor(random.fraction(Purpose.year, work) ** 1.8 * (PRESENT - 1949 - seasons))
      : 0;
    const isUsual = work < REGULAR_SERIES;
    const isIn = (share: number, purpose: number): boolean =>
      !isUsual && random.chance(share, purpose, work);
    const startYear = PRESENT - seasons - since;
    const endYear = over ? startYear + seasons - 1 : null;
    return {
      work,
      first,
      count,
      seasonLength,
      startYear,
      endYear,
      byYear,
      firstNumber: random.chance(0.05, Purpose.epithet, work) ? 0 : 1,
      specials:
        count >= 10 && isIn(WITH_SPECIALS, Purpose.specials)
          ? 1 + random.integer(Purpose.specials, -1 - work, 6)
          : 0,
      missingSeason:
        seasons > 1 && !byYear && isIn(WITH_GAP, Purpose.seasonGap)
          ? 2 + random.integer(Purpose.seasonGap, -1 - work, seasons - 1)
          : null,
      unnumberedSeason: isIn(WITH_SEASON_ALONE, Purpose.seasonAlone)
        ? random.integer(Purpose.seasonAlone, -1 - work, seasons)
        : null,
      isNumbered: !isIn(UNNUMBERED, Purpose.unnumberedSeries),
    };
  }

  /** Votes on day 0; 0 when it is not rated. */
  votesOf(episode: number): number {
    const { random } = this.#world;
    if (!random.chance(0.0885, Purpose.rated, -1 - episode)) return 0;
    return Math.min(
      60_000,
      Math.floor(5 * (1 - random.fraction(Purpose.episodeVotes, episode)) ** -0.8),
    );
  }

  #firstOf(series: number): number {
    return Math.round(this.#scale * Math.log(1 + series / this.#flat));
  }

  #seriesOf(episode: number): number {
    let series = Math.floor(this.#flat * (Math.exp(episode / this.#scale) - 1));
    while (series > 0 && this.#firstOf(series) > episode) series--;
    while (this.#firstOf(series + 1) <= episode) series++;
    return series;
  }
}

/** Season and number of an episode, for a series whose episodes are placed. */
function numbersOf(series: Series, episode: number, position: number): EpisodeNumbers {
  const { seasonLength, startYear, count, specials, missingSeason } = series;
  const special = position - (count - specials);
  if (special >= 0 && position < count) return { season: 0, episode: special + 1 };
  const index = Math.floor(position / seasonLength);
  const season = index + 1 + (missingSeason !== null && index + 1 >= missingSeason ? 1 : 0);
  const number = (position % seasonLength) + series.firstNumber;
  return {
    season: series.byYear ? Math.min(PRESENT, startYear + index) : season,
    episode:
      episode % HIGHEST_EPISODE.every === HIGHEST_EPISODE.first
        ? HIGHEST_EPISODE.number
        : index === series.unnumberedSeason
          ? null
          : number,
  };
}
