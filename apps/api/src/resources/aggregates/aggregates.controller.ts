import { ProfitPage, ProfitQuery, type ListPage } from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { Access, PublishedMovies } from '../../http/auth/access-policy.ts';
import { streamList } from '../../http/formats/answer-list.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { chooseFormat } from '../../http/formats/formats.ts';
import { pageOfList } from '../../read-models/lists/list.ts';
import { profitsOf, readProfitFrame } from './profit-list.ts';

/** Sums over movies. */
@ApiTags('movies')
@Access({ read: 'reader' })
@PublishedMovies()
@Controller('aggregates')
export class AggregatesController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get('profit')
  @ApiOperation({
    operationId: 'sumProfits',
    summary: 'Budgets, revenues and profits by company, genre or country, and by year or decade',
    description:
      'Of movies whose budget and revenue are known in US dollars, each at least 1,000: `leftOut` counts the others. Amounts are JSON numbers: with full attribution they are exact up to 2^53, with shared attribution to the cent.',
  })
  @ApiList(ProfitPage, 'A page of groups, or all of them as a stream')
  async profit(
    @Query({ schema: ProfitQuery }) query: ProfitQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    const list = profitsOf(query);
    const format = chooseFormat(query, reply);
    if (format !== 'json') return streamList(this.#database, list, { ...query, format }, reply);
    const [page, frame] = await Promise.all([
      pageOfList(this.#database, list, query),
      readProfitFrame(this.#database, query),
    ]);
    return { ...page, ...frame };
  }
}
