import {
  CHART_FIELDS,
  PartialChart,
  PopularQuery,
  StevenLuList,
  TOP_NOTE,
  TopQuery,
  WEIGHTED_FORMULA,
} from '@marquee/contract';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { TitleRequest } from '../../read-models/title-lists/resolved-list.ts';
import { TitleLists } from '../../read-models/title-lists/title-lists.ts';
import type { FeedAnswer } from '../../http/formats/title-feeds.ts';
import { answerChart } from './answer-chart.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

/** The best rated titles, and those with the most votes. */
@ApiTags('charts')
@Access({ read: 'reader' })
@Published()
@Controller('charts')
export class ChartsController {
  readonly #lists: TitleLists;

  constructor(lists: TitleLists) {
    this.#lists = lists;
  }

  @Get('top')
  @ApiOperation({
    operationId: 'topTitles',
    summary: 'The best rated titles, by the weighted rating',
    description: `${TOP_NOTE} Its formula: ${WEIGHTED_FORMULA}. With minVotes=25000 the charts are nearest to each other.`,
  })
  @ApiProduces('application/json', 'application/x-ndjson', 'text/csv', 'application/rss+xml')
  @ApiOkResponse({
    description: 'The chart',
    standardSchema: z.union([PartialChart, StevenLuList]),
  })
  async top(
    @Query({ schema: TopQuery }) query: TopQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FeedAnswer<PartialChart>> {
    return this.#answer(
      query,
      {
        minVotes: query.minVotes,
        sort: 'weighted',
        rankedBy: `the weighted rating: ${WEIGHTED_FORMULA}`,
        note: TOP_NOTE,
      },
      reply,
    );
  }

  @Get('popular')
  @ApiOperation({ operationId: 'popularTitles', summary: 'The titles with the most votes' })
  @ApiProduces('application/json', 'application/x-ndjson', 'text/csv', 'application/rss+xml')
  @ApiOkResponse({
    description: 'The chart',
    standardSchema: z.union([PartialChart, StevenLuList]),
  })
  async popular(
    @Query({ schema: PopularQuery }) query: PopularQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FeedAnswer<PartialChart>> {
    return this.#answer(
      query,
      { minVotes: 1, sort: 'votes', rankedBy: 'the number of votes', note: null },
      reply,
    );
  }

  async #answer(
    { titleType, genre, decade, limit, fields, format, csv }: PopularQuery,
    { minVotes, sort, rankedBy, note }: Ranking,
    reply: FastifyReply,
  ): Promise<FeedAnswer<PartialChart>> {
    const request: TitleRequest = {
      titleType,
      ...(genre === undefined ? {} : { genre: [genre] }),
      // year 0 stands for an unknown year
      ...(decade === undefined ? {} : { startYearFrom: decade, startYearTo: decade + 9 }),
      numVotesFrom: minVotes,
      sort,
    };
    const layout = { format, csv, fields, names: CHART_FIELDS, name: FEED_NAMES[sort] };
    return answerChart(layout, reply, async () => {
      const { items } = await this.#lists.page(request, { limit });
      return { items, rankedBy, note, minVotes };
    });
  }
}

/** The names of the charts as feeds. */
const FEED_NAMES = { weighted: 'The best rated titles', votes: 'The titles with the most votes' };

interface Ranking extends Pick<PartialChart, 'rankedBy' | 'note' | 'minVotes'> {
  readonly sort: 'weighted' | 'votes';
}
