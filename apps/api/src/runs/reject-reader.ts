import type { RejectPage, RejectQuery } from '@marquee/contract';
import type { DataSource } from 'typeorm';
import { pageOf } from '../page.ts';

const SELECT_REJECTS = `
  select reject.id::text, dataset, snapshot_id as "snapshotId", line::float8 as line, raw_text as raw, reason
  from ingest.reject
  where run_id = $1::uuid and ($2::text is null or dataset = $2::text) and reject.id > $3::bigint
  -- the column, not what is selected of it, which is text: 10 would come before 9
  order by reject.id
  limit $4::int`;

/** The lines that a run could not take, in the order in which they were met. */
export async function readRejects(dataSource: DataSource, runId: string, { dataset, limit, after }: RejectQuery): Promise<RejectPage> {
  const rows = await dataSource.query<RejectPage['items']>(SELECT_REJECTS, [runId, dataset ?? null, after ?? '0', limit + 1]);
  return pageOf(rows, limit, ({ id }) => id);
}
