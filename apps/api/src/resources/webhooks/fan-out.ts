import type { ChangeKind, PublishedEvent } from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import type { DataSource, EntityManager } from 'typeorm';
import { writeFeedCursor } from '../changes/feed-position.ts';

interface Waiting {
  readonly id: string;
  readonly datasets: DatasetName[] | null;
  readonly kinds: ChangeKind[] | null;
  readonly seen: string;
}

interface Publication {
  readonly id: string;
  readonly runId: string;
  readonly at: Date;
  /** The place in the change feed before the run's first entry. */
  readonly start: number;
  readonly part: PublishedEvent['data']['datasets'][number];
}

/**
 * Makes the deliveries of what was published since the last time: one for each webhook and run,
 * however many processes do it at once, and however often they are broken off.
 */
export async function fanOut(dataSource: DataSource): Promise<void> {
  await dataSource.transaction(async (manager) => {
    const webhooks: Waiting[] = await manager.query(
      `select id, datasets, kinds, seen_id as seen from access.webhook
       where active and seen_id < (select max(id) from ingest.publication) for update skip locked`,
    );
    for (const webhook of webhooks) await fanOutTo(manager, webhook);
  });
}

/** How long what became of a delivery can be read. */
const KEPT = '30 days';

async function fanOutTo(
  manager: EntityManager,
  { id, datasets, kinds, seen }: Waiting,
): Promise<void> {
  const publications: Publication[] = await manager.query(
    `select p.id, p.run_id as "runId", p.at, (select coalesce(max(b.id), 0) from ingest.publication b where b.id < p.id and b.run_id <> p.run_id)::float8 as start,
       json_build_object('dataset', dataset, 'kind', kind, 'inserted', inserted, 'updated', updated, 'deleted', deleted, 'rows', rows, 'snapshotId', snapshot_id) as part
     from ingest.publication p where p.id > $1::bigint order by p.id`,
    [seen],
  );
  for (const [runId, parts] of Map.groupBy(publications, (publication) => publication.runId)) {
    const wanted = parts.filter(
      ({ part }) =>
        (datasets === null || datasets.includes(part.dataset)) &&
        (kinds === null || hasKind(part, kinds)),
    );
    if (wanted.length === 0) continue;
    await manager.query(
      `insert into access.webhook_delivery (id, webhook_id, run_id, type, body) values (uuidv7(), $1::uuid, $2::uuid, 'catalogue.published', $3::text)
       on conflict (webhook_id, run_id) do nothing`,
      [id, runId, JSON.stringify(eventOf(runId, wanted, datasets))],
    );
  }
  await manager.query(
    `delete from access.webhook_delivery where webhook_id = $1::uuid and ended_at < now() - interval '${KEPT}'`,
    [id],
  );
  await manager.query('update access.webhook set seen_id = $2::bigint where id = $1::uuid', [
    id,
    publications.at(-1)?.id ?? seen,
  ]);
}

function hasKind(
  { kind, inserted, updated, deleted }: Publication['part'],
  kinds: readonly ChangeKind[],
): boolean {
  if (kind === 'reload') return kinds.includes('reload');
  return (
    (kinds.includes('insert') && inserted > 0) ||
    (kinds.includes('update') && updated > 0) ||
    (kinds.includes('delete') && deleted > 0)
  );
}

function eventOf(
  runId: string,
  parts: readonly Publication[],
  datasets: readonly DatasetName[] | null,
): PublishedEvent {
  const cursor = writeFeedCursor(parts[0]?.start ?? 0);
  return {
    type: 'catalogue.published',
    timestamp: (parts.at(-1)?.at ?? new Date()).toISOString(),
    data: {
      runId,
      datasets: parts.map(({ part }) => part),
      cursor,
      changes: `/changes?since=${cursor}${datasets === null ? '' : `&dataset=${datasets.join(',')}`}`,
    },
  };
}
