import {
  Decision,
  DecisionPage,
  DecisionPath,
  DecisionQuery,
  DecisionRequest,
  MatchListQuery,
  MatchPage,
  Problem,
  type ListPage,
} from '@marquee/contract';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
  type StreamableFile,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { Database } from '../../database/database.ts';
import { Access } from '../../http/auth/access-policy.ts';
import { nameOfCaller } from '../../http/auth/caller.ts';
import { answerList } from '../../http/formats/answer-list.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { expectSource } from '../sources/source-reader.ts';
import { Wakes } from '../sources/wakes.ts';
import { decisionsOf, insertDecision, readDecision, undoDecision } from './decision-store.ts';
import { openMatches } from './match-list.ts';

/** Records that are not matched, and what people decide about them. */
@ApiTags('matches')
@Access({ read: 'reader', change: 'operator' })
@Controller('matches')
export class MatchesController {
  readonly #database: Database;
  readonly #dataSource: DataSource;
  readonly #wakes: Wakes;

  constructor(database: Database, dataSource: DataSource, wakes: Wakes) {
    this.#database = database;
    this.#dataSource = dataSource;
    this.#wakes = wakes;
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listMatches',
    summary: 'Records that are not matched, each beside the movies that it may tell of',
    description:
      'Conflicts come first, then doubtful and unmatched records. As CSV or NDJSON it is the log of what could not be matched; `GET /sources` has the percentages by source, and `GET /sources/{id}/deliveries` by delivery.',
  })
  @ApiList(MatchPage, 'A page of records')
  @ApiResponse({ status: 404, description: 'There is no such source', standardSchema: Problem })
  async list(
    @Query({ schema: MatchListQuery }) query: MatchListQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    const { source } = query;
    const whenEmpty =
      source === undefined ? undefined : async () => expectSource(this.#database, source);
    return answerList(this.#database, openMatches(this.#database, query), query, reply, whenEmpty);
  }

  @Get('decisions')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listDecisions',
    summary: 'What people have decided about matches, newest first',
  })
  @ApiList(DecisionPage, 'A page of decisions')
  @ApiResponse({ status: 404, description: 'There is no such source', standardSchema: Problem })
  async decisions(
    @Query({ schema: DecisionQuery }) query: DecisionQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    const { source } = query;
    const whenEmpty =
      source === undefined ? undefined : async () => expectSource(this.#database, source);
    return answerList(this.#database, decisionsOf(source), query, reply, whenEmpty);
  }

  @Post('decisions')
  @ApiOperation({
    operationId: 'decideMatch',
    summary: 'Decide which movie a record tells of, or which not',
    description:
      'The record is matched again soon after, with this decision before all scores. A decision that holds already is answered as it is.',
  })
  @ApiCreatedResponse({ description: 'The decision', standardSchema: Decision })
  @ApiOkResponse({ description: 'The same decision holds already', standardSchema: Decision })
  @ApiResponse({ status: 404, description: 'There is no such record', standardSchema: Problem })
  @ApiResponse({ status: 409, description: 'There is no such movie', standardSchema: Problem })
  async decide(
    @Body({ schema: DecisionRequest }) request: DecisionRequest,
    @Req() sent: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Decision> {
    const { id, isNew } = await insertDecision(this.#dataSource, request, nameOfCaller(sent));
    if (isNew) await this.#wakes.aggregate();
    void reply.status(isNew ? 201 : 200);
    return readDecision(this.#database, id);
  }

  @Delete('decisions/:id')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'undoDecision',
    summary: 'Undo a decision: the record is matched again without it',
  })
  @ApiOkResponse({ description: 'The decision, undone', standardSchema: Decision })
  @ApiResponse({ status: 404, description: 'There is no such decision', standardSchema: Problem })
  async undo(
    @Param({ schema: DecisionPath }) { id }: DecisionPath,
    @Req() sent: FastifyRequest,
  ): Promise<Decision> {
    const decision = await readDecision(this.#database, id);
    if (decision.undoneAt !== null) return decision;
    await undoDecision(this.#dataSource, decision, nameOfCaller(sent));
    await this.#wakes.aggregate();
    return readDecision(this.#database, id);
  }
}
