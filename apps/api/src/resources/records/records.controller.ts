import {
  Problem,
  RecordDetails,
  RecordPage,
  RecordPath,
  RecordQuery,
  SourcePath,
  type ListPage,
} from '@marquee/contract';
import { Controller, Get, Header, Param, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { Access } from '../../http/auth/access-policy.ts';
import { answerList } from '../../http/formats/answer-list.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { expectSource } from '../sources/source-reader.ts';
import { readRecord, recordsOfSource } from './record-list.ts';

/** What sources tell of movies. */
@ApiTags('sources')
@Access({ read: 'reader' })
@Controller('sources/:id/records')
export class RecordsController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listRecords',
    summary: 'The records of a source, and where each belongs',
  })
  @ApiList(RecordPage, 'A page of records')
  @ApiResponse({ status: 404, description: 'There is no such source', standardSchema: Problem })
  async list(
    @Param({ schema: SourcePath }) { id }: SourcePath,
    @Query({ schema: RecordQuery }) query: RecordQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    const list = recordsOfSource(id, query.state);
    return answerList(this.#database, list, query, reply, async () =>
      expectSource(this.#database, id),
    );
  }

  @Get(':record')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getRecord',
    summary: 'A record: the canonical record, the row it was made from, its match and candidates',
  })
  @ApiOkResponse({ description: 'The record', standardSchema: RecordDetails })
  @ApiResponse({ status: 404, description: 'There is no such record', standardSchema: Problem })
  async get(@Param({ schema: RecordPath }) { id, record }: RecordPath): Promise<RecordDetails> {
    return readRecord(this.#database, id, record);
  }
}
