import {
  DEFAULT_LIMIT,
  SearchResult,
  SEARCH_KINDS,
  keysOf,
  MAX_SEARCH_RESULTS,
  Problem,
  SearchPage,
  SearchQuery,
  SuggestQuery,
  Suggestions,
} from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { readCursor, writeCursor, type CursorScope } from '../../read-models/lists/cursor.ts';
import { chooseFormat, fileOf } from '../../http/formats/formats.ts';
import { picker } from '../../read-models/lists/list.ts';
import { isAfterPosition } from '../../read-models/text-search/position.ts';
import {
  readNames,
  readSuggestions,
  readTitles,
} from '../../read-models/text-search/found-rows.ts';
import type { Hit } from '../../read-models/text-search/hits.ts';
import { findTexts } from '../../read-models/text-search/text-search.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

/** Search of titles and names by text. */
@ApiTags('search')
@ApiResponse({ status: 503, description: 'The request takes too long', standardSchema: Problem })
@Access({ read: 'reader' })
@Published()
@Controller()
export class SearchController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get('search')
  @ApiOperation({
    operationId: 'search',
    summary:
      'Search titles and people by name, the best match first: equal, starting so, with all words, or with similar words; votes count as much as the kind of match',
  })
  @ApiList(SearchPage, 'A page of matches, or all of them as a stream')
  async search(
    @Query({ schema: SearchQuery }) query: SearchQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SearchPage | StreamableFile> {
    const { q, kind, limit, after, fields = keysOf(SearchResult), total, csv } = query;
    const chosen = chooseFormat(query, reply);
    const kinds = kind === undefined ? SEARCH_KINDS : [kind];
    const list: CursorScope = {
      name: 'search',
      values: [q, ...kinds],
      sort: [
        { column: 'score', type: 'int4', descending: true },
        { column: 'id', type: 'text' },
      ],
    };
    const position = after === undefined ? null : readCursor(list, after);
    const most = limit ?? (chosen === 'json' ? DEFAULT_LIMIT : MAX_SEARCH_RESULTS);
    // a first page costs less than all pages
    const found = await findTexts(this.#database, {
      q,
      kinds,
      depth: 'page',
      limit: position === null && total === 'none' ? most + 1 : MAX_SEARCH_RESULTS,
    });
    const rest = position === null ? found : found.filter((hit) => isAfterPosition(hit, position));
    const hits = rest.slice(0, most);
    const items = (await this.#show(hits, fields)).map(picker(fields));
    if (chosen !== 'json') return fileOf({ format: chosen, fields, csv }, [items]);
    const last = hits.at(-1);
    const next =
      rest.length > most && last !== undefined ? writeCursor(list, [last.score, last.id]) : null;
    const didYouMean = found[0]?.corrected ?? null;
    return {
      items,
      next,
      ...(total === 'none' ? {} : { total: found.length }),
      ...(didYouMean === null ? {} : { didYouMean }),
    };
  }

  @Get('suggest')
  @ApiOperation({
    operationId: 'suggest',
    summary: 'Suggestions while a query is being typed',
  })
  @ApiOkResponse({ description: 'Suggestions, the best first', standardSchema: Suggestions })
  async suggest(
    @Query({ schema: SuggestQuery }) { q, kind, limit }: SuggestQuery,
  ): Promise<Suggestions> {
    const hits = await findTexts(this.#database, {
      q,
      kinds: kind === undefined ? SEARCH_KINDS : [kind],
      limit,
      depth: 'suggest',
    });
    return { items: await readSuggestions(this.#database, hits) };
  }

  /** The hits, with the title or name of each where the fields ask for it. */
  async #show(hits: readonly Hit[], fields: readonly string[]): Promise<SearchResult[]> {
    const [titles, names] = await Promise.all([
      fields.includes('title') ? readTitles(this.#database, hits) : null,
      fields.includes('name') ? readNames(this.#database, hits) : null,
    ]);
    return hits.map((hit) => ({
      kind: hit.kind,
      id: hit.id,
      match: hit.stage,
      matched: hit.key.slice(1),
      title: titles?.get(hit.id) ?? null,
      name: names?.get(hit.id) ?? null,
    }));
  }
}
