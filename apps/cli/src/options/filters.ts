import { type Command, InvalidArgumentError, Option } from 'commander';
import { rating, wholeNumber } from './values.ts';

/** An option that filters a list of the API. */
interface Filter {
  /** The option and its value, such as `--type <types>`. */
  readonly flags: string;
  readonly description: string;
  readonly parse?: (text: string) => number | boolean;
}

const year = wholeNumber(0, 9999);
const count = wholeNumber(0, 2_147_483_647);

/** The filters of `GET /titles`, by their parameter. */
export const TITLE_FILTERS: Readonly<Record<string, Filter>> = {
  titleType: {
    flags: '--type <types>',
    description: 'only titles of one of these types, such as movie,tvSeries',
  },
  genre: {
    flags: '--genre <genres>',
    description: 'only titles that have all of these genres, such as Drama,History',
  },
  genreAny: {
    flags: '--genre-any <genres>',
    description: 'only titles that have at least one of these genres',
  },
  genreNone: {
    flags: '--genre-none <genres>',
    description: 'only titles that have none of these genres',
  },
  startYearFrom: {
    flags: '--from <year>',
    description: 'only titles of this year or later',
    parse: year,
  },
  startYearTo: {
    flags: '--to <year>',
    description: 'only titles of this year or earlier',
    parse: year,
  },
  runtimeMinutesFrom: {
    flags: '--min-runtime <minutes>',
    description: 'only titles of at least this length',
    parse: count,
  },
  runtimeMinutesTo: {
    flags: '--max-runtime <minutes>',
    description: 'only titles of at most this length',
    parse: count,
  },
  averageRatingFrom: {
    flags: '--min-rating <rating>',
    description: 'only titles with this rating or a better one',
    parse: rating,
  },
  averageRatingTo: {
    flags: '--max-rating <rating>',
    description: 'only titles with this rating or a worse one',
    parse: rating,
  },
  numVotesFrom: {
    flags: '--min-votes <votes>',
    description: 'only titles with at least this many votes',
    parse: count,
  },
  numVotesTo: {
    flags: '--max-votes <votes>',
    description: 'only titles with at most this many votes; 0: without votes',
    parse: count,
  },
  isAdult: {
    flags: '--adult <yes|no>',
    description: 'only adult titles, or none of them',
    parse: yesNo,
  },
  country: {
    flags: '--country <regions>',
    description: 'only titles with a name for one of these regions, such as DE,AT',
  },
  language: {
    flags: '--language <languages>',
    description: 'only titles with a name in one of these languages, such as de',
  },
  hasEpisodes: {
    flags: '--has-episodes <yes|no>',
    description: 'only titles with episodes, or none of them',
    parse: yesNo,
  },
  person: { flags: '--person <id>', description: 'only titles that this person has worked on' },
  role: { flags: '--role <roles>', description: 'with --person: in these roles, such as director' },
  primaryTitle: {
    flags: '--exact-title <title>',
    description: 'only titles with exactly this primary title',
  },
};

/** The filters of `GET /names`, by their parameter. */
export const NAME_FILTERS: Readonly<Record<string, Filter>> = {
  profession: {
    flags: '--profession <professions>',
    description: 'only people who have all of these professions, such as actress,writer',
  },
  birthYearFrom: {
    flags: '--born-from <year>',
    description: 'only people born in this year or later',
    parse: year,
  },
  birthYearTo: {
    flags: '--born-to <year>',
    description: 'only people born in this year or earlier',
    parse: year,
  },
  deathYearFrom: {
    flags: '--died-from <year>',
    description: 'only people who died in this year or later',
    parse: year,
  },
  deathYearTo: {
    flags: '--died-to <year>',
    description: 'only people who died in this year or earlier',
    parse: year,
  },
  primaryName: { flags: '--exact-name <name>', description: 'only people with exactly this name' },
};

/** The filters of `GET /movies`, by their parameter. */
export const MOVIE_FILTERS: Readonly<Record<string, Filter>> = {
  type: { flags: '--type <types>', description: 'only movies of one of these types' },
  genre: { flags: '--genre <genres>', description: 'only movies that have all of these genres' },
  genreAny: {
    flags: '--genre-any <genres>',
    description: 'only movies that have at least one of these genres',
  },
  genreNone: {
    flags: '--genre-none <genres>',
    description: 'only movies that have none of these genres',
  },
  yearFrom: {
    flags: '--from <year>',
    description: 'only movies of this year or later',
    parse: year,
  },
  yearTo: { flags: '--to <year>', description: 'only movies of this year or earlier', parse: year },
  ratingFrom: {
    flags: '--min-rating <rating>',
    description: 'only movies with this combined rating or a better one',
    parse: rating,
  },
  votesFrom: {
    flags: '--min-votes <votes>',
    description: 'only movies with at least this many votes',
    parse: count,
  },
  budgetFrom: {
    flags: '--min-budget <dollars>',
    description: 'only movies that cost at least this',
    parse: count,
  },
  revenueFrom: {
    flags: '--min-revenue <dollars>',
    description: 'only movies that earned at least this',
    parse: count,
  },
  profitFrom: {
    flags: '--min-profit <dollars>',
    description: 'only movies with at least this revenue less budget',
    parse: count,
  },
  country: {
    flags: '--country <countries>',
    description: 'only movies produced in one of these countries, such as DE,AT',
  },
  language: {
    flags: '--language <languages>',
    description: 'only movies in which one of these languages is spoken',
  },
  company: {
    flags: '--company <ids>',
    description: 'only movies of one of these companies, such as tmdb:3',
  },
  person: { flags: '--person <id>', description: 'only movies with a credit of this person' },
  role: { flags: '--role <roles>', description: 'with --person: in these roles, such as director' },
  source: {
    flags: '--source <sources>',
    description: 'only movies that all of these sources tell of',
  },
  sourceRating: {
    flags: '--source-rating <range>',
    description: 'only movies that a source rates so, such as rotten-tomatoes:80..',
  },
  watched: {
    flags: '--watched <yes|no>',
    description: 'only watched movies of your library, or those not watched',
    parse: yesNo,
  },
};

/** The options of the other parameters. */
const OTHER_OPTIONS: Readonly<Record<string, string>> = {
  q: 'the words',
  minVotes: '--min-votes',
  limit: '--limit',
  after: '--after',
  since: '--since',
  sort: '--sort',
  decade: '--decade',
  season: '--season',
  dataset: '--dataset',
  datasets: '--datasets',
  category: '--category',
  kind: '--kind',
};

/** The name by which a user of the command line knows a parameter of the API: its option. */
export function optionOfParameter(parameter: string): string {
  const filter = TITLE_FILTERS[parameter] ?? NAME_FILTERS[parameter] ?? MOVIE_FILTERS[parameter];
  return filter === undefined ? (OTHER_OPTIONS[parameter] ?? parameter) : optionName(filter);
}

/** Adds an option for each filter. */
export function addFilters(command: Command, filters: Readonly<Record<string, Filter>>): void {
  for (const { flags, description, parse } of Object.values(filters)) {
    const option = new Option(flags, description);
    command.addOption(parse === undefined ? option : option.argParser(parse));
  }
}

/** The query of the filters that are given. @param options as the parser gives them */
export function queryOf(
  filters: Readonly<Record<string, Filter>>,
  options: Readonly<Record<string, string | number | boolean | undefined>>,
): Record<string, string> {
  const given = Object.entries(filters).flatMap(([parameter, filter]) => {
    const value = options[attributeName(filter)];
    return value === undefined ? [] : [[parameter, String(value)] as const];
  });
  return Object.fromEntries(given);
}

function optionName({ flags }: Filter): string {
  return flags.split(' ', 1)[0] ?? flags;
}

/** The name under which the parser stores an option: `minVotes` for `--min-votes`. */
function attributeName(filter: Filter): string {
  return new Option(filter.flags).attributeName();
}

function yesNo(text: string): boolean {
  if (text === 'yes' || text === 'no') return text === 'yes';
  throw new InvalidArgumentError('Expected yes or no.');
}
