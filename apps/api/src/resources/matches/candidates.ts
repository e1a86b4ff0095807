import type { MatchFacts, RecordCandidate } from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import { factsOf, factsOfMovies } from './movie-facts.ts';

/** A candidate as `sources.match` has it. */
export interface StoredCandidate {
  readonly movie: string;
  readonly source?: string | null;
  readonly record?: string | null;
  readonly title?: string | null;
  readonly year?: number | null;
  readonly score?: number | null;
  readonly parts?: RecordCandidate['parts'];
}

/** Candidates of several records with the facts of their movies, read at once. */
export async function describeCandidates(
  database: Database,
  candidates: readonly (readonly StoredCandidate[])[],
): Promise<RecordCandidate[][]> {
  const ids = new Set(candidates.flat().map(({ movie }) => movie));
  const facts = await factsOfMovies(database, [...ids]);
  return candidates.map((ofRecord) => ofRecord.map((candidate) => describe(candidate, facts)));
}

function describe(
  { movie, source = null, record = null, title, year, score = null, parts = null }: StoredCandidate,
  facts: ReadonlyMap<string, MatchFacts>,
): RecordCandidate {
  return {
    movie,
    source,
    record,
    score,
    parts,
    // a movie that is not merged yet has what the matcher noted
    facts: facts.get(movie) ?? factsOf({ title, year }),
  };
}
