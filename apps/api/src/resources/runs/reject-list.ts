import { keysOf, Reject, type RejectQuery } from '@marquee/contract';
import type { List } from '../../read-models/lists/list.ts';

/** The rejected lines of a run, in the order in which it read them. */
export function rejectsOf(runId: string, { dataset }: Pick<RejectQuery, 'dataset'>): List {
  return {
    name: 'rejects',
    text: `select id as "_id", id::text, dataset, snapshot_id as "snapshotId", line, raw_text as raw, reason
      from ingest.reject where run_id = $1::uuid and ($2::text is null or dataset = $2::text)`,
    values: [runId, dataset ?? null],
    // sorted by the number: as the text that is shown, 10 would come before 9
    sort: [{ column: '_id', type: 'int8' }],
    fields: keysOf(Reject),
  };
}
