import { keysOf, Reject, type RejectQuery } from '@marquee/contract';
import type { List } from '../../read-models/lists/list.ts';

/** The lines that a run could not take, in the order in which they were met. */
export function rejectsOf(runId: string, { dataset }: Pick<RejectQuery, 'dataset'>): List {
  return {
    name: 'rejects',
    text: `select id as "_id", id::text, dataset, snapshot_id as "snapshotId", line, raw_text as raw, reason
      from ingest.reject where run_id = $1::uuid and ($2::text is null or dataset = $2::text)`,
    values: [runId, dataset ?? null],
    // the number, not what is shown of it, which is text: 10 would come before 9
    sort: [{ column: '_id', type: 'int8' }],
    fields: keysOf(Reject),
  };
}
