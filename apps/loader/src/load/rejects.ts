import type { DatasetName } from '@marquee/datasets';
import type { Pool } from 'pg';
import type { Reject } from './encode/row-encoder.ts';
import { MAX_KEPT_REJECTS } from './thread/reject-buffer.ts';

/** Rejects per insert statement. */
const BATCH = 500;

/**
 * Writes the rejects of one load to `ingest.reject`, outside the load's transaction: they are to be
 * read when it fails.
 */
export class RejectStore {
  readonly #pool: Pool;
  readonly #of: { runId: string; dataset: DatasetName; snapshotId: string };
  #batch: Reject[] = [];
  #stored = 0;

  constructor(pool: Pool, of: { runId: string; dataset: DatasetName; snapshotId: string }) {
    this.#pool = pool;
    this.#of = of;
  }

  /** Deletes what an earlier attempt at the same load has written. */
  async clear(): Promise<void> {
    this.#batch = [];
    this.#stored = 0;
    await this.#pool.query(
      'delete from ingest.reject where run_id = $1::uuid and dataset = $2::text',
      [this.#of.runId, this.#of.dataset],
    );
  }

  /** @param reject from a thread: a Buffer sent from there arrives as a Uint8Array */
  add({ line, raw, reason }: Omit<Reject, 'raw'> & { readonly raw: Uint8Array }): void {
    if (this.#stored + this.#batch.length < MAX_KEPT_REJECTS)
      this.#batch.push({ line, raw: Buffer.from(raw), reason });
  }

  /** Writes the full batches; with `all`, the last one too. */
  async flush({ all }: { all: boolean }): Promise<void> {
    while (this.#batch.length > 0 && (all || this.#batch.length >= BATCH))
      await this.#write(this.#batch.splice(0, BATCH));
  }

  async #write(batch: readonly Reject[]): Promise<void> {
    this.#stored += batch.length;
    await this.#pool.query(
      `insert into ingest.reject (run_id, dataset, snapshot_id, line, raw, raw_text, reason)
       select $1::uuid, $2::text, $3::text, line, raw, raw_text, reason
       from unnest($4::bigint[], $5::bytea[], $6::text[], $7::text[]) as batch (line, raw, raw_text, reason)`,
      [
        this.#of.runId,
        this.#of.dataset,
        this.#of.snapshotId,
        batch.map(({ line }) => line),
        batch.map(({ raw }) => raw),
        batch.map(({ raw }) => raw.toString().replaceAll('\0', '\u2400')),
        batch.map(({ reason }) => reason),
      ],
    );
  }
}
