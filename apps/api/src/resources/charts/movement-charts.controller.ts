import {
  MOVER_FIELDS,
  Movers,
  MoversQuery,
  NEW_TITLE_FIELDS,
  NewTitles,
  NewTitlesQuery,
  StevenLuList,
} from '@marquee/contract';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Database } from '../../database/database.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';
import type { FeedAnswer } from '../../http/formats/title-feeds.ts';
import { answerChart } from './answer-chart.ts';
import { readMovers, readNewTitles } from './movement-queries.ts';

/** New titles, and the ratings that moved, in the last refreshes. */
@ApiTags('charts')
@Access({ read: 'reader' })
@Published()
@Controller('charts')
export class MovementChartsController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get('new')
  @ApiOperation({
    operationId: 'newTitles',
    summary: 'The titles that the last refreshes have added, by votes',
    description:
      'Ranks at most 50,000 titles, those added last. A dataset that was loaded in full does not tell which of its titles are new.',
  })
  @ApiProduces('application/json', 'application/x-ndjson', 'text/csv', 'application/rss+xml')
  @ApiOkResponse({
    description: 'The chart',
    standardSchema: z.union([NewTitles, StevenLuList]),
  })
  async newTitles(
    @Query({ schema: NewTitlesQuery }) query: NewTitlesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FeedAnswer<NewTitles>> {
    const { days, minVotes } = query;
    const name = `New titles of the last ${days} days`;
    return answerChart({ ...query, names: NEW_TITLE_FIELDS, name }, reply, async () => {
      const { titles, since } = await readNewTitles(this.#database, query);
      return { items: titles, days, since, minVotes };
    });
  }

  @Get('movers')
  @ApiOperation({
    operationId: 'movers',
    summary: 'The titles whose votes or rating have moved most in the last refreshes',
    description:
      'Chosen among the titles that moved most at each refresh: 250 by votes, and 250 by rating from 100, 1,000 and 10,000 votes on each. A dataset that was loaded in full does not tell how ratings moved.',
  })
  @ApiProduces('application/json', 'application/x-ndjson', 'text/csv', 'application/rss+xml')
  @ApiOkResponse({
    description: 'The chart',
    standardSchema: z.union([Movers, StevenLuList]),
  })
  async movers(
    @Query({ schema: MoversQuery }) query: MoversQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FeedAnswer<Movers>> {
    const { days, minVotes } = query;
    const name = `Movers of the last ${days} days`;
    return answerChart({ ...query, names: MOVER_FIELDS, name }, reply, async () => {
      const { titles, since } = await readMovers(this.#database, query);
      return { items: titles, days, since, minVotes };
    });
  }
}
