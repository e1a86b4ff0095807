import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  FindMoviesQuery,
  imdbIdOf,
  MoviePath,
  type ListedMovie,
  type Movie as MovieOfApi,
} from '@marquee/contract';
import {
  MovieSort,
  SortOrder,
  TotalCount,
  type ListMoviesRequest,
  type MovieFilter,
  type MovieQueryService,
} from '@marquee/proto';
import type { Database } from '../database/database.ts';
import type { InputPipe } from '../http/errors/input-pipe.ts';
import { streamClientOf } from '../http/formats/formats.ts';
import { ReaderWatch, type MinimumRate } from '../http/formats/slow-exports.ts';
import { faultyInput } from '../problems/bad-input.ts';
import { batchesOfList } from '../read-models/lists/list.ts';
import { findTexts } from '../read-models/text-search/text-search.ts';
import type { PathMetrics } from '../read-models/title-lists/path-metrics.ts';
import type { SearchLimits } from '../read-models/title-lists/search-limits.ts';
import { TitleLists } from '../read-models/title-lists/title-lists.ts';
import { MovieLists } from '../resources/movies/movie-list.ts';
import { MovieReader } from '../resources/movies/movie-reader.ts';
import { parseInput, requestOf } from './calls.ts';
import { movieMessage } from './movie-message.ts';

/** What movies are read with. */
export interface MovieQueryParts {
  readonly database: Database;
  readonly limits: SearchLimits;
  readonly pathMetrics: PathMetrics;
  readonly inputs: InputPipe;
  /** How fast the client of a stream has to read. */
  readonly minimumRate: MinimumRate;
}

/** `MovieQueryService`: the reads of `GET /movies`, which end with the deadline of a call. */
export class MovieQuery implements ServiceImpl<typeof MovieQueryService> {
  readonly #parts: MovieQueryParts;

  constructor(parts: MovieQueryParts) {
    this.#parts = parts;
  }

  async getMovie({ id: given }: { readonly id: string }, { signal }: HandlerContext) {
    const { id } = await parseInput(this.#parts.inputs, MoviePath, { id: given });
    const reader = new MovieReader(this.#parts.database.until(signal));
    const found = await reader.find(id, false);
    const movie =
      'document' in found
        ? (JSON.parse(found.document) as MovieOfApi)
        : (await reader.explained(id)).movie;
    return { movie: movieMessage(movie) };
  }

  async listMovies(request: ListMoviesRequest, context: HandlerContext) {
    const query = await this.#queryOf(
      request,
      { limit: request.pageSize?.toString(), total: wordOf(TotalCount, request.total) },
      context,
    );
    const { items, next, total } = await this.#lists(context).page(query, query);
    return {
      movies: (items as ListedMovie[]).map(movieMessage),
      nextPageToken: next ?? '',
      ...(total !== undefined && { totalSize: BigInt(total) }),
    };
  }

  async *streamMovies(listing: Listing, context: HandlerContext) {
    const query = await this.#queryOf(listing, {}, context);
    const list = await this.#lists(context).stream(query, query.after);
    const request = requestOf(context.values);
    const { socket } = request;
    const slow = new AbortController();
    const reader = new ReaderWatch(this.#parts.minimumRate, () => {
      slow.abort();
      // the client sees that the stream is incomplete
      socket.destroy();
    });
    const batches = await batchesOfList(
      this.#parts.database,
      list,
      {},
      {
        client: streamClientOf({ request }),
        signal: AbortSignal.any([context.signal, slow.signal]),
      },
    );
    try {
      for await (const batch of batches) {
        const before = socket.bytesWritten;
        reader.offer();
        for (const movie of batch as ListedMovie[]) yield { movie: movieMessage(movie) };
        reader.take(socket.bytesWritten - before);
      }
    } finally {
      reader.end();
    }
  }

  #lists({ signal }: HandlerContext): MovieLists {
    const { limits, pathMetrics } = this.#parts;
    const database = this.#parts.database.until(signal);
    return new MovieLists(database, new TitleLists(database, limits, pathMetrics));
  }

  /** A request as the query of `GET /movies`. @throws ProblemException 400 */
  async #queryOf(
    { filter, sort, order, pageToken }: Listing,
    page: Readonly<Record<string, string | undefined>>,
    { signal }: HandlerContext,
  ): Promise<FindMoviesQuery> {
    const { $typeName, $unknown, person, ...filters }: Partial<MovieFilter> = filter ?? {};
    const given = {
      ...filters,
      person: person && (await personOf(this.#parts.database.until(signal), person)),
      sort: wordOf(MovieSort, sort),
      order: wordOf(SortOrder, order),
      after: pageToken,
      ...page,
    };
    return parseInput(this.#parts.inputs, FindMoviesQuery, textsOf(given));
  }
}

/** A value of a field. */
type Value = string | number | bigint | boolean;

type Listing = Pick<ListMoviesRequest, 'filter' | 'sort' | 'order' | 'pageToken'>;

/** Fields as the query of a URL has them: texts, lists separated by commas, nothing that is not set. */
function textsOf(
  fields: Readonly<Record<string, Value | readonly string[] | undefined>>,
): Record<string, string> {
  const texts = Object.entries(fields).map(
    ([name, value]) => [name, value === undefined ? '' : String(value)] as const,
  );
  return Object.fromEntries(texts.filter(([, text]) => text !== ''));
}

/** The word of a value of an enumeration, as in `GET /movies`; undefined for the unspecified one. */
function wordOf(names: Readonly<Record<number, string>>, value: number): string | undefined {
  return value === 0 ? undefined : (names[value] ?? String(value)).toLowerCase();
}

/** The id of a person who is given by id or by name. @throws ProblemException 400 */
async function personOf(database: Database, given: string): Promise<string> {
  if (imdbIdOf(given) !== null) return given;
  const [found] = await findTexts(database, {
    q: given,
    kinds: ['name'],
    limit: 1,
    depth: 'page',
    isFuzzy: false,
  });
  if (found?.stage === 'exact') return found.id;
  throw faultyInput(
    [{ where: 'person', what: `nobody has the name ${JSON.stringify(given.slice(0, 100))}` }],
    'Expected an IMDb id such as nm0000001, or a whole name.',
  );
}
