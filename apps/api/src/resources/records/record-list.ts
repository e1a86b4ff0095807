import {
  keysOf,
  RecordSummary,
  type MatchState,
  type RecordDetails,
  type RecordMatch,
  type SourceRecord,
} from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import type { List } from '../../read-models/lists/list.ts';
import { describeCandidates, type StoredCandidate } from '../matches/candidates.ts';

/** A record as {@link COLUMNS} select it; without a match, the columns of one are null. */
interface RecordRow
  extends Omit<RecordSummary, 'match' | 'changedAt'>, Omit<RecordMatch, 'state' | 'matchedAt'> {
  readonly changedAt: Date;
  readonly state: MatchState | null;
  readonly matchedAt: Date | null;
}

const COLUMNS = `
  r.source, r.id, r.record ->> 'title' as title, (r.record ->> 'year')::int4 as year, r.delivery, r.line, r.changed_at as "changedAt",
  m.state, m.movie, m.method, m.score, m.parts, m.reason, m.decision, m.matched_at as "matchedAt"`;

/**
 * The records of a source by their ids, or those in some states by state and id: the order of an
 * index, so that a page ends after its rows.
 */
export function recordsOfSource(source: string, states: readonly MatchState[] | undefined): List {
  const common = {
    values: [source, ...(states === undefined ? [] : [states])],
    describe: async (rows: readonly object[]) =>
      Promise.resolve((rows as readonly RecordRow[]).map(describeRecord)),
    fields: keysOf(RecordSummary),
  };
  return states === undefined
    ? {
        ...common,
        name: 'records',
        text: `
          select ${COLUMNS}
          from sources.record r left join sources.match m on m.source = r.source and m.record_id = r.id
          where r.source = $1::text`,
        sort: [{ column: 'id', type: 'text' }],
      }
    : {
        ...common,
        name: 'records in states',
        text: `
          select ${COLUMNS}, m.record_id as "_record"
          from sources.match m join sources.record r on r.source = m.source and r.id = m.record_id
          where m.source = $1::text and m.state = any ($2::text[])`,
        sort: [
          { column: 'state', type: 'text' },
          { column: '_record', type: 'text' },
        ],
      };
}

/** A record with its row, its match and its candidates. @throws ProblemException 404 */
export async function readRecord(
  database: Database,
  source: string,
  id: string,
): Promise<RecordDetails> {
  const [row] = await database.read<
    RecordRow & {
      readonly canonical: SourceRecord;
      readonly raw: unknown;
      readonly stored: readonly StoredCandidate[];
    }
  >(
    {
      name: 'record',
      text: `
        select ${COLUMNS}, r.record as canonical, r.raw, coalesce(m.candidates, '[]') as stored
        from sources.record r left join sources.match m on m.source = r.source and m.record_id = r.id
        where r.source = $1::text and r.id = $2::text`,
    },
    [source, id],
  );
  if (row === undefined)
    throw new ProblemException({
      status: 404,
      code: 'not-found',
      detail: `The source ${source} has no record ${id}.`,
      hint: `GET /sources/${source}/records lists them.`,
    });
  const [candidates = []] = await describeCandidates(database, [row.stored]);
  return { ...describeRecord(row), record: row.canonical, raw: row.raw, candidates };
}

function describeRecord(row: RecordRow): RecordSummary {
  const { source, id, title, year, delivery, line, changedAt, state, matchedAt } = row;
  const { movie, method, score, parts, reason, decision } = row;
  return {
    source,
    id,
    title,
    year,
    delivery,
    line,
    changedAt: changedAt.toISOString(),
    match:
      state === null || matchedAt === null
        ? null
        : {
            state,
            movie,
            method,
            score,
            parts,
            reason,
            decision,
            matchedAt: matchedAt.toISOString(),
          },
  };
}
