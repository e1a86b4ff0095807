import type { DataSource } from 'typeorm';
import { ProblemException } from '../../problems/problem-exception.ts';

/** Takes a delivery back: its records go with the next extraction. One taken back stays so. */
export async function withdrawDelivery(
  dataSource: DataSource,
  id: number,
  by: string,
): Promise<void> {
  await dataSource.query(
    `update sources.delivery set state = 'withdrawn', withdrawn_at = now(), withdrawn_by = $2::text
     where id = $1::int8 and state <> 'withdrawn'`,
    [id, by],
  );
}

/**
 * Takes a delivery again, also one that failed or was taken back.
 *
 * @param ignoreGates the gates that it may pass this time
 * @throws ProblemException 409 when a newer one of the same file counts: it would stay in force
 */
export async function takeDelivery(
  dataSource: DataSource,
  id: number,
  ignoreGates: readonly string[],
): Promise<void> {
  const [newer] = await dataSource.query<{ id: string; file: string }[]>(
    `select newer.id, newer.file
     from sources.delivery d
       join sources.delivery newer on newer.source = d.source and newer.file = d.file and newer.id > d.id
     where d.id = $1::int8 and newer.state in ('received', 'taken')
     order by newer.id desc limit 1`,
    [id],
  );
  if (newer !== undefined)
    throw new ProblemException({
      status: 409,
      code: 'newer-delivery',
      detail: `Delivery ${newer.id} of the file ${newer.file} is newer than ${id}, and stays in force.`,
      hint: `Take delivery ${newer.id} back first, or deliver the file of ${id} once more.`,
    });
  await dataSource.query(
    `update sources.delivery
     set state = 'received', error = null, withdrawn_at = null, withdrawn_by = null, ignore_gates = $2::text[]
     where id = $1::int8`,
    [id, ignoreGates],
  );
}
