import { Facets, FacetsQuery, Problem } from '@marquee/contract';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Database } from '../../database/database.ts';
import { facetsOfAll, facetsOfSome, facetsOfText } from './facets.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

/** The values that lists can be filtered by, with their counts. */
@ApiTags('charts')
@ApiResponse({ status: 503, description: 'The request takes too long', standardSchema: Problem })
@Access({ read: 'reader' })
@Published()
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
      'Counts of titles by type, genre, region and language: of all titles, or of those that a text and filters select',
  })
  @ApiOkResponse({ description: 'The facets', standardSchema: Facets })
  async get(@Query({ schema: FacetsQuery }) { q, ...filters }: FacetsQuery): Promise<Facets> {
    if (q !== undefined) return facetsOfText(this.#database, q, filters);
    return Object.keys(filters).length === 0
      ? facetsOfAll(this.#database)
      : facetsOfSome(this.#database, filters);
  }
}
