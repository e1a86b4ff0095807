import {
  FindMoviesQuery,
  ListedMoviePage,
  MOVIE_CHANGE_FIELDS,
  MovieAnswer,
  MovieChangePage,
  MovieChangeQuery,
  MovieExplanation,
  MovieHistoryPage,
  MovieHistoryQuery,
  MovieOptions,
  MoviePath,
  Problem,
  type ListPage,
  type Movie,
} from '@marquee/contract';
import { Controller, Get, Param, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import Negotiator from 'negotiator';
import { Database } from '../../database/database.ts';
import { Access, PublishedMovies } from '../../http/auth/access-policy.ts';
import { readPosters } from '../../read-models/pictures/pictures.ts';
import { answerList, streamList } from '../../http/formats/answer-list.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import {
  abortWith,
  chooseFormat,
  fileOf,
  streamClientOf,
  vary,
} from '../../http/formats/formats.ts';
import { picker } from '../../read-models/lists/list.ts';
import { explain, explanationText } from './explanation.ts';
import { changesOfMovie, MovieFeed } from './movie-feed.ts';
import { MovieLists } from './movie-list.ts';
import { MovieReader, provenanceOf } from './movie-reader.ts';

const NO_MOVIE = { status: 404, description: 'No movie has this id', standardSchema: Problem };
const MOVED = {
  status: 308,
  description: 'The movie has another id now, which is in the header Location',
};

/** Movies, merged from all sources that tell of them. */
@ApiTags('movies')
@Access({ read: 'reader' })
@PublishedMovies()
@Controller('movies')
export class MoviesController {
  readonly #database: Database;
  readonly #movies: MovieReader;
  readonly #feed: MovieFeed;
  readonly #lists: MovieLists;

  constructor(database: Database, movies: MovieReader, feed: MovieFeed, lists: MovieLists) {
    this.#database = database;
    this.#movies = movies;
    this.#feed = feed;
    this.#lists = lists;
  }

  @Get()
  @ApiOperation({
    operationId: 'findMovies',
    summary: 'Movies of all sources, by any combination of text and filters',
    description:
      'Lists merged movies and those that IMDb alone tells of in one order. Filters and orders by what only other sources know (money, critics, C-ratings, companies, countries, languages, watched) list merged movies alone. A page can be shorter than its limit: `next` is null on the last one.',
  })
  @ApiList(ListedMoviePage, 'A page of movies, or all of them as a stream')
  async find(
    @Query({ schema: FindMoviesQuery }) query: FindMoviesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    const { limit, after, fields, csv } = query;
    const format = chooseFormat(query, reply);
    if (format === 'json') return this.#lists.page(query, query);
    // the list starts after the cursor already
    const list = await this.#lists.stream(query, after);
    return streamList(this.#database, list, { limit, fields, format, csv }, reply);
  }

  @Get('changes')
  @ApiOperation({
    operationId: 'listMovieChanges',
    summary: 'The changes that merges have made to movies, in their order; resumable by cursor',
    description: 'Each entry is a movie before and after a change. GET /changes has IMDb’s rows.',
  })
  @ApiList(MovieChangePage, 'A page of changes, or a stream of them')
  @ApiResponse({
    status: 410,
    description: 'Some of the requested changes are no longer kept',
    standardSchema: Problem,
  })
  async changes(
    @Query({ schema: MovieChangeQuery }) query: MovieChangeQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MovieChangePage | StreamableFile> {
    const { csv, fields = MOVIE_CHANGE_FIELDS } = query;
    const format = chooseFormat(query, reply);
    if (format === 'json') return this.#feed.page(query);
    const aborter = abortWith(reply);
    return fileOf(
      { format, fields, csv },
      await this.#feed.stream(query, streamClientOf(reply), aborter.signal),
      aborter,
    );
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getMovie',
    summary: 'One movie; `include=provenance` adds where each of its values comes from',
    description:
      'A movie that IMDb alone tells of has the version 0. An id that was given out once leads to the movie for ever.',
  })
  @ApiOkResponse({ description: 'The movie', standardSchema: MovieAnswer })
  @ApiResponse(MOVED)
  @ApiResponse(NO_MOVIE)
  async get(
    @Param({ schema: MoviePath }) { id }: MoviePath,
    @Query({ schema: MovieOptions }) { include, fields }: MovieOptions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MovieAnswer | string | undefined> {
    const found = await this.#movies.find(id, include.includes('provenance'));
    if ('current' in found) {
      redirect(reply, found.current);
      return undefined;
    }
    if (include.length === 0 && fields === undefined) {
      // as it is stored: parsing it takes longer than all else
      void reply.header('Content-Type', 'application/json; charset=utf-8');
      return found.document;
    }
    const movie = JSON.parse(found.document) as Movie;
    return {
      ...(fields === undefined ? movie : picker<Movie>(fields)(movie)),
      ...(include.includes('provenance') && {
        provenance: provenanceOf(found.provenance ?? {}, fields),
      }),
      ...(include.includes('poster') && {
        poster: (await readPosters(this.#database, [movie.id])).get(movie.id) ?? null,
      }),
    };
  }

  @Get(':id/explain')
  @ApiProduces('application/json', 'text/plain')
  @ApiOperation({
    operationId: 'explainMovie',
    summary: 'Why each field of a movie has its value: the source, the rule, and what lost',
    description: 'With `Accept: text/plain` a sentence for each field.',
  })
  @ApiOkResponse({ description: 'The fields with their reasons', standardSchema: MovieExplanation })
  @ApiResponse(NO_MOVIE)
  async explain(
    @Param({ schema: MoviePath }) { id }: MoviePath,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MovieExplanation | string> {
    const { movie, provenance } = await this.#movies.explained(id);
    const explanation = explain(movie, provenance);
    vary(reply, ['Accept']);
    if (!wantsText(reply)) return explanation;
    void reply.header('Content-Type', 'text/plain; charset=utf-8');
    return explanationText(explanation);
  }

  @Get(':id/changes')
  @ApiOperation({
    operationId: 'listChangesOfMovie',
    summary: 'The changes of a movie, newest first, as far as they are kept',
  })
  @ApiList(MovieHistoryPage, 'A page of changes')
  @ApiResponse(NO_MOVIE)
  async history(
    @Param({ schema: MoviePath }) { id }: MoviePath,
    @Query({ schema: MovieHistoryQuery }) query: MovieHistoryQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    const movie = await this.#movies.currentId(id);
    return answerList(this.#database, changesOfMovie(movie), { ...query, total: 'none' }, reply);
  }
}

/** Sends a client to another id, with the same parameters. */
function redirect(reply: FastifyReply, current: string): void {
  const { url } = reply.request;
  const query = url.indexOf('?');
  // a later match may give the id its movie back: no-store, which is the default, keeps it out of caches
  void reply
    .status(308)
    .header('Location', `/movies/${current}${query === -1 ? '' : url.slice(query)}`);
}

function wantsText({ request }: FastifyReply): boolean {
  const { accept = '*/*' } = request.headers;
  return (
    new Negotiator({ headers: { accept } }).mediaType(['application/json', 'text/plain']) ===
    'text/plain'
  );
}
