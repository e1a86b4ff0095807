/** A file of a source, in the store. */
export interface StoredDelivery {
  readonly source: string;
  /** Which file of the definition it is. */
  readonly file: string;
  readonly name: string;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  readonly receivedBy: string;
  readonly ignoreGates?: readonly string[];
}

/** A connection inside a transaction. */
interface Transaction {
  query<R>(statement: string, values: readonly unknown[]): Promise<readonly R[]>;
}

/**
 * Which delivery of a file counts as the same if it has the same content.
 *
 * - `newest`: the newest of its file that nobody has taken back. An older one does not count: the
 *   content becomes the newest again.
 * - `last-of-name`: the last of this name, also if it was taken back. A folder that still has the
 *   file tells nothing new.
 * - `none`: the same file is a delivery of its own.
 */
export type SameDelivery = 'newest' | 'last-of-name' | 'none';

/**
 * Records that a file has come, by whatever way. The same file again is the delivery that is there.
 * Part of the caller's transaction, so that what belongs to it is recorded with it.
 */
export async function recordDelivery(
  transaction: Transaction,
  { source, file, name, sha256, bytes, receivedBy, ignoreGates = [] }: StoredDelivery,
  same: SameDelivery,
): Promise<{ id: number; isNew: boolean }> {
  // the same file twice at once is one delivery
  await transaction.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0))', [
    `delivery ${source}/${file}`,
  ]);
  const [last] =
    same === 'none'
      ? []
      : await transaction.query<{ id: string; sha256: string }>(LAST[same], [
          source,
          file,
          ...(same === 'newest' ? [] : [name]),
        ]);
  if (last?.sha256 === sha256) return { id: Number(last.id), isNew: false };
  const [inserted] = await transaction.query<{ id: string }>(
    `insert into sources.delivery (source, file, name, sha256, bytes, received_by, ignore_gates)
     values ($1::text, $2::text, $3::text, decode($4::text, 'hex'), $5::bigint, $6::text, $7::text[])
     returning id`,
    [source, file, name, sha256, bytes, receivedBy, ignoreGates],
  );
  return { id: Number(inserted?.id), isNew: true };
}

const LAST = {
  newest: `
    select id, encode(sha256, 'hex') as sha256 from sources.delivery
    where source = $1::text and file = $2::text and state <> 'withdrawn'
    order by id desc limit 1`,
  'last-of-name': `
    select id, encode(sha256, 'hex') as sha256 from sources.delivery
    where source = $1::text and file = $2::text and name = $3::text
    order by id desc limit 1`,
};
