import { AnyDelivery, keysOf } from '@marquee/contract';
import type { DataSource } from 'typeorm';
import type { Database } from '../../database/database.ts';
import { notFound, ProblemException } from '../../problems/problem-exception.ts';
import type { List } from '../../read-models/lists/list.ts';

/** A delivery as {@link selectAll} selects it. */
interface AnyDeliveryRow extends Omit<AnyDelivery, 'receivedAt'> {
  readonly receivedAt: Date;
}

/**
 * The deliveries of all sources, and the announcements that became none. Both have their ids from one
 * sequence, so that a page is a merge of two index scans; those of failed ones are small.
 *
 * @param condition on the columns that both tables have
 */
function selectAll(condition: (table: string) => string): string {
  return `
    select d.id, '/sources/' || d.source || '/deliveries/' || d.id as url, d.source, d.name,
      (select a.place || '/' || a.key from sources.announcement a where a.delivery = d.id order by a.id limit 1) as place,
      d.bytes, d.received_at as "receivedAt", d.received_by as "receivedBy", d.state, 0 as attempts, null::text as run,
      d.error - 'target' as error
    from sources.delivery d
    where ${condition('d')}
    union all
    select a.id, '/deliveries/' || a.id, a.source, regexp_replace(a.key, '^.*/', ''), a.place || '/' || a.key,
      a.bytes, a.received_at, a.provider, a.state, a.attempts, '/runs/' || a.run_id, a.error
    from sources.announcement a
    where a.delivery is null and ${condition('a')}`;
}

/** The deliveries of all sources, newest first. @param state only those in this state */
export function allDeliveries(state: AnyDelivery['state'] | undefined): List {
  return {
    name: `all deliveries${state === undefined ? '' : ` ${state}`}`,
    // the state is one of an enumeration; as a constant, it lets the planner choose its index
    text: selectAll((table) => (state === undefined ? 'true' : `${table}.state = '${state}'`)),
    values: [],
    sort: [{ column: 'id', type: 'int8', descending: true }],
    describe: async (rows) =>
      Promise.resolve(rows.map((row) => describe(row as unknown as AnyDeliveryRow))),
    fields: keysOf(AnyDelivery),
  };
}

/** One of them. @throws ProblemException 404 */
export async function readAnyDelivery(database: Database, id: number): Promise<AnyDelivery> {
  const [row] = await database.read<AnyDeliveryRow>(
    { name: 'any delivery', text: selectAll((table) => `${table}.id = $1::int8`) },
    [id],
  );
  if (row === undefined) throw notFound('delivery', String(id), 'GET /deliveries lists them.');
  return describe(row);
}

/**
 * Has the extractor take a failed announcement again.
 *
 * @param by who wants it; the quota of the provider does not count then
 * @throws ProblemException 409 if it has not failed
 */
export async function retryAnnouncement(
  dataSource: DataSource,
  id: number,
  by: string,
): Promise<void> {
  const [, changed] = await dataSource.query<[object[], number]>(
    `update sources.announcement
     set state = 'waiting', retried_by = $2::text, attempts = 0, error = null, ended_at = null, run_id = null
     where id = $1::int8 and state = 'failed'`,
    [id, by],
  );
  if (changed === 0) throw notFailed(id);
}

/** The 409 for a retry of what has not failed. */
export function notFailed(id: number): ProblemException {
  return new ProblemException({
    status: 409,
    code: 'not-failed',
    detail: `Delivery ${id} has not failed.`,
    hint: `GET /deliveries/${id} shows its state; GET /deliveries?state=failed lists those that can be retried.`,
  });
}

function describe({ receivedAt, ...delivery }: AnyDeliveryRow): AnyDelivery {
  return { ...delivery, receivedAt: receivedAt.toISOString() };
}
