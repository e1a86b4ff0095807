import {
  SURE_LEAD,
  SURE_SCORE,
  type MatchCandidate,
  type ReconcileCandidate,
  type ReconcileQuery,
  type ReconcileResults,
} from '@marquee/contract';
import { joinFacts, labelOf, years } from '@marquee/contract/title-facts';
import pMap from 'p-map';
import type { Database } from '../../database/database.ts';
import { problemOf } from '../../http/errors/problem.filter.ts';
import { matchTitle } from '../../read-models/title-match/match-title.ts';
import { matchPerson } from './match-person.ts';
import { checkQueries, factsOf } from './query-facts.ts';
import { typesOf, wantedTypes } from './types.ts';

/** Half of the connections for prepared reads, as of a stream of lines: searches go on. */
const CONCURRENCY = 4;
const DEFAULT_LIMIT = 5;
const MAX_LIMIT = 20;
/** Longer texts than titles have are not searched for. */
const MAX_TEXT = 200;

/**
 * The candidates of each query of a batch, the best first. Each query is answered by itself.
 *
 * @throws ProblemException 400 for unknown types or properties, 503 when a query takes too long
 */
export async function answerQueries(
  database: Database,
  queries: Readonly<Record<string, ReconcileQuery>>,
  signal: AbortSignal,
): Promise<ReconcileResults> {
  checkQueries(queries);
  const answers = await pMap(
    Object.entries(queries),
    async ([name, query]) => [name, { result: await candidatesTwice(database, query) }] as const,
    { concurrency: CONCURRENCY, signal },
  );
  return Object.fromEntries(answers);
}

/** Tries again what a busy database has not answered in time: the others would be lost with it. */
async function candidatesTwice(
  database: Database,
  query: ReconcileQuery,
): Promise<ReconcileCandidate[]> {
  try {
    return await candidatesOf(database, query);
  } catch (error) {
    if (problemOf(error).status !== 503) throw error;
    return candidatesOf(database, query);
  }
}

async function candidatesOf(
  database: Database,
  query: ReconcileQuery,
): Promise<ReconcileCandidate[]> {
  const limit = Math.min(MAX_LIMIT, Math.max(1, Math.floor(query.limit ?? DEFAULT_LIMIT)));
  const { titles, people } = wantedTypes(query.type ?? []);
  const facts = factsOf(query);
  const [name, ...names] = [(query.query ?? '').trim().slice(0, MAX_TEXT), ...facts.names].filter(
    (text) => text !== '',
  );
  // the best of both, so that one too near to another is seen
  const found: ReconcileCandidate[] = [];
  if (titles !== null && (name !== undefined || facts.ids.length > 0)) {
    const { year, runtimeMinutes, director, ids } = facts;
    const { items } = await matchTitle(database, {
      title: name,
      names,
      titleType: titles,
      year,
      runtimeMinutes,
      director,
      ids: ids.length === 0 ? undefined : [...ids],
      limit: MAX_LIMIT,
    });
    found.push(...items.map(ofMovie));
  }
  if (people && name !== undefined) found.push(...(await matchPerson(database, name, facts)));
  return withDecision(found.toSorted((a, b) => b.score - a.score)).slice(0, limit);
}

/** The first candidate is the one if it is good and leads by enough, as in `GET /match`. */
function withDecision(sorted: readonly ReconcileCandidate[]): ReconcileCandidate[] {
  const [first, second] = sorted;
  const isSure =
    first !== undefined &&
    first.score >= SURE_SCORE * 100 &&
    first.score - (second?.score ?? 0) >= SURE_LEAD * 100;
  return sorted.map((candidate, i) => ({ ...candidate, match: isSure && i === 0 }));
}

function ofMovie({ movie, name, year, type, score, reasons, title }: MatchCandidate) {
  const { title: kind, similarity, yearDifference, runtimeDifference, director } = reasons;
  const episode = title?.episodeOf?.primaryTitle;
  return {
    id: movie,
    name: name ?? movie,
    description: joinFacts(
      labelOf(type),
      years(year, title?.endYear),
      title?.genres?.join(', '),
      episode,
    ),
    type: typesOf(type),
    score: Math.round(score * 1000) / 10,
    features: [
      { id: 'similarity', value: similarity },
      { id: 'isEqual', value: kind !== 'near' },
      ...featureOf('yearDifference', yearDifference),
      ...featureOf('runtimeDifference', runtimeDifference),
      ...featureOf('director', director),
      { id: 'votes', value: title?.numVotes ?? 0 },
    ],
    match: false,
  };
}

function featureOf(id: string, value: number | boolean | null) {
  return value === null ? [] : [{ id, value }];
}
