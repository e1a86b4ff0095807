import type {
  Aka,
  Costar,
  Credit,
  Decision,
  Delivery,
  DeliveryReject,
  Disk,
  EpisodeGrid,
  Facets,
  FileCheck,
  FoundTitle,
  ListedMovie,
  Movie,
  MovieExplanation,
  Name,
  NameSummary,
  OpenMatch,
  PictureList,
  Problem,
  ProfitGroup,
  ProfitPage,
  Provenance,
  Published,
  Rating,
  RatingHistory,
  RecordDetails,
  RecordSummary,
  Reject,
  RuleList,
  Run,
  RunAccepted,
  RunChanges,
  SearchPage,
  Session,
  SignedOut,
  SimilarTitle,
  SourceDetails,
  SourceList,
  Stats,
  Suggestions,
  Title,
  Work,
} from '@marquee/contract';
import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryOptions,
  type UseQueryResult,
} from '@tanstack/react-query';
import type { z } from 'zod';
import { takePreloaded } from './preload.ts';

/** One page of a list whose items have all fields. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Response types of the API, by a name for each kind. */
export interface ApiResponses {
  akas: ListPage<z.infer<typeof Aka>>;
  costars: ListPage<z.infer<typeof Costar>>;
  credits: ListPage<z.infer<typeof Credit>>;
  decision: Decision;
  decisions: ListPage<Decision>;
  deliveries: ListPage<Delivery>;
  delivery: Delivery;
  deliveryRejects: ListPage<DeliveryReject>;
  disk: Disk;
  episodeGrid: EpisodeGrid;
  explanation: MovieExplanation;
  facets: Facets;
  fileCheck: FileCheck;
  matches: ListPage<OpenMatch> & { readonly total?: number };
  movers: ListPage<FoundTitle & { readonly previous: Rating | null }>;
  movie: Movie & { readonly provenance?: Provenance; readonly poster?: string | null };
  movies: ListPage<ListedMovie>;
  name: z.infer<typeof Name>;
  newTitles: ListPage<FoundTitle>;
  pictures: PictureList;
  profit: Omit<z.infer<typeof ProfitPage>, 'items'> & ListPage<ProfitGroup>;
  published: Published;
  ratingHistory: RatingHistory;
  record: RecordDetails;
  records: ListPage<RecordSummary>;
  rejects: ListPage<z.infer<typeof Reject>>;
  rules: RuleList;
  run: Run;
  accepted: RunAccepted;
  runChanges: RunChanges;
  runs: ListPage<Run>;
  search: SearchPage;
  session: z.infer<typeof Session>;
  signedOut: SignedOut;
  source: SourceDetails;
  sources: SourceList;
  similar: ListPage<z.infer<typeof SimilarTitle>>;
  stats: Stats;
  suggestions: Suggestions;
  summary: NameSummary;
  /** With the parts that the site includes: of a list, all fields. */
  title: Omit<z.infer<typeof Title>, 'principals'> & {
    readonly principals?: ListPage<z.infer<typeof Credit>>;
  };
  titles: ListPage<FoundTitle>;
  works: ListPage<Work>;
}

/** Item types of the kinds that are paged lists. */
export type ListItems = {
  [
    K in keyof ApiResponses as ApiResponses[K] extends ListPage<unknown> ? K : never
  ]: ApiResponses[K] extends ListPage<infer T> ? T : never;
};

/** An error response of the API, with its problem document. */
export class ApiError extends Error {
  readonly problem: Pick<Problem, 'status' | 'code' | 'detail' | 'hint' | 'runId'>;

  constructor(problem: ApiError['problem']) {
    super(problem.detail);
    this.problem = problem;
  }
}

/**
 * Whether the server or its database could not be reached: no response, or one of a proxy in
 * between. A retry may succeed.
 */
export function isUnreachable(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    (error instanceof ApiError &&
      [502, 503, 504].includes(error.problem.status) &&
      UNREACHABLE_CODES.has(error.problem.code))
  );
}

const UNREACHABLE_CODES: ReadonlySet<string> = new Set(['unknown', 'unavailable', 'stopping']);

/** Whether the API refused the parameters of a request. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 400;
}

/** @throws ApiError for a response outside of 200 to 299 */
export async function expectOk(response: Response): Promise<Response> {
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === 'object' && body !== null && 'detail' in body)
    throw new ApiError(body as Problem);
  throw new ApiError({
    status: response.status,
    code: 'unknown',
    detail: `The server answered with status ${response.status} and no explanation.`,
    hint: 'Its log may say more.',
  });
}

/**
 * Requests a resource of the API.
 *
 * @param kind type of the response at this path
 * @throws ApiError; TypeError if the server cannot be reached
 */
export async function getJson<K extends keyof ApiResponses>(
  kind: K,
  path: string,
  signal?: AbortSignal,
): Promise<ApiResponses[K]> {
  const response = await expectOk(
    await fetch(path, {
      headers: { accept: 'application/json' },
      signal: signal ?? null,
    }),
  );
  return jsonAs(kind, response);
}

/** Posts a command to the API. @throws ApiError; TypeError if the server cannot be reached */
export async function postJson<K extends keyof ApiResponses>(
  kind: K,
  path: string,
  body: object = {},
): Promise<ApiResponses[K]> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return jsonAs(kind, await expectOk(response));
}

/**
 * Posts a file as it is.
 *
 * @returns the response with its status
 * @throws ApiError; TypeError if the server cannot be reached
 */
export async function postFile<K extends keyof ApiResponses>(
  kind: K,
  path: string,
  file: File,
): Promise<{ readonly status: number; readonly body: ApiResponses[K] }> {
  const response = await expectOk(
    await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: file,
    }),
  );
  return { status: response.status, body: await jsonAs(kind, response) };
}

/** Puts a resource of the API. @throws ApiError; TypeError if the server cannot be reached */
export async function putJson(path: string, body: object): Promise<void> {
  const response = await fetch(path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await expectOk(response);
}

/** Deletes a resource of the API. @throws ApiError; TypeError if the server cannot be reached */
export async function deleteResource(path: string): Promise<void> {
  await expectOk(await fetch(path, { method: 'DELETE' }));
}

/** Reads a response as the type of its kind. Not validated: API and site are deployed together. */
async function jsonAs<K extends keyof ApiResponses>(
  _: K,
  response: Response,
): Promise<ApiResponses[K]> {
  return (await response.json()) as ApiResponses[K];
}

/** Kinds that change at any time. A page that shows one several times requests it once. */
const VOLATILE: ReadonlySet<keyof ApiResponses> = new Set([
  'runs',
  'published',
  'disk',
  'source',
  'deliveries',
  'delivery',
  'records',
  'matches',
  'decisions',
  'movie',
  'explanation',
]);
const VOLATILE_MS = 2000;
/** How often an open page asks for them again. */
const VOLATILE_REFETCH_MS = 10_000;
/** All others change only with a publish, or a delivery. */
const STALE_MS = 60_000;

/**
 * A cached response of the API. A path of null requests nothing. If the path changes, the previous
 * response stays until the new one is there (`isPlaceholderData`), so that nothing blanks.
 *
 * @param live asks again every few seconds, or after so many milliseconds, while the page is
 *   visible
 */
export function useApi<K extends keyof ApiResponses>(
  kind: K,
  path: string | null,
  { live = false }: { readonly live?: boolean | number } = {},
): UseQueryResult<ApiResponses[K]> {
  const options: UseQueryOptions<ApiResponses[K]> = {
    queryKey: [kind, path],
    queryFn: async ({ signal }) => getJson(kind, path ?? '', signal),
    enabled: path !== null,
    staleTime: VOLATILE.has(kind) ? VOLATILE_MS : STALE_MS,
    refetchInterval: live === true ? VOLATILE_REFETCH_MS : live,
    // not validated, as other responses
    initialData: () => takePreloaded(path) as ApiResponses[K] | undefined,
    ...(path === null ? {} : { placeholderData: keepPreviousData }),
  };
  return useQuery(options);
}

/**
 * A list of the API, fetched page by page. A path of null requests nothing. If the path changes, the
 * previous list stays until the new one is there.
 *
 * @param first its first page, if another answer had it
 */
export function useApiList<K extends keyof ListItems>(
  kind: K,
  path: string | null,
  first?: ApiResponses[K],
): UseInfiniteQueryResult<InfiniteData<ApiResponses[K]>> {
  return useInfiniteQuery<
    ApiResponses[K],
    Error,
    InfiniteData<ApiResponses[K]>,
    readonly unknown[],
    string | null
  >({
    queryKey: [kind, 'pages', path],
    queryFn: async ({ pageParam, signal }) =>
      getJson(
        kind,
        pageParam === null
          ? (path ?? '')
          : `${path ?? ''}${path?.includes('?') ? '&' : '?'}after=${encodeURIComponent(pageParam)}`,
        signal,
      ),
    initialPageParam: null,
    getNextPageParam: ({ next }) => next,
    enabled: path !== null,
    initialData: () => {
      const page = first ?? (takePreloaded(path) as ApiResponses[K] | undefined);
      return page === undefined ? undefined : { pages: [page], pageParams: [null] };
    },
    ...(path === null ? {} : { placeholderData: keepPreviousData }),
  });
}
