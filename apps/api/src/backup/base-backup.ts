import type { Writable } from 'node:stream';
import { UserError } from '@marquee/process';
import type { Client, Connection, Submittable } from 'pg';

/** A base backup, as the server describes it. */
export interface BaseBackup {
  /** The first file of WAL that recovery needs, such as `000000010000000000000003`. */
  readonly startWal: string;
}

/**
 * Writes a base backup of a whole server, as pg_basebackup does: its files as tar, with the WAL that
 * makes them consistent. It takes no memory to speak of.
 *
 * @param client with `replication: 'database'`, as a role with REPLICATION
 * @param output gets the tar archive; it is not ended
 * @throws UserError if the server's settings do not allow it
 */
export async function baseBackup(client: Client, output: Writable): Promise<BaseBackup> {
  const { rows } = await client.query<{ level: string; senders: string }>(
    `select current_setting('wal_level') as level, current_setting('max_wal_senders') as senders`,
  );
  const { level, senders } = rows[0] ?? { level: 'minimal', senders: '0' };
  if (level === 'minimal' || senders === '0')
    throw new UserError(
      `The server has wal_level = ${level} and max_wal_senders = ${senders}: it has no WAL to recover to a time.`,
      {
        hint: 'Set wal_level = replica, max_wal_senders = 4, archive_mode = on and archive_command, and restart it. make backup works with any settings.',
        code: 'wal-level',
      },
    );
  const query = new BaseBackupQuery(output);
  client.query(query);
  return query.done;
}

/**
 * The command BASE_BACKUP, whose answer is rows, then messages of COPY, then rows. Each message begins
 * with its kind: n begins an archive, d has bytes of it, p is progress.
 */
class BaseBackupQuery implements Submittable {
  readonly done: Promise<BaseBackup>;
  readonly #output: Writable;
  readonly #settle: PromiseWithResolvers<BaseBackup>;
  #startWal = '';
  #archives = 0;
  #isPaused = false;
  #error: Error | null = null;

  constructor(output: Writable) {
    this.#output = output;
    this.#settle = Promise.withResolvers();
    this.done = this.#settle.promise;
  }

  submit(connection: Connection): void {
    const options = `LABEL 'marquee', CHECKPOINT 'fast', WAL true, MANIFEST 'no'`;
    connection.query(`BASE_BACKUP (${options})`);
  }

  handleRowDescription(): void {
    // the columns are known: position and timeline, tablespaces, end
  }

  handleDataRow({ fields }: { fields: (Buffer | string | null)[] }): void {
    const [position, timeline] = fields.map(String);
    if (this.#startWal === '') this.#startWal = walFile(position ?? '', Number(timeline));
  }

  handleCopyData({ chunk }: { chunk: Buffer }, connection: Connection): void {
    const kind = String.fromCharCode(chunk[0] ?? 0);
    if (kind === 'n') this.#archives++;
    if (kind !== 'd' || this.#error !== null) return;
    // a tablespace of its own would be a second archive
    if (this.#archives > 1) {
      this.#error = new Error('The server has tablespaces: back it up with pg_basebackup.');
      return;
    }
    // a copy: the parser of the connection uses its memory again
    if (this.#output.write(Buffer.from(chunk.subarray(1))) || this.#isPaused) return;
    // what has arrived already still comes
    this.#isPaused = true;
    connection.stream.pause();
    this.#output.once('drain', () => {
      this.#isPaused = false;
      connection.stream.resume();
    });
  }

  handleCommandComplete(): void {
    // one for each part of the answer
  }

  handleError(error: Error): void {
    this.#error ??= error;
    this.#settle.reject(this.#error);
  }

  handleReadyForQuery(): void {
    if (this.#error === null) this.#settle.resolve({ startWal: this.#startWal });
    else this.#settle.reject(this.#error);
  }
}

/** The file that has a position of the WAL, in files of 16 MB. @param position such as `0/3000028` */
function walFile(position: string, timeline: number): string {
  const [high = '0', low = '0'] = position.split('/');
  const segment = Math.floor(parseInt(low, 16) / 2 ** 24);
  const digits = (number: number) => number.toString(16).toUpperCase().padStart(8, '0');
  return digits(timeline) + digits(parseInt(high, 16)) + digits(segment);
}
