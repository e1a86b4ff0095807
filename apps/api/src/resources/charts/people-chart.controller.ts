import {
  PeopleChart,
  PeopleChartQuery,
  RANKED_PERSON_FIELDS,
  RANKED_TITLES,
} from '@marquee/contract';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';
import type { FeedAnswer } from '../../http/formats/title-feeds.ts';
import { TitleLists } from '../../read-models/title-lists/title-lists.ts';
import { answerChart } from './answer-chart.ts';
import { readPeopleChart } from './people-chart.ts';

/** People by their credits on titles that match filters. */
@ApiTags('charts')
@Access({ read: 'reader' })
@Published()
@Controller('charts')
export class PeopleChartController {
  readonly #database: Database;
  readonly #lists: TitleLists;

  constructor(database: Database, lists: TitleLists) {
    this.#database = database;
    this.#lists = lists;
  }

  @Get('people')
  @ApiOperation({
    operationId: 'rankPeople',
    summary: 'People ranked by their credits on the titles that match filters',
    description: `Reads the ${RANKED_TITLES.toLocaleString('en')} titles with the most votes of those that match; \`isComplete\` says whether there are more.`,
  })
  @ApiProduces('application/json', 'application/x-ndjson', 'text/csv')
  @ApiOkResponse({ description: 'The chart', standardSchema: PeopleChart })
  async people(
    @Query({ schema: PeopleChartQuery }) { fields, format, csv, ...query }: PeopleChartQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FeedAnswer<PeopleChart>> {
    const layout = { format, csv, fields, names: RANKED_PERSON_FIELDS, name: 'People' };
    return answerChart(layout, reply, async () =>
      readPeopleChart(this.#database, this.#lists, query),
    );
  }
}
