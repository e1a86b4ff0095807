import { CHANGE_FIELDS, ChangePage, ChangeQuery, Problem } from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiList } from '../../http/formats/api-list.ts';
import { abortWith, chooseFormat, fileOf, streamClientOf } from '../../http/formats/formats.ts';
import { ChangeFeed } from './change-feed.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

@ApiTags('changes')
@Access({ read: 'reader' })
@Published()
@Controller('changes')
export class ChangesController {
  readonly #feed: ChangeFeed;

  constructor(feed: ChangeFeed) {
    this.#feed = feed;
  }

  @Get()
  @ApiOperation({
    operationId: 'listChanges',
    summary: 'The changes that publishes have made to rows, in their order; resumable by cursor',
    description:
      'Each entry is a row that was inserted, updated or deleted, before and after. A dataset that was loaded in full has one entry of the kind `reload` instead: read that dataset again.',
  })
  @ApiList(ChangePage, 'A page of changes, or a stream of them')
  @ApiResponse({ status: 404, description: 'No run has this id', standardSchema: Problem })
  @ApiResponse({
    status: 410,
    description: 'Some of the requested changes are no longer kept',
    standardSchema: Problem,
  })
  async list(
    @Query({ schema: ChangeQuery })
    { format: asked, csv, fields = CHANGE_FIELDS, ...query }: ChangeQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangePage | StreamableFile> {
    const format = chooseFormat({ format: asked, csv }, reply);
    if (format === 'json') return this.#feed.page({ ...query, fields });
    const aborter = abortWith(reply);
    return fileOf(
      { format, fields, csv },
      await this.#feed.stream({ ...query, fields }, streamClientOf(reply), aborter.signal),
      aborter,
    );
  }
}
