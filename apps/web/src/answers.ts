import type {
  Aka,
  ChangePage,
  Costar,
  Credit,
  Disk,
  Episode,
  Facets,
  FilmographyCredit,
  FoundTitle,
  Name,
  Problem,
  Published,
  Reject,
  Run,
  RunAccepted,
  SearchPage,
  Season,
  SimilarTitle,
  Stats,
  Suggestions,
  Title,
} from '@marquee/contract';
import {
  useInfiniteQuery,
  useQuery,
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import type { z } from 'zod';
import { sessionKey } from './session-key.ts';

/** A page of a list whose items have all their fields. */
export interface ListOf<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** What the API answers, by a name for the kind of answer. */
export interface Answers {
  akas: ListOf<z.infer<typeof Aka>>;
  changes: ChangePage;
  costars: ListOf<z.infer<typeof Costar>>;
  credits: ListOf<z.infer<typeof Credit>>;
  disk: Disk;
  episodes: ListOf<Episode>;
  facets: Facets;
  filmography: ListOf<z.infer<typeof FilmographyCredit>>;
  name: z.infer<typeof Name>;
  published: Published;
  rejects: ListOf<z.infer<typeof Reject>>;
  run: Run;
  accepted: RunAccepted;
  runs: ListOf<Run>;
  search: SearchPage;
  seasons: ListOf<z.infer<typeof Season>>;
  similar: ListOf<z.infer<typeof SimilarTitle>>;
  stats: Stats;
  suggestions: Suggestions;
  title: z.infer<typeof Title>;
  titles: ListOf<FoundTitle>;
}

/** The kinds of answers that are pages, with the type of their items. */
export type Lists = {
  [K in keyof Answers as Answers[K] extends ListOf<unknown> ? K : never]: Answers[K] extends ListOf<
    infer T
  >
    ? T
    : never;
};

/** A refusal of the API, with what it says is to be done. */
export class Refusal extends Error {
  readonly problem: Pick<Problem, 'status' | 'code' | 'detail' | 'hint' | 'runId'>;

  constructor(problem: Refusal['problem']) {
    super(problem.detail);
    this.problem = problem;
  }
}

/**
 * Whether there was no answer, or only somebody's who could not reach the server or its database:
 * another time there may be one.
 */
export function isUnreachable(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    (error instanceof Refusal &&
      [502, 503, 504].includes(error.problem.status) &&
      UNREACHABLE.has(error.problem.code))
  );
}

const UNREACHABLE: ReadonlySet<string> = new Set(['unknown', 'unavailable', 'stopping']);

/** The headers of every request: the key, where there is one. */
export function headers(): Record<string, string> {
  const key = sessionKey();
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

/** @throws Refusal when the answer is none of the good ones */
export async function expectGood(response: Response): Promise<Response> {
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === 'object' && body !== null && 'detail' in body)
    throw new Refusal(body as Problem);
  throw new Refusal({
    status: response.status,
    code: 'unknown',
    detail: `The server answered with ${response.status} and no word of why.`,
    hint: 'Its log may say more.',
  });
}

/**
 * Asks the API.
 *
 * @param kind what it is known to answer at this path
 * @throws Refusal; TypeError when it cannot be reached
 */
export async function ask<K extends keyof Answers>(
  kind: K,
  path: string,
  signal?: AbortSignal,
): Promise<Answers[K]> {
  const response = await expectGood(
    await fetch(path, {
      headers: { accept: 'application/json', ...headers() },
      signal: signal ?? null,
    }),
  );
  return readAs(kind, response);
}

/** Asks for something to be done. @throws Refusal; TypeError when the API cannot be reached */
export async function order<K extends keyof Answers>(
  kind: K,
  path: string,
  body: object = {},
): Promise<Answers[K]> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers() },
    body: JSON.stringify(body),
  });
  return readAs(kind, await expectGood(response));
}

/** What the API answers has the shape that its contract says; the kind names it. */
async function readAs<K extends keyof Answers>(_: K, response: Response): Promise<Answers[K]> {
  return (await response.json()) as Answers[K];
}

/** What changes by the minute. */
const ALWAYS_NEW: ReadonlySet<keyof Answers> = new Set(['runs', 'published', 'disk']);
/** All else changes with a publish. */
const KEPT_MS = 60_000;

/** An answer of the API, kept for a while. A path of null asks for nothing. */
export function useAnswer<K extends keyof Answers>(
  kind: K,
  path: string | null,
): UseQueryResult<Answers[K]> {
  return useQuery<Answers[K]>({
    queryKey: [kind, path],
    queryFn: async ({ signal }) => ask(kind, path ?? '', signal),
    enabled: path !== null,
    staleTime: ALWAYS_NEW.has(kind) ? 0 : KEPT_MS,
  });
}

/** A list of the API, page by page. */
export function useList<K extends keyof Lists>(
  kind: K,
  path: string,
): UseInfiniteQueryResult<InfiniteData<Answers[K]>> {
  return useInfiniteQuery({
    queryKey: [kind, 'pages', path],
    queryFn: async ({ pageParam, signal }) =>
      ask(
        kind,
        pageParam === null
          ? path
          : `${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(pageParam)}`,
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }: ListOf<unknown>) => next,
  });
}
