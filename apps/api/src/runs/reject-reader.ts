import type { RejectPage, RejectQuery } from '@marquee/contract';
import type { DataSource } from 'typeorm';
import { pageOf } from '../page.ts';

const SELECT_REJECTS = `
  select id::text, dataset, snapshot_id as "snapshotId", line::float8 as line, raw_text as raw, reason
  from ingest.reject
  where run_id = $1::uuid and ($2::text is null or dataset = $2::text) and id > $3::bigint
  order by id
  limit $4::int`;

/** The lines that a run could not take, in the order in which they were met. */
export async function readRejects(dataSource: DataSource, runId: string, { dataset, limit, after }: RejectQuery): Promise<RejectPage> {
  const rows = await dataSource.query<RejectPage['items']>(SELECT_REJECTS, [runId, dataset ?? null, after ?? '0', limit + 1]);
  return pageOf(rows, limit, ({ id }) => id);
}
