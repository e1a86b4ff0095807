import {
  MOVER_FIELDS,
  Movers,
  MoversQuery,
  NEW_TITLE_FIELDS,
  NewTitles,
  NewTitlesQuery,
  type ListFormat,
} from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';
import { chooseFormat, fileOf } from '../../http/formats/formats.ts';
import { picker } from '../../read-models/lists/list.ts';
import { readMovers, readNewTitles } from './movement-queries.ts';

/** What the last refreshes have brought: new titles, and ratings that moved. */
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
  @ApiProduces('application/json', 'application/x-ndjson', 'text/csv')
  @ApiOkResponse({ description: 'The chart', standardSchema: NewTitles })
  async newTitles(
    @Query({ schema: NewTitlesQuery }) query: NewTitlesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewTitles | StreamableFile> {
    const { fields = NEW_TITLE_FIELDS, days, minVotes } = query;
    const { titles, since } = await readNewTitles(this.#database, query);
    const items = ranked(titles, fields);
    return answer({ items, days, since, minVotes }, fields, query, reply);
  }

  @Get('movers')
  @ApiOperation({
    operationId: 'movers',
    summary: 'The titles whose votes or rating have moved most in the last refreshes',
    description:
      'Chosen among the titles that moved most at each refresh: 250 by votes, and 250 by rating from 100, 1,000 and 10,000 votes on each. A dataset that was loaded in full does not tell how ratings moved.',
  })
  @ApiProduces('application/json', 'application/x-ndjson', 'text/csv')
  @ApiOkResponse({ description: 'The chart', standardSchema: Movers })
  async movers(
    @Query({ schema: MoversQuery }) query: MoversQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Movers | StreamableFile> {
    const { fields = MOVER_FIELDS, days, minVotes } = query;
    const { titles, since } = await readMovers(this.#database, query);
    const items = ranked(titles, fields);
    return answer({ items, days, since, minVotes }, fields, query, reply);
  }
}

function ranked(titles: readonly object[], fields: readonly string[]): object[] {
  return titles.map((title, i) => ({ rank: i + 1, ...title })).map(picker(fields));
}

function answer<T extends { readonly items: object[] }>(
  chart: T,
  fields: readonly string[],
  { format }: { readonly format?: ListFormat | undefined },
  reply: FastifyReply,
): T | StreamableFile {
  const chosen = chooseFormat({ format }, reply);
  return chosen === 'json' ? chart : fileOf(chosen, fields, [chart.items]);
}
