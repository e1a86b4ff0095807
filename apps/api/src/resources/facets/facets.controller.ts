import { Facets, FacetsQuery, Problem } from '@marquee/contract';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Database } from '../../database/database.ts';
import { SearchLimits } from '../../read-models/title-lists/search-limits.ts';
import { readFacets } from './facets.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

/** The values that lists can be filtered by, with their counts. */
@ApiTags('charts')
@ApiResponse({ status: 503, description: 'The request takes too long', standardSchema: Problem })
@Access({ read: 'reader' })
@Published()
@Controller('facets')
export class FacetsController {
  readonly #database: Database;
  readonly #limits: SearchLimits;

  constructor(database: Database, limits: SearchLimits) {
    this.#database = database;
    this.#limits = limits;
  }

  @Get()
  @ApiOperation({
    operationId: 'getFacets',
    summary:
      'Counts of titles by type, genre, region and language: of all titles, or of those that a text and filters select',
  })
  @ApiOkResponse({ description: 'The facets', standardSchema: Facets })
  async get(@Query({ schema: FacetsQuery }) query: FacetsQuery): Promise<Facets> {
    return readFacets(this.#database, this.#limits, query);
  }
}
