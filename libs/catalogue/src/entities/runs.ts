import type { DatasetName } from '@marquee/datasets';
import type { Gate, Run, RunError, RunStep } from '@marquee/contract';
import type { AnnouncedObject } from '@marquee/snapshots/providers';
import { Column, CreateDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { NUMBER } from './transformers.ts';

/** `ingest.run` */
@Entity({ schema: 'ingest', name: 'run' })
export class RunEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  kind!: Run['kind'];

  @Column('text', { default: 'running' })
  state!: Run['state'];

  @Column('text', { array: true })
  datasets!: DatasetName[];

  @Column('text', { name: 'ignore_gates', array: true })
  ignoreGates!: Gate[];

  /** For a load: which snapshot of each dataset. */
  @Column('jsonb')
  snapshots!: Partial<Record<DatasetName, string>>;

  /** For an update with announced files: the object of each dataset. */
  @Column('jsonb', { default: {} })
  objects!: Partial<Record<DatasetName, AnnouncedObject>>;

  @Column('boolean', { name: 'full_load' })
  fullLoad!: boolean;

  @CreateDateColumn({ type: 'timestamptz', name: 'requested_at' })
  requestedAt!: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('jsonb', { nullable: true })
  error!: RunError | null;
}

/** `ingest.run_step`: how the parts of an ended run went. */
@Entity({ schema: 'ingest', name: 'run_step' })
export class RunStepEntity {
  @PrimaryColumn('uuid', { name: 'run_id' })
  runId!: string;

  @PrimaryColumn('text')
  job!: RunStep['job'];

  @PrimaryColumn('text')
  dataset!: DatasetName;

  @Column('text')
  state!: RunStep['state'];

  @Column('text', { nullable: true })
  phase!: string | null;

  @Column('text', { nullable: true })
  note!: string | null;

  @Column('bigint', { name: 'bytes_done', transformer: NUMBER })
  bytesDone!: number;

  @Column('bigint', { name: 'bytes_total', nullable: true, transformer: NUMBER })
  bytesTotal!: number | null;

  @Column('bigint', { name: 'rows_done', transformer: NUMBER })
  rowsDone!: number;

  @Column('bigint', { name: 'rows_total', nullable: true, transformer: NUMBER })
  rowsTotal!: number | null;

  @Column('bigint', { transformer: NUMBER })
  rejects!: number;

  @Column('text', { name: 'snapshot_id', nullable: true })
  snapshotId!: string | null;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('jsonb', { nullable: true })
  error!: RunError | null;
}
