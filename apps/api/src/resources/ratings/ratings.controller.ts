import {
  RATING_FIELDS,
  RatingList,
  RatingRequest,
  RatingsQuery,
  RatingStreamQuery,
} from '@marquee/contract';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Post,
  Query,
  Res,
  type StreamableFile,
} from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { Access, type NdjsonBody, Published } from '../../http/auth/access-policy.ts';
import { chooseFormat, fileOf } from '../../http/formats/formats.ts';
import { idsOfLines } from './id-lines.ts';
import { readRatings } from './ratings.ts';

/** 10,000 ids of ten digits, each as an object of its own line. */
const LINES: NdjsonBody = {
  maxBytes: 512 * 1024,
  read: (text) => ({ ids: idsOfLines(text) }),
};

/** Ratings of many titles by their ids. */
@ApiTags('titles')
@Access({ read: 'reader' })
@Published()
@Controller('ratings')
export class RatingsController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get()
  @ApiOperation({
    operationId: 'getRatings',
    summary: 'The ratings of up to 250 titles by their ids, in the order of the ids',
  })
  @ApiProduces('application/json', 'application/x-ndjson', 'text/csv')
  @ApiOkResponse({ description: 'A rating for each id', standardSchema: RatingList })
  async get(
    @Query({ schema: RatingsQuery }) { id, format, csv }: RatingsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RatingList | StreamableFile> {
    const chosen = chooseFormat({ format, csv }, reply);
    const items = await readRatings(this.#database, id);
    return chosen === 'json'
      ? { items }
      : fileOf({ format: chosen, fields: RATING_FIELDS, csv }, [items]);
  }

  // reads, by POST: the ids may not fit into a URL
  @Post()
  @Access({ change: 'reader', ndjson: LINES })
  @HttpCode(200)
  @ApiOperation({
    operationId: 'streamRatings',
    summary: 'The ratings of up to 10,000 titles by their ids, as a line for each',
    description:
      'The body is JSON, or NDJSON with an id on each line: `"tt0000001"`, `{"id": "tt0000001"}`, `{"tconst": "tt0000001"}` or the bare id. The response has a line for each id, in the same order; a repeated id comes as often. Ids that no title has, and texts that are not ids, have lines that say so.',
  })
  @ApiConsumes('application/json', 'application/x-ndjson')
  @ApiProduces('application/x-ndjson', 'text/csv')
  @ApiOkResponse({
    description: 'A line for each id',
    content: {
      'application/x-ndjson': { schema: { type: 'string' } },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  async stream(
    @Body({ schema: RatingRequest }) { ids }: RatingRequest,
    @Query({ schema: RatingStreamQuery }) { format, csv }: RatingStreamQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    chooseFormat({ format, csv }, reply);
    const lines = await readRatings(this.#database, ids);
    return fileOf({ format, fields: RATING_FIELDS, csv }, [lines]);
  }
}
