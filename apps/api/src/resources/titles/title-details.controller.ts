import {
  AkaPage,
  CreditPage,
  EpisodeGrid,
  EpisodePage,
  EpisodePosition,
  Problem,
  RatingHistory,
  SeasonPage,
  SimilarPage,
  Title,
  TitleBasic,
  TitleBatch,
  TitlePath,
} from '@marquee/contract';
import {
  AkaQuery,
  CreditQuery,
  EpisodeQuery,
  MAX_GRID_EPISODES,
  MAX_LIMIT,
  SeasonQuery,
  SimilarQuery,
  TitleBatchRequest,
  TitleOptions,
} from '@marquee/contract';
import type { ListPage, TitleInclude } from '@marquee/contract';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  type StreamableFile,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Database } from '../../database/database.ts';
import { consistentRead } from '../../database/consistent-read.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { inRequestedOrder } from '../../read-models/lists/batch.ts';
import { answerList } from '../../http/formats/answer-list.ts';
import { pageOfList } from '../../read-models/lists/list.ts';
import { notFound } from '../../problems/problem-exception.ts';
import { noSeries, readEpisodeGrid, SERIES_TYPES } from './episode-grid.ts';
import {
  akasOf,
  creditsOf,
  episodesOf,
  readCrew,
  readEpisodeContext,
  readRating,
  readTitle,
  readTitles,
  seasonsOf,
  similarTo,
} from './title-queries.ts';
import { readRatingHistory } from './rating-history.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

/** How each part that a title can include is read. */
const PARTS: Readonly<
  Record<TitleInclude, (database: Database, tconst: string) => Promise<unknown>>
> = {
  ratings: readRating,
  akas: async (database, tconst) => pageOfList(database, akasOf(tconst), { limit: MAX_LIMIT }),
  principals: async (database, tconst) =>
    pageOfList(database, creditsOf(tconst), { limit: MAX_LIMIT }),
  crew: readCrew,
  episodes: async (database, tconst) =>
    pageOfList(database, episodesOf(tconst), { limit: MAX_LIMIT }),
  series: readEpisodeContext,
};

/** Titles by their ids, and the lists of one title. */
@ApiTags('titles')
@Access({ read: 'reader' })
@Published()
@Controller('titles')
export class TitleDetailsController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get(':tconst')
  @ApiOperation({
    operationId: 'getTitle',
    summary: 'One title; `include` adds its ratings, names, credits, crew or episodes',
  })
  @ApiOkResponse({
    description: 'The title: TitleBasic, or Title with include',
    standardSchema: z.union([TitleBasic, Title]),
  })
  @ApiResponse({ status: 404, description: 'No title has this id', standardSchema: Problem })
  async get(
    @Param({ schema: TitlePath }) { tconst }: TitlePath,
    @Query({ schema: TitleOptions }) { include }: TitleOptions,
  ): Promise<TitleBasic> {
    if (include.length === 0) return this.#title(tconst);
    const [title, ...parts] = await consistentRead(this.#database, async () =>
      Promise.all([
        this.#title(tconst),
        ...include.map(async (part) => [part, await PARTS[part](this.#database, tconst)] as const),
      ]),
    );
    return { ...title, ...Object.fromEntries(parts) };
  }

  @Get(':tconst/akas')
  @ApiOperation({ operationId: 'listAkas', summary: 'The names of a title by region and language' })
  @ApiList(AkaPage, 'A page of names')
  @ApiResponse({ status: 404, description: 'No title has this id', standardSchema: Problem })
  async akas(
    @Param({ schema: TitlePath }) { tconst }: TitlePath,
    @Query({ schema: AkaQuery }) query: AkaQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, akasOf(tconst, query), query, reply, () =>
      this.#expectTitle(tconst),
    );
  }

  @Get(':tconst/credits')
  @ApiOperation({
    operationId: 'listCredits',
    summary: 'Who did what for a title, in the order of billing',
  })
  @ApiList(CreditPage, 'A page of credits')
  @ApiResponse({ status: 404, description: 'No title has this id', standardSchema: Problem })
  async credits(
    @Param({ schema: TitlePath }) { tconst }: TitlePath,
    @Query({ schema: CreditQuery }) query: CreditQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, creditsOf(tconst, query), query, reply, () =>
      this.#expectTitle(tconst),
    );
  }

  @Get(':tconst/episodes')
  @ApiOperation({
    operationId: 'listEpisodes',
    summary: 'The episodes of a series by season and number; those of an unknown season come last',
  })
  @ApiList(EpisodePage, 'A page of episodes')
  @ApiResponse({ status: 404, description: 'No title has this id', standardSchema: Problem })
  async episodes(
    @Param({ schema: TitlePath }) { tconst }: TitlePath,
    @Query({ schema: EpisodeQuery }) query: EpisodeQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, episodesOf(tconst, query), query, reply, () =>
      this.#expectTitle(tconst),
    );
  }

  @Get(':tconst/episode-grid')
  @ApiOperation({
    operationId: 'getEpisodeGrid',
    summary: 'All episodes of a series by season, with ratings, in one answer',
    description: `Holds the first ${MAX_GRID_EPISODES} episodes; \`complete\` says whether these are all.`,
  })
  @ApiOkResponse({ description: 'The seasons and their episodes', standardSchema: EpisodeGrid })
  @ApiResponse({ status: 404, description: 'No series has this id', standardSchema: Problem })
  async episodeGrid(@Param({ schema: TitlePath }) { tconst }: TitlePath): Promise<EpisodeGrid> {
    const grid = await readEpisodeGrid(this.#database, tconst);
    if (grid.episodes === 0) {
      const { titleType } = await this.#title(tconst);
      if (titleType === null || !SERIES_TYPES.has(titleType)) throw noSeries(tconst, titleType);
    }
    return grid;
  }

  @Get(':tconst/seasons')
  @ApiOperation({
    operationId: 'listSeasons',
    summary: 'The seasons of a series; the last one holds the episodes of an unknown season',
  })
  @ApiList(SeasonPage, 'A page of seasons')
  @ApiResponse({ status: 404, description: 'No title has this id', standardSchema: Problem })
  async seasons(
    @Param({ schema: TitlePath }) { tconst }: TitlePath,
    @Query({ schema: SeasonQuery }) query: SeasonQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, seasonsOf(tconst), query, reply, () =>
      this.#expectTitle(tconst),
    );
  }

  @Get(':tconst/series')
  @ApiOperation({
    operationId: 'getSeries',
    summary: 'The series of an episode, and the episodes before and after it',
  })
  @ApiOkResponse({ description: 'The series and the neighbours', standardSchema: EpisodePosition })
  @ApiResponse({ status: 404, description: 'No episode has this id', standardSchema: Problem })
  async series(@Param({ schema: TitlePath }) { tconst }: TitlePath): Promise<EpisodePosition> {
    const context = await readEpisodeContext(this.#database, tconst);
    if (context === null)
      throw notFound(
        'episode',
        tconst,
        'Only episodes have a series; GET /titles/{tconst}/episodes lists those of one.',
      );
    return context;
  }

  @Get(':tconst/similar')
  @ApiOperation({
    operationId: 'listSimilar',
    summary: 'Titles that share people and genres with a title, weighted by votes',
    description: 'Reads 150 credits of each of the first ten people of the title.',
  })
  @ApiList(SimilarPage, 'A page of similar titles')
  @ApiResponse({ status: 404, description: 'No title has this id', standardSchema: Problem })
  async similar(
    @Param({ schema: TitlePath }) { tconst }: TitlePath,
    @Query({ schema: SimilarQuery }) query: SimilarQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, similarTo(tconst), query, reply, () =>
      this.#expectTitle(tconst),
    );
  }

  @Get(':tconst/rating-history')
  @ApiOperation({
    operationId: 'getRatingHistory',
    summary: 'The ratings of a title that were published, by time, as far as changes are kept',
  })
  @ApiOkResponse({ description: 'The ratings', standardSchema: RatingHistory })
  @ApiResponse({ status: 404, description: 'No title has this id', standardSchema: Problem })
  async ratingHistory(@Param({ schema: TitlePath }) { tconst }: TitlePath): Promise<RatingHistory> {
    const history = await readRatingHistory(this.#database, tconst);
    if (history.items.length === 0) await this.#expectTitle(tconst);
    return history;
  }

  // reads, by POST: the ids may not fit into a URL
  @Post('batch')
  @Access({ change: 'reader' })
  @HttpCode(200)
  @ApiOperation({
    operationId: 'getTitles',
    summary: 'Up to 200 titles by their ids, with ratings',
  })
  @ApiOkResponse({
    description: 'The titles that exist, and the ids that no title has',
    standardSchema: TitleBatch,
  })
  async batch(
    @Body({ schema: TitleBatchRequest }) { ids }: TitleBatchRequest,
  ): Promise<TitleBatch> {
    return inRequestedOrder(ids, await readTitles(this.#database, ids), ({ tconst }) => tconst);
  }

  async #title(tconst: string): Promise<TitleBasic> {
    const title = await readTitle(this.#database, tconst);
    if (title === null)
      throw notFound('title', tconst, 'GET /published shows whether anything is published yet.');
    return title;
  }

  async #expectTitle(tconst: string): Promise<void> {
    await this.#title(tconst);
  }
}
