import { FindNamesQuery, FoundNamePage, type ListPage } from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { chooseFormat } from '../../http/formats/formats.ts';
import { streamList } from '../../http/formats/answer-list.ts';
import { nameListOf, pageOfNames, streamedNames } from '../../read-models/name-lists/name-list.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

@ApiTags('names')
@Access({ read: 'reader' })
@Published()
@Controller('names')
export class NameListController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get()
  @ApiOperation({
    operationId: 'findNames',
    summary: 'People by any combination of text and filters',
  })
  @ApiList(FoundNamePage, 'A page of names, or all of them as a stream')
  async find(
    @Query({ schema: FindNamesQuery }) query: FindNamesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    const { limit, after, fields, total, format: requestedFormat, csv, ...request } = query;
    const names = await nameListOf(this.#database, request);
    const format = chooseFormat(query, reply);
    if (format === 'json')
      return pageOfNames(this.#database, names, { limit, after, fields, total });
    // the list starts after the cursor already
    return streamList(
      this.#database,
      streamedNames(names, after),
      { limit, fields, format, csv },
      reply,
    );
  }
}
