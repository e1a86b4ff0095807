import { keysOf, OpenMatch, type MatchListQuery, type SourceRecord } from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import { SqlParameters } from '../../database/parameters.ts';
import type { List } from '../../read-models/lists/list.ts';
import { describeCandidates, type StoredCandidate } from './candidates.ts';
import { factsOf } from './movie-facts.ts';

/** A row of {@link openMatches}. */
interface Row extends Pick<
  OpenMatch,
  'source' | 'record' | 'state' | 'reason' | 'movie' | 'delivery'
> {
  readonly matchedAt: Date;
  readonly canonical: SourceRecord;
  readonly stored: readonly StoredCandidate[];
}

/**
 * Records by their states, with the facts of the record and of its candidates. The index on state,
 * source and id gives their order, and a page ends after its rows; a filter by delivery or reason is
 * bounded by the time limit of a statement.
 */
export function openMatches(
  database: Database,
  {
    state,
    source,
    delivery,
    reason,
  }: Pick<MatchListQuery, 'state' | 'source' | 'delivery' | 'reason'>,
): List {
  const parameters = new SqlParameters();
  const conditions = [
    `m.state = any (${parameters.add(state, 'text[]')})`,
    ...(source === undefined ? [] : [`m.source = ${parameters.add(source, 'text')}`]),
    ...(delivery === undefined ? [] : [`r.delivery = ${parameters.add(delivery, 'int8')}`]),
    ...(reason === undefined ? [] : [`m.reason = ${parameters.add(reason, 'text')}`]),
  ];
  const given = [source, delivery, reason].map((value) => (value === undefined ? '-' : '+'));
  return {
    name: `open matches ${given.join('')}`,
    text: `
      select m.state, m.source, m.record_id as record, m.reason, m.movie, r.delivery, m.matched_at as "matchedAt",
        r.record as canonical, m.candidates as stored
      from sources.match m join sources.record r on r.source = m.source and r.id = m.record_id
      where ${conditions.join(' and ')}`,
    values: parameters.values,
    sort: [
      { column: 'state', type: 'text' },
      { column: 'source', type: 'text' },
      { column: 'record', type: 'text' },
    ],
    describe: async (rows) => describe(database, rows as unknown as readonly Row[]),
    fields: keysOf(OpenMatch),
  };
}

async function describe(database: Database, rows: readonly Row[]): Promise<OpenMatch[]> {
  const candidates = await describeCandidates(
    database,
    rows.map(({ stored }) => stored),
  );
  return rows.map(({ canonical, stored: _, matchedAt, ...match }, i) => ({
    ...match,
    matchedAt: matchedAt.toISOString(),
    facts: factsOf(canonical),
    candidates: candidates[i] ?? [],
  }));
}
