import { Chart, PopularQuery, Problem, TopQuery, WEIGHTED_FORMULA } from '@marquee/contract';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Database } from '../database/database.ts';
import { titleListOf, type TitleRequest } from '../filters/title-list.ts';
import { pageOfTitles } from '../filters/title-pages.ts';

/** The best and the most voted titles. */
@ApiTags('charts')
@ApiResponse({ status: 400, description: 'The input is not right', standardSchema: Problem })
@ApiResponse({ status: 503, description: 'It takes too long', standardSchema: Problem })
@Controller('charts')
export class ChartsController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get('top')
  @ApiOperation({ operationId: 'topTitles', summary: 'The best rated titles, by the weighted rating' })
  @ApiOkResponse({ description: 'The chart', standardSchema: Chart })
  async top(@Query({ schema: TopQuery }) query: TopQuery): Promise<Chart> {
    return { ...(await this.#chart(query, query.minVotes, 'weighted')), rankedBy: `the weighted rating: ${WEIGHTED_FORMULA}` };
  }

  @Get('popular')
  @ApiOperation({ operationId: 'popularTitles', summary: 'The titles with the most votes' })
  @ApiOkResponse({ description: 'The chart', standardSchema: Chart })
  async popular(@Query({ schema: PopularQuery }) query: PopularQuery): Promise<Chart> {
    return { ...(await this.#chart(query, 1, 'votes')), rankedBy: 'the number of votes' };
  }

  async #chart({ titleType, genre, decade, limit }: PopularQuery, minVotes: number, sort: 'weighted' | 'votes'): Promise<Pick<Chart, 'items' | 'minVotes'>> {
    const request: TitleRequest = {
      titleType,
      ...(genre === undefined ? {} : { genre: [genre] }),
      // the year 0 is none
      ...(decade === undefined ? {} : { startYearFrom: decade, startYearTo: decade + 9 }),
      numVotesFrom: minVotes,
      sort,
    };
    const { items } = await pageOfTitles(this.#database, await titleListOf(this.#database, request), { limit });
    return { items: items.map((title, i) => ({ rank: i + 1, ...title }) as Chart['items'][number]), minVotes };
  }
}
