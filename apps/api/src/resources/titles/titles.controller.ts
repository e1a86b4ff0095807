import {
  DEFAULT_LIMIT,
  FindTitlesQuery,
  FoundTitlePage,
  Problem,
  type ListPage,
} from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { chooseFormat } from '../../http/formats/formats.ts';
import { answerList } from '../../read-models/lists/list.ts';
import { SearchLimits } from '../../read-models/title-lists/search-limits.ts';
import { streamedList, titleListOf } from '../../read-models/title-lists/title-list.ts';
import { pageOfTitles } from '../../read-models/title-lists/title-pages.ts';

@ApiTags('titles')
@ApiResponse({ status: 400, description: 'The input is not right', standardSchema: Problem })
@Controller('titles')
export class TitlesController {
  readonly #database: Database;
  readonly #limits: SearchLimits;

  constructor(database: Database, limits: SearchLimits) {
    this.#database = database;
    this.#limits = limits;
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
    const form = chooseFormat(query, reply);
    const isFirstPage = form === 'json' && after === undefined && total === 'none';
    const titles = await titleListOf(
      this.#database,
      request,
      this.#limits,
      isFirstPage ? (limit ?? DEFAULT_LIMIT) + 1 : undefined,
    );
    if (form !== 'json')
      return answerList(
        this.#database,
        streamedList(titles, after, fields),
        { limit, after: undefined, fields, total, format: form },
        reply,
      );
    return pageOfTitles(this.#database, titles, { limit, after, fields, total });
  }
}
