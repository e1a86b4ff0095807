import type { DataSource } from 'typeorm';
import { ProblemException } from '../../problems/problem-exception.ts';

/** A file of a source, in the store. */
export interface StoredDelivery {
  readonly source: string;
  readonly file: string;
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly receivedBy: string;
  readonly ignoreGates: readonly string[];
}

/**
 * Records that a file has come. The same file again is the delivery that is there: the newest of its
 * file that nobody has taken back. An older one with the same content does not count, because the
 * content becomes the newest again.
 *
 * @param again whether the same file is a delivery of its own
 */
export async function insertDelivery(
  dataSource: DataSource,
  { source, file, name, sha256, bytes, receivedBy, ignoreGates }: StoredDelivery,
  again: boolean,
): Promise<{ id: number; isNew: boolean }> {
  return dataSource.transaction(async (manager) => {
    // two uploads of the same file at once are one delivery
    await manager.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0))', [
      `delivery ${source}/${file}`,
    ]);
    const [newest] = again
      ? []
      : await manager.query<{ id: string; sha256: string }[]>(
          `select id, encode(sha256, 'hex') as sha256 from sources.delivery
           where source = $1::text and file = $2::text and state <> 'withdrawn'
           order by id desc limit 1`,
          [source, file],
        );
    if (newest?.sha256 === sha256) return { id: Number(newest.id), isNew: false };
    const [inserted] = await manager.query<[{ id: string }]>(
      `insert into sources.delivery (source, file, name, sha256, bytes, received_by, ignore_gates)
       values ($1::text, $2::text, $3::text, decode($4::text, 'hex'), $5::int8, $6::text, $7::text[])
       returning id`,
      [source, file, name, sha256, bytes, receivedBy, ignoreGates],
    );
    return { id: Number(inserted.id), isNew: true };
  });
}

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
