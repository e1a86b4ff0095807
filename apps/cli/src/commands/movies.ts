import {
  ListedMoviePage,
  Lock,
  LockList,
  lockValueOf,
  MERGED_FIELDS,
  Movie,
  MOVIE_SORTS,
  MovieExplanation,
  type ListedMovie,
  type MergedField,
} from '@marquee/contract';
import { joinFacts, labelOf, years } from '@marquee/contract/title-facts';
import { count, counted, localTime } from '@marquee/terminal/format';
import type { Cell, Column } from '@marquee/terminal/table';
import { Argument, type Command, Option } from 'commander';
import { z } from 'zod';
import type { Context } from '../context/context.ts';
import { usageError } from '../context/errors.ts';
import { addFilters, MOVIE_FILTERS, queryOf } from '../options/filters.ts';
import { parseMovieId } from '../options/ids.ts';
import { examples } from '../options/values.ts';
import { dollars } from '../output/money.ts';
import type { Item } from '../output/title-table.ts';
import {
  addFormatOption,
  addListOptions,
  type List,
  type ListOptions,
  nothingFound,
  showResults,
} from './list.ts';
import type { RunCommand } from './run-command.ts';
import { showWholeList } from './whole-list.ts';

type FindOptions = ListOptions &
  Readonly<Record<string, string | number | boolean | undefined>> & {
    readonly sort?: string;
    readonly order?: string;
  };

interface LockOptions {
  readonly note?: string;
  readonly empty?: boolean;
}

export function defineMovies(movies: Command, run: RunCommand): void {
  const list = movies
    .command('list [words...]', { isDefault: true })
    .description('find movies of all sources by words of their names, or by filters');
  addFilters(list, MOVIE_FILTERS);
  list
    .addOption(new Option('--sort <by>', 'the order').choices([...MOVIE_SORTS]))
    .addOption(
      new Option('--order <order>', 'lowest first, or highest first').choices(['asc', 'desc']),
    );
  addListOptions(list, 20).action(async (words: string[], options: FindOptions, self: Command) =>
    run(self, async (context) => listMovies(context, words, options)),
  );
  movies
    .command('show <id>')
    .description('show a movie with what all sources tell of it')
    .action(async (id: string, _: object, self: Command) =>
      run(self, async (context) => showMovie(context, id)),
    );
  movies
    .command('explain <id>')
    .description('tell for each field which source it is from, by which rule, and what lost')
    .action(async (id: string, _: object, self: Command) =>
      run(self, async (context) => explainMovie(context, id)),
    );
  defineLocks(movies, run);
  examples(
    movies,
    'movies --sort profit --genre Drama',
    'movies show tt0000001',
    'movies explain mq000000000000001',
    "movies lock tt0000001 title 'The Long Winter' --note 'as on the poster'",
    'movies lock tt0000001 year --empty',
  );
}

function defineLocks(movies: Command, run: RunCommand): void {
  const locks = movies.command('locks <id>').description('list the locked fields of a movie');
  addFormatOption(locks).action(
    async (id: string, options: Pick<ListOptions, 'format'>, self: Command) =>
      run(self, async (context) => listLocks(context, id, options)),
  );
  const field = () =>
    new Argument('<field>', 'a field of movies, such as title').choices([...MERGED_FIELDS]);
  movies
    .command('lock <id>')
    .description('set a field of a movie, over all sources: as text, or as JSON')
    .addArgument(field())
    .argument('[value]', 'the value; lists of words with commas')
    .option('--empty', 'set it to empty')
    .option('--note <text>', 'why, for other people')
    .action(
      async (
        id: string,
        name: MergedField,
        value: string | undefined,
        options: LockOptions,
        self: Command,
      ) => run(self, async (context) => lockField(context, id, name, value, options)),
    );
  movies
    .command('unlock <id>')
    .description('remove a lock: the rule of the field counts again')
    .addArgument(field())
    .action(async (id: string, name: string, _: object, self: Command) =>
      run(self, async (context) => unlockField(context, id, name)),
    );
}

const COLUMNS: readonly Column[] = [
  { head: 'ID' },
  { head: 'TITLE', isFlexible: true },
  { head: 'YEAR', drop: 1 },
  { head: 'RATING', align: 'right', drop: 2 },
  { head: 'VOTES', align: 'right', drop: 5 },
  { head: 'PROFIT', align: 'right', drop: 3 },
  { head: 'SOURCES', isFlexible: true, drop: 4 },
];

function rowOf({ id, title, year, rating, profit, sources }: Item<ListedMovie>): Cell[] {
  return [
    id,
    title,
    year,
    rating?.value.toFixed(1),
    count(rating?.votes),
    dollars(profit),
    sources?.join(', '),
  ];
}

/** Lists movies. @throws CliError 3 if there are none */
async function listMovies(
  context: Context,
  words: readonly string[],
  options: FindOptions,
): Promise<number> {
  const q = words.join(' ').trim();
  const list: List<Item<ListedMovie>> = {
    path: '/movies',
    query: {
      ...queryOf(MOVIE_FILTERS, options),
      q: q === '' ? undefined : q,
      sort: options.sort,
      order: options.order,
    },
    page: ListedMoviePage,
    columns: COLUMNS,
    rowOf,
  };
  return showResults(context, list, options, {
    emptyError: () => nothingFound('No movie matches.'),
  });
}

async function showMovie({ api, out }: Context, given: string): Promise<void> {
  const movie = await api.get(Movie, `/movies/${parseMovieId(given)}`);
  if (out.isJson) {
    out.json(movie);
    return;
  }
  const { id, title, originalTitle, type, year, endYear, runtimeMinutes, genres } = movie;
  const shown = years(year, endYear);
  out.line([title ?? id, shown && `(${shown})`].filter(Boolean).join(' '), 'bold');
  if (originalTitle !== null && originalTitle !== title) out.line(originalTitle, 'italic');
  out.line(
    joinFacts(
      type && labelOf(type),
      runtimeMinutes === null ? null : `${runtimeMinutes} min`,
      genres.join(', '),
    ),
  );
  if (movie.rating !== null)
    out.line(
      `★ ${movie.rating.value.toFixed(1)} from ${counted(movie.rating.votes, 'vote')}`,
      'yellow',
    );
  out.line();
  out.table(
    [{ head: 'FIELD' }, { head: 'VALUE', isFlexible: true }],
    factsOf(movie).filter(([, value]) => value !== null && value !== ''),
  );
  out.note(`Why each field is so: marquee movies explain ${id}`);
}

function factsOf(movie: Movie): [string, string | null][] {
  const parts = Object.entries(movie.cRatings).flatMap(([part, rating]) =>
    rating === null ? [] : [`${part} ${rating.value} (${counted(rating.voices, 'voice')})`],
  );
  return [
    ['released', movie.releaseDate],
    ['countries', movie.countries.join(', ')],
    ['languages', movie.languages.join(', ')],
    ['budget', moneyOf(movie.budget)],
    ['revenue', moneyOf(movie.revenue)],
    ['companies', movie.companies.map(({ name }) => name).join(', ')],
    [
      'ratings',
      movie.ratings
        .map(({ source, name, value, scale }) =>
          [source, ...(name === source ? [] : [name]), `${value}/${scale.max}`].join(' '),
        )
        .join(', '),
    ],
    ['rated parts', parts.join(', ')],
    ['watched', movie.watched === null ? null : movie.watched ? 'yes' : 'no'],
    ['tagline', movie.tagline],
    ['overview', movie.overview],
    ['sources', movie.sources.join(', ')],
    ['version', String(movie.version)],
  ];
}

function moneyOf(money: Movie['budget']): string | null {
  if (money === null) return null;
  return money.currency === 'USD'
    ? dollars(money.amount)
    : `${count(money.amount)} ${money.currency}`;
}

async function explainMovie({ api, out }: Context, given: string): Promise<void> {
  const explanation = await api.get(MovieExplanation, `/movies/${parseMovieId(given)}/explain`);
  if (out.isJson) {
    out.json(explanation);
    return;
  }
  const { id, title, year, sources, fields } = explanation;
  out.line(`${id} ${title ?? ''}${year === null ? '' : ` (${year})`}`, 'bold');
  out.line(`From ${sources.join(', ')}`);
  out.line();
  // whole sentences: a table would cut them
  for (const { text } of fields) process.stdout.write(`${text}\n`);
}

async function listLocks(
  context: Context,
  given: string,
  options: Pick<ListOptions, 'format'>,
): Promise<void> {
  showWholeList(
    context,
    await context.api.get(LockList, `/movies/${parseMovieId(given)}/locks`),
    options,
    'No field of this movie is locked.',
    [
      { head: 'FIELD' },
      { head: 'VALUE', isFlexible: true },
      { head: 'SINCE', drop: 2 },
      { head: 'BY', drop: 1 },
      { head: 'NOTE', isFlexible: true, isOptional: true, drop: 3 },
    ],
    ({ field, value, lockedAt, lockedBy, note }) => [
      field,
      value === null ? 'empty' : textOf(value),
      localTime(lockedAt),
      lockedBy,
      note,
    ],
  );
}

/** Sets a field. @throws CliError 2 unless there is either a value or --empty */
async function lockField(
  { api, out }: Context,
  given: string,
  field: MergedField,
  value: string | undefined,
  { note, empty = false }: LockOptions,
): Promise<void> {
  if ((value === undefined) !== empty)
    throw usageError('Give either a value, or --empty for an empty one.');
  const path = `/movies/${parseMovieId(given)}/locks/${field}`;
  const wanted = value === undefined ? null : valueOf(field, value);
  const lock = await api.send('PUT', Lock, path, { value: wanted, note });
  if (out.isJson) out.json(lock);
  else
    out.line(
      `${lock.field} of ${lock.movie} is locked to ${lock.value === null ? 'empty' : textOf(lock.value)}.`,
    );
}

async function unlockField({ api, out }: Context, given: string, field: string): Promise<void> {
  const id = parseMovieId(given);
  await api.send('DELETE', z.null(), `/movies/${id}/locks/${field}`);
  if (out.isJson) out.json({ movie: id, field });
  else out.line(`${field} of ${id} follows its rule again.`);
}

const WORD_LISTS: readonly string[] = ['genres', 'countries', 'languages'];

/** A value as it is typed: a text, words with commas, or JSON. @throws CliError 2 for neither */
function valueOf(field: MergedField, typed: string): unknown {
  // of a field with texts, what is typed is the value, even if it looks like JSON
  if (lockValueOf(field).safeParse(typed).success) return typed;
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    if (WORD_LISTS.includes(field)) return typed.split(',').map((word) => word.trim());
    throw usageError(
      `“${typed}” is not a value of ${field}.`,
      'Expected JSON, such as 1999, true or {"amount": 5, "currency": "USD"}',
    );
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
