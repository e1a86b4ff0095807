import {
  DEFAULT_LIMIT,
  keysOf,
  ListedMovie,
  MAX_SEARCH_RESULTS,
  type FindMoviesQuery,
  type ListPage,
  type ListRequest,
  type Movie,
} from '@marquee/contract';
import { Injectable } from '@nestjs/common';
import { consistentRead } from '../../database/consistent-read.ts';
import { countRows, readWithCustomPlan } from '../../database/custom-plans.ts';
import { Database } from '../../database/database.ts';
import { withDeadline, type Reads } from '../../database/deadline.ts';
import { SqlParameters, type SqlPart } from '../../database/parameters.ts';
import { readCursor, writeCursor, type CursorScope } from '../../read-models/lists/cursor.ts';
import { picker, type List } from '../../read-models/lists/list.ts';
import { isAfter, orderBy, positionOf, type Position } from '../../read-models/lists/sort.ts';
import { moviesOfImdbAlone } from '../../read-models/movies/movie-documents.ts';
import { readPosters } from '../../read-models/pictures/pictures.ts';
import type { Hit } from '../../read-models/text-search/hits.ts';
import { allOf } from '../../read-models/title-lists/conditions.ts';
import {
  hitsOfTitles,
  resolveTitleList,
  selectAll,
  type TitleRequest,
} from '../../read-models/title-lists/resolved-list.ts';
import { TitleLists } from '../../read-models/title-lists/title-lists.ts';
import { conditionsOf, relevanceOf, textConditions } from './movie-conditions.ts';
import { keysOfMovies, keysOfTitles, orderOf, positionAmongTitles } from './movie-order.ts';
import type { MovieOrder } from './movie-order.ts';
import { titlesAmong } from './titles-among-movies.ts';

type PageRequest = Pick<ListRequest, 'limit' | 'after' | 'fields' | 'total'>;

/** A query with its order, and the titles of IMDb that it selects. */
interface ResolvedMovieList {
  readonly query: FindMoviesQuery;
  readonly order: MovieOrder;
  /** Null where only movies that other sources tell of are listed. */
  readonly titles: TitleRequest | null;
  /** The titles that the text of the query finds; null without a text. */
  readonly hits: readonly Hit[] | null;
  readonly scope: CursorScope;
}

/** A movie of a list: its sort keys, and its document if another source than IMDb tells of it. */
interface MovieRow extends Readonly<Record<string, unknown>> {
  readonly _id: string;
  readonly document: Movie | null;
  readonly _profit: number | null;
  /** Whether it is a title of IMDb, rather than a row of `movies.movie`. */
  readonly _isTitle: boolean;
  /** Whether it is a title that `movies.movie` has too: it is listed there, and not here. */
  readonly _isMerged: boolean;
}

/** Movies of a list, and the position up to which the list has been read; null for its end. */
interface MovieRows {
  readonly rows: readonly MovieRow[];
  readonly end: Position | null;
}

/**
 * How many times the titles of a page each read of titles fetches. Titles that `movies.movie` has are
 * passed over. A movie has at least the votes that IMDb counts, so that in most orders it comes before
 * its title, and the first read is enough.
 */
const TITLE_READS = [1, 4] as const;

/**
 * Lists of all movies: those of `movies.movie`, and the titles of IMDb that have no row there, in one
 * order. Both are read from the same position on, and a page is the first of both. The sort keys have
 * the same values in both, so that one position serves both.
 */
@Injectable()
export class MovieLists {
  readonly #database: Database;
  readonly #titles: TitleLists;

  constructor(database: Database, titles: TitleLists) {
    this.#database = database;
    this.#titles = titles;
  }

  /**
   * A page of movies. It can be shorter than the limit before the end, if most of the next titles have
   * their place elsewhere as movies.
   *
   * @throws ProblemException 400 for a cursor of another list, 503 when it takes too long
   */
  async page(query: FindMoviesQuery, page: PageRequest): Promise<ListPage> {
    const { limit = DEFAULT_LIMIT, after, fields, total } = page;
    const movies = await this.#resolve(query);
    const position = after === undefined ? null : readCursor(movies.scope, after);
    const [{ rows, end }, count] = await consistentRead(this.#database, async () =>
      Promise.all([
        this.#read(movies, position, limit + 1),
        total === 'none' ? null : this.#count(movies, total),
      ]),
    );
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const next =
      rows.length > limit && last !== undefined ? positionOf(movies.scope.sort, last) : end;
    const items = await describeMovies(withDeadline(this.#database), shown);
    return {
      items: items.map(picker(fields ?? keysOf(ListedMovie))),
      next: next === null ? null : writeCursor(movies.scope, next),
      ...(count === null ? {} : { total: count }),
    };
  }

  /** A whole list after a cursor. @throws ProblemException 400 for a cursor of another list */
  async stream(query: FindMoviesQuery, after: string | undefined): Promise<List> {
    const movies = await this.#resolve(query);
    const parameters = new SqlParameters();
    const all = selectMovies(movies, parameters, await this.#titlesOf(movies));
    const first = parameters.values.length + 1;
    const { sort } = movies.scope;
    const position = after === undefined ? [] : readCursor(movies.scope, after);
    parameters.values.push(...position);
    return {
      name: 'movies',
      isPlannedAnew: true,
      text: `select * from (${all}) as movie${after === undefined ? '' : ` where ${isAfter(sort, 'movie', first)}`}`,
      values: parameters.values,
      sort,
      fields: keysOf(ListedMovie),
      describe: async (rows) => describeMovies(this.#database, rows as readonly MovieRow[]),
    };
  }

  async #resolve(query: FindMoviesQuery): Promise<ResolvedMovieList> {
    const { limit: _, after, fields, total, format, csv, ...request } = query;
    const order = orderOf(query);
    const titles = titlesAmong(query, order);
    return {
      query,
      order,
      titles,
      hits:
        titles === null || query.q === undefined
          ? null
          : await hitsOfTitles(this.#database, query.q, titles, MAX_SEARCH_RESULTS),
      scope: { name: 'movies', values: [Object.entries(request).sort()], sort: order.keys },
    };
  }

  /** The first movies of a list after a position. */
  async #read(
    movies: ResolvedMovieList,
    position: Position | null,
    limit: number,
  ): Promise<MovieRows> {
    const reads = withDeadline(this.#database);
    const { order, titles, scope } = movies;
    if (titles === null || movies.hits !== null) {
      const select = await this.#titlesOf(movies);
      return { rows: await readRows(reads, movies, position, limit, select), end: null };
    }
    const found: MovieRow[] = [];
    let end = position;
    for (const times of TITLE_READS) {
      const ids = await this.#titles.idsAfter(
        titles,
        end && positionAmongTitles(order, end),
        times * limit,
      );
      const rows = await readRows(reads, movies, end, limit - found.length, titlesById(order, ids));
      const isEnd = ids.length < times * limit;
      const lastTitle = rows.findLastIndex(({ _isTitle }) => _isTitle);
      // movies after the last title may come after titles that have not been read
      const known = isEnd ? rows : rows.slice(0, lastTitle + 1);
      found.push(...known.filter(({ _isMerged }) => !_isMerged));
      const last = known.at(-1);
      end = isEnd || last === undefined ? null : positionOf(scope.sort, last);
      if (end === null || found.length >= limit) break;
    }
    return { rows: found.slice(0, limit), end };
  }

  /** All titles of a list that `movies.movie` does not have, as a select; null where it has none. */
  async #titlesOf({ order, titles, hits }: ResolvedMovieList): Promise<SqlPart | null> {
    if (titles === null) return null;
    if (hits !== null) return titlesOfHits(order, hits);
    const list = await resolveTitleList(this.#database, titles);
    return (parameters) => `
      select * from (${selectAll(list, parameters, () => titleColumns(order, 'false', '0'))}) as title
      where ${IS_NOT_MERGED('title."_id"')}`;
  }

  async #count(movies: ResolvedMovieList, how: 'exact' | 'estimated'): Promise<number> {
    const { titles, hits } = movies;
    const isOfTitles = titles !== null && hits === null;
    const counted = await countRows(this.#database, how, (parameters) =>
      selectMovies(movies, parameters, titlesOfHits(movies.order, hits ?? [])),
    );
    if (!isOfTitles) return counted;
    const { conditions, candidates } = await resolveTitleList(this.#database, titles);
    const fromCandidates = (parameters: SqlParameters) =>
      candidates === null
        ? ''
        : ` and m.id in (select tconst from (${candidates(parameters)}) as candidate)`;
    const [all, merged] = await Promise.all([
      this.#titles.count(titles, how),
      countRows(
        this.#database,
        how,
        (parameters) =>
          `select t.tconst from movies.movie as m join search.title as t on t.tconst = m.id where ${allOf(conditions.rows, parameters)}${fromCandidates(parameters)}`,
      ),
    ]);
    return counted + Math.max(0, all - merged);
  }
}

/**
 * The first movies after a position, and all titles after it of a select, in one order. A movie comes
 * before its title, which may be the last one read.
 */
async function readRows(
  reads: Reads,
  movies: ResolvedMovieList,
  position: Position | null,
  limit: number,
  titles: SqlPart | null,
): Promise<MovieRow[]> {
  const { sort } = movies.scope;
  const parameters = new SqlParameters();
  parameters.values.push(...(position ?? []));
  const after = (alias: string) => (position === null ? '' : ` where ${isAfter(sort, alias, 1)}`);
  const first = `
    select * from (${selectMovies(movies, parameters, null)}) as movie${after('movie')}
    order by ${orderBy(sort, 'movie')} limit ${parameters.add(limit, 'int8')}`;
  const text =
    titles === null
      ? first
      : `
    select * from (
      (${first})
      union all
      (select * from (${titles(parameters)}) as title${after('title')})
    ) as list
    order by ${orderBy(sort, 'list')}, list."_isTitle"`;
  return readWithCustomPlan<MovieRow>(reads, text, parameters);
}

/** The movies of a list that other sources than IMDb tell of, and some titles, as a select. */
function selectMovies(
  { query, order, hits }: ResolvedMovieList,
  parameters: SqlParameters,
  titles: SqlPart | null,
): string {
  const { q } = query;
  const conditions = conditionsOf(query, parameters);
  if (q !== undefined) {
    const words = allTrue(textConditions(q, parameters));
    // a movie is found too if the search of titles finds it, such as by a misspelt word
    const found = parameters.add(
      (hits ?? []).map(({ id }) => id),
      'text[]',
    );
    conditions.push(`(${words} or m.id = any (${found}))`);
  }
  const isRanked = q !== undefined && order.sort === 'relevance';
  const relevance = isRanked ? relevanceOf(q, parameters) : '0';
  const movies = `
    select ${keysOfMovies(order, relevance)}, m.document, (m.revenue - m.budget)::float8 as "_profit",
      false as "_isTitle", false as "_isMerged"
    from movies.movie as m
    where ${allTrue(conditions)}`;
  return titles === null ? movies : `${movies}\n    union all (${titles(parameters)})`;
}

function allTrue(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.join('\n      and ');
}

const IS_NOT_MERGED = (id: string) =>
  `not exists (select from movies.movie as same where same.id = ${id})`;

/** The columns of a movie, of `search.title as t`. */
function titleColumns(order: MovieOrder, isMerged: string, relevance: string): string {
  return `${keysOfTitles(order, relevance)}, null::jsonb as document, null::float8 as "_profit",
      true as "_isTitle", ${isMerged} as "_isMerged"`;
}

/** Titles by their ids, also those that `movies.movie` has. */
function titlesById(order: MovieOrder, ids: readonly string[]): SqlPart {
  return (parameters) => `
      select ${titleColumns(order, `not ${IS_NOT_MERGED('t.tconst')}`, '0')}
      from search.title as t where t.tconst = any (${parameters.add(ids, 'text[]')})`;
}

/** How well a title fits a text, by its names, as {@link relevanceOf} has it of movies. */
const RELEVANCE: Readonly<Record<Hit['stage'], number>> = {
  exact: 2,
  prefix: 1,
  words: 0,
  near: 0,
};

/** The titles that a text finds and `movies.movie` does not have. */
function titlesOfHits(order: MovieOrder, hits: readonly Hit[]): SqlPart {
  const ids = hits.map(({ id }) => id);
  const relevance = hits.map(({ stage }) => RELEVANCE[stage]);
  return (parameters) => `
      select ${titleColumns(order, 'false', 'hit.relevance')}
      from unnest(${parameters.add(ids, 'text[]')}, ${parameters.add(relevance, 'int4[]')}) as hit (id, relevance)
        join search.title as t on t.tconst = hit.id
      where ${IS_NOT_MERGED('hit.id')}`;
}

/** The rows of a page as they are shown. Titles that have just vanished are left out. */
async function describeMovies(
  reads: Reads,
  rows: readonly MovieRow[],
): Promise<Record<string, unknown>[]> {
  const [posters, alone] = await Promise.all([
    readPosters(
      reads,
      rows.map(({ _id }) => _id),
    ),
    moviesOfImdbAlone(
      reads,
      rows.filter(({ _isTitle }) => _isTitle).map(({ _id }) => _id),
      false,
    ),
  ]);
  return rows.flatMap(({ _id, document, _profit }) => {
    const movie = document ?? alone.get(_id);
    return movie === undefined
      ? []
      : [{ ...movie, profit: _profit, poster: posters.get(_id) ?? null }];
  });
}
