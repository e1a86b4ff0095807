import type { DatasetName } from '@marquee/datasets';
import { Column, Entity, ManyToOne, JoinColumn, PrimaryColumn, VirtualColumn } from 'typeorm';
import { NUMBER } from './transformers.ts';

/**
 * A time with its microseconds, as ISO 8601 in UTC. A Date has milliseconds: a publish is later than
 * its own time cut to those, and `GET /changes?since=` that time would repeat it.
 */
const exactTime = (column: string) => (row: string) =>
  `to_json(${row}.${column} at time zone 'UTC') #>> '{}' || 'Z'`;

/** `ingest.snapshot`: a downloaded, verified version of a dataset. */
@Entity({ schema: 'ingest', name: 'snapshot' })
export class SnapshotEntity {
  @PrimaryColumn('text', { collation: 'C' })
  id!: string;

  @Column('text')
  dataset!: DatasetName;

  @Column('text')
  url!: string;

  @Column('text', { nullable: true })
  etag!: string | null;

  @Column('text', { name: 'last_modified', nullable: true })
  lastModified!: string | null;

  /** Of the archive. */
  @Column('bigint', { transformer: NUMBER })
  bytes!: number;

  /** Of the file in it. */
  @Column('bigint', { name: 'raw_bytes', transformer: NUMBER })
  rawBytes!: number;

  @Column('text')
  sha256!: string;

  @Column('bigint', { transformer: NUMBER })
  rows!: number;

  @Column('timestamptz', { name: 'fetched_at' })
  fetchedAt!: Date;

  /** `fetched_at` to the microsecond. */
  @VirtualColumn({ type: 'text', query: exactTime('fetched_at') })
  fetchedAtExactly!: string;

  /** Null while it is in the store. */
  @Column('timestamptz', { name: 'removed_at', nullable: true })
  removedAt!: Date | null;

  @VirtualColumn({
    type: 'boolean',
    query: (row) =>
      `exists (select from ingest.data_control published where published.snapshot_id = ${row}.id)`,
  })
  isPublished!: boolean;
}

/** `ingest.data_control`: what is published of a dataset. */
@Entity({ schema: 'ingest', name: 'data_control' })
export class DataControlEntity {
  @PrimaryColumn('text')
  dataset!: DatasetName;

  @Column('text')
  status!: 'empty' | 'published';

  @Column('timestamptz', { name: 'upload_date', nullable: true })
  uploadDate!: Date | null;

  /** `upload_date` to the microsecond. */
  @VirtualColumn({ type: 'text', query: exactTime('upload_date') })
  uploadDateExactly!: string | null;

  @Column('text', { name: 'snapshot_id', nullable: true })
  snapshotId!: string | null;

  @ManyToOne(() => SnapshotEntity, { nullable: true })
  @JoinColumn({ name: 'snapshot_id' })
  snapshot?: SnapshotEntity | null;

  @Column('uuid', { name: 'run_id', nullable: true })
  runId!: string | null;

  @Column('bigint', { transformer: NUMBER })
  rows!: number;

  @Column('bigint', { transformer: NUMBER })
  rejects!: number;

  /** References that lead to no published row, by SQL column. */
  @Column('jsonb')
  orphans!: Record<string, number>;

  /** The run after which orphans were counted. */
  @Column('uuid', { name: 'orphans_of', nullable: true })
  orphansOf!: string | null;

  /** Rejects whose key came before in the snapshot. */
  @Column('bigint', { transformer: NUMBER })
  repeats!: number;

  /** Rows updated or deleted since the table was last vacuumed. */
  @Column('bigint', { transformer: NUMBER })
  churn!: number;
}
