import { aggregate } from '@marquee/aggregator';
import type { SourceRecord } from '@marquee/contract';
import type { System } from './system.ts';

/** What a source tells of a movie. */
export type Told = readonly [source: string, record: string, content: SourceRecord];

const SOURCE = `
  insert into sources.source (id, definition, definition_hash, origin, priority)
  values ($1, '{}', sha256('{}'), 'api', 10) on conflict do nothing`;
const DELIVERY = `
  insert into sources.delivery (source, file, name, sha256, bytes, received_at, received_by, state)
  select $1, 'movies', 'movies.csv', sha256('{}'), 2, '2026-08-15T06:15:00Z', 'ada', 'taken'
  where not exists (select from sources.delivery where source = $1)`;
const RECORD = `
  insert into sources.record (source, id, delivery, line, hash, record, raw)
  select $1, $2, (select max(id) from sources.delivery where source = $1), 1, sha256(convert_to($3::text, 'UTF8')), $3::jsonb, '{}'
  on conflict (source, id) do update set record = excluded.record, hash = excluded.hash`;
const MATCH = `
  insert into sources.match (source, record_id, movie, state, method, rule_version) values ($1, $2, $3, 'matched', 'id', 1)
  on conflict do nothing`;
const MARK = `insert into movies.pending (movie, cause) values ($1, '{"kind": "record"}') on conflict do nothing`;

/** Has sources tell of a movie, as if their records were matched with it, and merges it. */
export async function tellOf(system: System, movie: string, told: readonly Told[]): Promise<void> {
  for (const [source, record, content] of told) {
    await system.query(SOURCE, [source]);
    await system.query(DELIVERY, [source]);
    await system.query(RECORD, [source, record, JSON.stringify(content)]);
    await system.query(MATCH, [source, record, movie]);
  }
  await system.query(MARK, [movie]);
  await merge(system);
}

/** Has the aggregator do all that is to be done. */
export async function merge(system: System): Promise<void> {
  await aggregate(system.database.pool, new AbortController().signal);
}
