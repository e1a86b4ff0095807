import { FindNamesQuery, FoundNamePage, Problem, type ListPage } from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { chooseFormat } from '../../http/formats/formats.ts';
import { answerList } from '../../http/formats/answer-list.ts';
import { nameListOf, pageOfNames, streamedNames } from '../../read-models/name-lists/name-list.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

@ApiTags('names')
@ApiResponse({ status: 400, description: 'Invalid request', standardSchema: Problem })
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
    const { limit, after, fields, total, format, ...request } = query;
    const names = await nameListOf(this.#database, request);
    const chosen = chooseFormat(query, reply);
    if (chosen !== 'json')
      return answerList(
        this.#database,
        streamedNames(names, after),
        { limit, after: undefined, fields, total, format: chosen },
        reply,
      );
    return pageOfNames(this.#database, names, { limit, after, fields, total });
  }
}
