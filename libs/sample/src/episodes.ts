import { Purpose } from './hash-random.ts';
import { PRESENT, type World } from './world.ts';

/** The facts of a series that its episodes need. */
export interface Series {
  readonly work: number;
  /** Index of its first episode, and number of its episodes. */
  readonly first: number;
  readonly count: number;
  readonly seasonLength: number;
  readonly startYear: number;
  /** Null while it is running. */
  readonly endYear: number | null;
  /** Whether seasons are numbered by year. */
  readonly byYear: boolean;
  /** Number of the first episode of a season. */
  readonly firstNumber: 0 | 1;
  /** Number of specials (season 0): the last episodes. */
  readonly specials: number;
  /** A season that is skipped in numbering; null if none is. */
  readonly missingSeason: number | null;
  /** Index of the season whose episodes have no number; null if there is none. */
  readonly unnumberedSeason: number | null;
  /** Whether its episodes have season numbers at all. */
  readonly isNumbered: boolean;
}

/** Season and number of an episode. */
interface EpisodeNumbers {
  readonly season: number;
  /** Null if only the season is known. */
  readonly episode: number | null;
}

export interface Episode {
  readonly number: number;
  readonly series: Series;
  /** Number of earlier episodes of the series. */
  readonly position: number;
  readonly year: number | null;
  /** Null if the episode has no season. */
  readonly numbers: EpisodeNumbers | null;
  /** Whether its series is missing in the files. */
  readonly orphan: boolean;
}

/**
 * A larger value gives fewer episodes to the longest series. At full size the longest has 20,000,
 * and half of the series have fewer than 8.
 */
const FLATNESS = 0.00015;
const EDIT_PERIOD = 800;
const ORPHAN = { every: 500_000, first: 700 };
/** Highest known episode number, and how rare it is. */
const HIGHEST_EPISODE = { number: 12_652, every: 5_000_000, first: 900 };
/** Shares of series with unusual seasons, except the longest series. */
const REGULAR_SERIES = 8;
const WITH_SPECIALS = 0.08;
const WITH_GAP = 0.04;
const WITH_SEASON_ALONE = 0.02;
const UNNUMBERED = 0.03;
/**
 * Share of unnumbered runs of episodes in the other series, so that 21% of all episodes are
 * unnumbered.
 */
const UNNUMBERED_RUNS = 0.185;

/** Assigns consecutive episodes to series by Zipf's law. */
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
    // whole runs of episodes are unnumbered, as people enter them in runs; occasionally a run gains
    // or loses its numbers
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

  /** Votes on day 0; 0 if unrated. */
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

/** Season and number of an episode of a series with seasons. */
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
