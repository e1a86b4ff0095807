import { FindTitlesQuery, FoundTitlePage, Problem, type ListPage } from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { chooseFormat } from '../../http/formats/formats.ts';
import { answerList } from '../../http/formats/answer-list.ts';
import { TitleLists } from '../../read-models/title-lists/title-lists.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

@ApiTags('titles')
@ApiResponse({ status: 400, description: 'Invalid request', standardSchema: Problem })
@Access({ read: 'reader' })
@Published()
@Controller('titles')
export class TitleListController {
  readonly #database: Database;
  readonly #lists: TitleLists;

  constructor(database: Database, lists: TitleLists) {
    this.#database = database;
    this.#lists = lists;
  }

  @Get()
  @ApiOperation({
    operationId: 'findTitles',
    summary: 'Titles by any combination of text and filters, in any order',
  })
  @ApiList(FoundTitlePage, 'A page of titles, or all of them as a stream')
  async find(
    @Query({ schema: FindTitlesQuery }) query: FindTitlesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    const { limit, after, fields, total, format, ...request } = query;
    const chosen = chooseFormat(query, reply);
    if (chosen === 'json') return this.#lists.page(request, { limit, after, fields, total });
    const list = await this.#lists.stream(request, { after, fields });
    const whole = { limit, after: undefined, fields, total, format: chosen };
    return answerList(this.#database, list, whole, reply);
  }
}
