import { FindTitlesQuery, FoundTitlePage, type ListPage } from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { chooseFormat } from '../../http/formats/formats.ts';
import { streamList } from '../../http/formats/answer-list.ts';
import { TitleLists } from '../../read-models/title-lists/title-lists.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

@ApiTags('titles')
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
    const { limit, after, fields, total, format: requestedFormat, ...request } = query;
    const format = chooseFormat(query, reply);
    if (format === 'json') return this.#lists.page(request, { limit, after, fields, total });
    const list = await this.#lists.stream(request, { after, fields });
    // the list starts after the cursor already
    return streamList(this.#database, list, { limit, fields, format }, reply);
  }
}
