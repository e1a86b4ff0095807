import { Delivery, keysOf } from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import type { List } from '../../read-models/lists/list.ts';
import { notFound } from '../../problems/problem-exception.ts';
import { matchCountsOf, type StateCounts } from './match-counts.ts';

/** A delivery as {@link DELIVERIES} selects it. */
export interface DeliveryRow extends Omit<
  Delivery,
  'matches' | 'receivedAt' | 'takenAt' | 'withdrawnAt'
> {
  readonly receivedAt: Date;
  readonly takenAt: Date | null;
  readonly withdrawnAt: Date | null;
  readonly counts: StateCounts | null;
}

/** Deliveries with all of their facts. `is_current`: the newest of its file that was taken. */
export const DELIVERIES = `
  select d.id, '/sources/' || d.source || '/deliveries/' || d.id as url, d.source, d.file, d.name,
    encode(d.sha256, 'hex') as sha256, d.bytes, d.received_at as "receivedAt", d.received_by as "receivedBy", d.state,
    d.state = 'taken' and not exists (
      select from sources.delivery newer
      where newer.source = d.source and newer.file = d.file and newer.id > d.id and newer.state = 'taken'
    ) as "isCurrent",
    d.rows, d.records, d.added, d.changed, d.removed, d.rejects, d.ignore_gates as "ignoreGates", d.error - 'target' as error,
    d.taken_at as "takenAt", d.withdrawn_at as "withdrawnAt", d.withdrawn_by as "withdrawnBy",
    case when d.taken_at is not null then coalesce(c.deliveries -> d.id::text, '{}') end as counts
  from sources.delivery d left join sources.match_count c on c.source = d.source`;

/** A delivery as the API answers it. */
export function describeDelivery({
  counts,
  receivedAt,
  takenAt,
  withdrawnAt,
  ...delivery
}: DeliveryRow): Delivery {
  return {
    ...delivery,
    receivedAt: receivedAt.toISOString(),
    takenAt: takenAt?.toISOString() ?? null,
    withdrawnAt: withdrawnAt?.toISOString() ?? null,
    matches: counts === null ? null : matchCountsOf([counts]),
  };
}

/** The deliveries of a source, newest first. @param state only those in this state */
export function deliveriesOfSource(source: string, state: Delivery['state'] | undefined): List {
  const only = state === undefined ? '' : ' and d.state = $2::text';
  return {
    name: `source deliveries${state === undefined ? '' : ' in a state'}`,
    text: `${DELIVERIES} where d.source = $1::text${only}`,
    values: [source, ...(state === undefined ? [] : [state])],
    sort: [{ column: 'id', type: 'int8', descending: true }],
    describe: async (rows) =>
      Promise.resolve(rows.map((row) => describeDelivery(row as unknown as DeliveryRow))),
    fields: keysOf(Delivery),
  };
}

/** The newest deliveries of a source, oldest first. The index on source and id bounds it. */
export async function newestDeliveries(
  database: Database,
  source: string,
  limit: number,
): Promise<Delivery[]> {
  const rows = await database.read<DeliveryRow>(
    {
      name: 'newest deliveries',
      text: `${DELIVERIES} where d.source = $1::text order by d.id desc limit $2::int8`,
    },
    [source, limit],
  );
  return rows.map(describeDelivery).reverse();
}

/** A delivery of a source. @throws ProblemException 404 */
export async function readDelivery(
  database: Database,
  source: string,
  id: number,
): Promise<Delivery> {
  const [row] = await database.read<DeliveryRow>(
    { name: 'delivery', text: `${DELIVERIES} where d.source = $1::text and d.id = $2::int8` },
    [source, id],
  );
  if (row === undefined)
    throw notFound('delivery', String(id), `GET /sources/${source}/deliveries lists them.`);
  return describeDelivery(row);
}

/** The rows of a delivery that could not be read, in the order of the file. */
export function rejectsOfDelivery(id: number): List {
  return {
    name: 'delivery rejects',
    text: 'select line, reason, raw from sources.reject where delivery = $1::int8',
    values: [id],
    sort: [{ column: 'line', type: 'int4' }],
    fields: ['line', 'reason', 'raw'],
  };
}
