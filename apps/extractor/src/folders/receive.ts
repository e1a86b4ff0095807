import type { Pool } from 'pg';
import type { StoredFile } from '@marquee/snapshots';

/** A file that arrived. */
export interface Arrival extends StoredFile {
  readonly source: string;
  readonly file: string;
  readonly name: string;
}

/**
 * Records a file of a folder as a delivery, unless the last one of this name is the same file, also
 * if that was withdrawn: the folder tells nothing new then.
 *
 * @returns whether it is a new delivery
 */
export async function receive(pool: Pool, arrival: Arrival): Promise<boolean> {
  const { source, file, name, sha256, bytes } = arrival;
  const { rowCount } = await pool.query(
    `insert into sources.delivery (source, file, name, sha256, bytes, received_by)
     select $1::text, $2::text, $3::text, decode($4::text, 'hex'), $5::bigint, 'folder'
     where decode($4::text, 'hex') is distinct from (
       select sha256 from sources.delivery
       where source = $1::text and file = $2::text and name = $3::text
       order by id desc limit 1
     )`,
    [source, file, name, sha256, bytes],
  );
  return rowCount === 1;
}
