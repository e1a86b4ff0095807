import {
  CHART_FIELDS,
  PartialChart,
  PopularQuery,
  TopQuery,
  WEIGHTED_FORMULA,
} from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { TitleRequest } from '../../read-models/title-lists/resolved-list.ts';
import { TitleLists } from '../../read-models/title-lists/title-lists.ts';
import { chooseFormat, fileOf } from '../../http/formats/formats.ts';
import { picker } from '../../read-models/lists/list.ts';
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
  })
  @ApiProduces('application/json', 'application/x-ndjson', 'text/csv')
  @ApiOkResponse({ description: 'The chart', standardSchema: PartialChart })
  async top(
    @Query({ schema: TopQuery }) query: TopQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PartialChart | StreamableFile> {
    return this.#answer(
      query,
      {
        minVotes: query.minVotes,
        sort: 'weighted',
        rankedBy: `the weighted rating: ${WEIGHTED_FORMULA}`,
      },
      reply,
    );
  }

  @Get('popular')
  @ApiOperation({ operationId: 'popularTitles', summary: 'The titles with the most votes' })
  @ApiProduces('application/json', 'application/x-ndjson', 'text/csv')
  @ApiOkResponse({ description: 'The chart', standardSchema: PartialChart })
  async popular(
    @Query({ schema: PopularQuery }) query: PopularQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PartialChart | StreamableFile> {
    return this.#answer(
      query,
      { minVotes: 1, sort: 'votes', rankedBy: 'the number of votes' },
      reply,
    );
  }

  async #answer(
    { titleType, genre, decade, limit, fields = CHART_FIELDS, format }: PopularQuery,
    { minVotes, sort, rankedBy }: Ranking,
    reply: FastifyReply,
  ): Promise<PartialChart | StreamableFile> {
    const request: TitleRequest = {
      titleType,
      ...(genre === undefined ? {} : { genre: [genre] }),
      // year 0 stands for an unknown year
      ...(decade === undefined ? {} : { startYearFrom: decade, startYearTo: decade + 9 }),
      numVotesFrom: minVotes,
      sort,
    };
    const chosen = chooseFormat({ format }, reply);
    const { items } = await this.#lists.page(request, { limit });
    const shown = items.map((title, i) => ({ rank: i + 1, ...title })).map(picker(fields));
    return chosen === 'json'
      ? { items: shown, rankedBy, minVotes }
      : fileOf(chosen, fields, [shown]);
  }
}

interface Ranking extends Pick<PartialChart, 'rankedBy' | 'minVotes'> {
  readonly sort: 'weighted' | 'votes';
}
