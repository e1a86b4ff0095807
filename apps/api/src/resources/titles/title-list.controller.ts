import {
  FindTitlesQuery,
  FoundTitlePage,
  MAX_FEED,
  StevenLuList,
  type ListPage,
} from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Database } from '../../database/database.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { chooseFormat } from '../../http/formats/formats.ts';
import { streamList } from '../../http/formats/answer-list.ts';
import { checkFeed, FEED_FIELDS, feedOf, isFeed } from '../../http/formats/title-feeds.ts';
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
  @ApiList(
    z.union([FoundTitlePage, StevenLuList]),
    'A page of titles, or all of them as a stream',
    'application/rss+xml',
  )
  async find(
    @Query({ schema: FindTitlesQuery }) query: FindTitlesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile | StevenLuList | string> {
    const { limit, after, fields, total, format: requestedFormat, csv, ...request } = query;
    const format = chooseFormat(query, reply);
    if (format === 'json') return this.#lists.page(request, { limit, after, fields, total });
    if (isFeed(format)) {
      checkFeed(format, fields);
      const page = { limit: limit ?? MAX_FEED, after, fields: FEED_FIELDS };
      const { items } = await this.#lists.page(request, page);
      return feedOf(format, 'Titles', items, reply);
    }
    const list = await this.#lists.stream(request, { after, fields });
    // the list starts after the cursor already
    return streamList(this.#database, list, { limit, fields, format, csv }, reply);
  }
}
