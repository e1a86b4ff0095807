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
import { chooseFormat, fileOf } from '../../http/formats/formats.ts';
import { checkFeed, type FeedAnswer, feedOf, isFeed } from '../../http/formats/title-feeds.ts';
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
    const { titles, since } = await readNewTitles(this.#database, query);
    const name = `New titles of the last ${days} days`;
    const layout = { ...query, names: NEW_TITLE_FIELDS, name };
    return answer(titles, (items) => ({ items, days, since, minVotes }), layout, reply);
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
    const { titles, since } = await readMovers(this.#database, query);
    const name = `Movers of the last ${days} days`;
    const layout = { ...query, names: MOVER_FIELDS, name };
    return answer(titles, (items) => ({ items, days, since, minVotes }), layout, reply);
  }
}

interface Layout extends Pick<NewTitlesQuery, 'format' | 'csv'> {
  readonly fields?: readonly string[] | undefined;
  /** Names of all fields. */
  readonly names: readonly string[];
  /** The name of a feed. */
  readonly name: string;
}

function answer<T>(
  titles: readonly object[],
  chartOf: (items: object[]) => T,
  { format, csv, fields, names, name }: Layout,
  reply: FastifyReply,
): FeedAnswer<T> {
  const chosen = chooseFormat({ format, csv }, reply);
  if (isFeed(chosen)) {
    checkFeed(chosen, fields);
    return feedOf(chosen, name, titles, reply);
  }
  const shown = fields ?? names;
  const items = titles.map((title, i) => ({ rank: i + 1, ...title })).map(picker(shown));
  return chosen === 'json'
    ? chartOf(items)
    : fileOf({ format: chosen, fields: shown, csv }, [items]);
}
