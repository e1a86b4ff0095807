import {
  Connection,
  ConnectionQuery,
  CostarPage,
  CostarQuery,
  FilmographyPage,
  FilmographyQuery,
  Name,
  NameBatch,
  NameBatchRequest,
  NameOptions,
  NamePath,
  NameSummary,
  Problem,
  SharedQuery,
  SharedTitlePage,
  WorkPage,
  WorkQuery,
  type ListPage,
  NameBasic,
} from '@marquee/contract';
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
import { SearchLimits } from '../../read-models/title-lists/search-limits.ts';
import { inRequestedOrder } from '../../read-models/lists/batch.ts';
import { answerList } from '../../http/formats/answer-list.ts';
import { notFound } from '../../problems/problem-exception.ts';
import { connectPeople } from './connection.ts';
import { costarsOf, filmographyOf, readKnownFor, readName, readNames } from './name-queries.ts';
import { sharedTitlesOf } from './shared-titles.ts';
import { readNameSummary, workListOf } from './work-queries.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

/** Names by their ids, and the lists of one person. */
@ApiTags('names')
@Access({ read: 'reader' })
@Published()
@Controller('names')
export class NameDetailsController {
  readonly #database: Database;
  readonly #limits: SearchLimits;

  constructor(database: Database, limits: SearchLimits) {
    this.#database = database;
    this.#limits = limits;
  }

  @Get(':nconst')
  @ApiOperation({
    operationId: 'getName',
    summary: 'One name; with include, the titles the person is known for',
  })
  @ApiOkResponse({
    description: 'The name: NameBasic, or Name with include',
    standardSchema: z.union([NameBasic, Name]),
  })
  @ApiResponse({ status: 404, description: 'No name has this id', standardSchema: Problem })
  async get(
    @Param({ schema: NamePath }) { nconst }: NamePath,
    @Query({ schema: NameOptions }) { include }: NameOptions,
  ): Promise<NameBasic> {
    if (!include.includes('knownFor')) return this.#name(nconst);
    const [name, knownFor] = await consistentRead(this.#database, async () =>
      Promise.all([this.#name(nconst), readKnownFor(this.#database, nconst)]),
    );
    return { ...name, ...{ knownFor } };
  }

  @Get(':nconst/filmography')
  @ApiOperation({
    operationId: 'listFilmography',
    summary: 'The credits of a person with their titles, by category, type and year',
  })
  @ApiList(FilmographyPage, 'A page of credits')
  @ApiResponse({ status: 404, description: 'No name has this id', standardSchema: Problem })
  async filmography(
    @Param({ schema: NamePath }) { nconst }: NamePath,
    @Query({ schema: FilmographyQuery }) query: FilmographyQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, filmographyOf(nconst, query), query, reply, () =>
      this.#expectName(nconst),
    );
  }

  @Get(':nconst/works')
  @ApiOperation({
    operationId: 'listWorks',
    summary: 'The works of a person, each once with all roles; episodes count for their series',
  })
  @ApiList(WorkPage, 'A page of works')
  @ApiResponse({ status: 404, description: 'No name has this id', standardSchema: Problem })
  async works(
    @Param({ schema: NamePath }) { nconst }: NamePath,
    @Query({ schema: WorkQuery }) query: WorkQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, workListOf(nconst, query), query, reply, () =>
      this.#expectName(nconst),
    );
  }

  @Get(':nconst/summary')
  @ApiOperation({
    operationId: 'getNameSummary',
    summary: 'Counts over all credits of a person: by role, genre and year; the best known works',
  })
  @ApiOkResponse({ description: 'The counts', standardSchema: NameSummary })
  @ApiResponse({ status: 404, description: 'No name has this id', standardSchema: Problem })
  async summary(@Param({ schema: NamePath }) { nconst }: NamePath): Promise<NameSummary> {
    const summary = await readNameSummary(this.#database, nconst);
    if (summary.titles === 0) await this.#expectName(nconst);
    return summary;
  }

  @Get(':nconst/costars')
  @ApiOperation({
    operationId: 'listCostars',
    summary: 'The people who have worked on most titles of a person',
    description: 'Reads the 150 titles with the most votes, of 1000 credits of the person.',
  })
  @ApiList(CostarPage, 'A page of people')
  @ApiResponse({ status: 404, description: 'No name has this id', standardSchema: Problem })
  async costars(
    @Param({ schema: NamePath }) { nconst }: NamePath,
    @Query({ schema: CostarQuery }) query: CostarQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, costarsOf(nconst), query, reply, () =>
      this.#expectName(nconst),
    );
  }

  @Get(':nconst/shared')
  @ApiOperation({
    operationId: 'listSharedTitles',
    summary: 'The titles that a person and others have all worked on, the most voted first',
  })
  @ApiList(SharedTitlePage, 'A page of titles')
  @ApiResponse({ status: 404, description: 'No name has this id', standardSchema: Problem })
  async shared(
    @Param({ schema: NamePath }) { nconst }: NamePath,
    @Query({ schema: SharedQuery }) { with: others, ...query }: SharedQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    const people = [...new Set([nconst, ...others])];
    return answerList(this.#database, sharedTitlesOf(people), query, reply, async () =>
      Promise.all(people.map(async (one) => this.#expectName(one))),
    );
  }

  @Get(':nconst/connection')
  @ApiOperation({
    operationId: 'getConnection',
    summary: 'The shortest path between two people by titles that they have worked on',
    description:
      'Searched from both ends. Each step reads at most 100,000 credits and the people of the 500 titles with the most votes; `isExhaustive` says whether that was all.',
  })
  @ApiOkResponse({ description: 'The path', standardSchema: Connection })
  @ApiResponse({ status: 404, description: 'No name has this id', standardSchema: Problem })
  async connection(
    @Param({ schema: NamePath }) { nconst }: NamePath,
    @Query({ schema: ConnectionQuery }) { to, ...filter }: ConnectionQuery,
  ): Promise<Connection> {
    await Promise.all([this.#expectName(nconst), this.#expectName(to)]);
    return connectPeople(this.#database, nconst, to, filter, this.#limits);
  }

  // reads, by POST: the ids may not fit into a URL
  @Post('batch')
  @Access({ change: 'reader' })
  @HttpCode(200)
  @ApiOperation({ operationId: 'getNames', summary: 'Up to 200 names by their ids' })
  @ApiOkResponse({
    description: 'The names that exist, and the ids that no name has',
    standardSchema: NameBatch,
  })
  async batch(@Body({ schema: NameBatchRequest }) { ids }: NameBatchRequest): Promise<NameBatch> {
    return inRequestedOrder(ids, await readNames(this.#database, ids), ({ nconst }) => nconst);
  }

  async #name(nconst: string): Promise<NameBasic> {
    const name = await readName(this.#database, nconst);
    if (name === null)
      throw notFound('name', nconst, 'GET /published shows whether anything is published yet.');
    return name;
  }

  async #expectName(nconst: string): Promise<void> {
    await this.#name(nconst);
  }
}
