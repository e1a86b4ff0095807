import { Facets, FacetsQuery, Problem } from '@marquee/contract';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Database } from '../../database/database.ts';
import { facetsOfAll, facetsOfSome, facetsOfText } from './facets.ts';

/** What there is to filter by. */
@ApiTags('charts')
@ApiResponse({ status: 400, description: 'The input is not right', standardSchema: Problem })
@ApiResponse({ status: 503, description: 'It takes too long', standardSchema: Problem })
@Controller('facets')
export class FacetsController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get()
  @ApiOperation({
    operationId: 'getFacets',
    summary:
      'Types, genres, regions and languages with how many titles have them: of all titles, of those that pass a filter, or of those that a text finds among them',
  })
  @ApiOkResponse({ description: 'The facets', standardSchema: Facets })
  async get(@Query({ schema: FacetsQuery }) { q, ...filters }: FacetsQuery): Promise<Facets> {
    if (q !== undefined) return facetsOfText(this.#database, q, filters);
    return Object.keys(filters).length === 0
      ? facetsOfAll(this.#database)
      : facetsOfSome(this.#database, filters);
  }
}
