import type {
  ChangeKind,
  Role,
  WebhookAttempt,
  WebhookDelivery,
  WebhookEvent,
  WebhookFormat,
} from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { NUMBER } from './transformers.ts';

/** `access.key`: a key of the API. */
@Entity({ schema: 'access', name: 'key' })
export class KeyEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  role!: Role;

  /** SHA-256 of the secret. Selected only when it is asked for. */
  @Column('bytea', { select: false })
  hash!: Buffer;

  /** Its limit; null for the server's own. */
  @Column('integer', { name: 'requests_per_minute', nullable: true })
  requestsPerMinute!: number | null;

  /** The only source that it may deliver to; null for what its role may do. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  source!: string | null;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** To the minute. */
  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;
}

/** `access.audit`: a request that could change something. */
@Entity({ schema: 'access', name: 'audit' })
export class AuditEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @CreateDateColumn({ type: 'timestamptz' })
  at!: Date;

  @Column('text', { name: 'request_id', nullable: true })
  requestId!: string | null;

  /** Null where no key was needed, and for the key of the configuration. */
  @Column('uuid', { name: 'key_id', nullable: true })
  keyId!: string | null;

  /** Of a person who has signed in, their own. */
  @Column('text', { name: 'key_name', nullable: true })
  keyName!: string | null;

  /** The provider that has signed the person in; null for keys. */
  @Column('text', { nullable: true })
  issuer!: string | null;

  /** The person, as the provider identifies them; null for keys. */
  @Column('text', { nullable: true })
  subject!: string | null;

  @Column('text', { nullable: true })
  address!: string | null;

  @Column('text')
  method!: string;

  @Column('text')
  path!: string;

  /** The body, any JSON, without its secrets. */
  @Column('jsonb', { nullable: true })
  asked!: object | string | number | boolean | null;

  /** Of the answer; null when the process ended before it. */
  @Column('integer', { nullable: true })
  status!: number | null;

  @Column('text', { name: 'made_id', nullable: true })
  madeId!: string | null;
}

/** `access.webhook` */
@Entity({ schema: 'access', name: 'webhook' })
export class WebhookEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  url!: string;

  /** Signs the deliveries. Selected only when it is asked for. */
  @Column('bytea', { select: false })
  secret!: Buffer;

  /** Signs them too, for a time after the secret has changed. */
  @Column('bytea', { name: 'previous_secret', nullable: true, select: false })
  previousSecret!: Buffer | null;

  @Column('timestamptz', { name: 'previous_secret_until', nullable: true })
  previousSecretUntil!: Date | null;

  /** Null for all. */
  @Column('text', { array: true, nullable: true })
  datasets!: DatasetName[] | null;

  /** Null for all. */
  @Column('text', { array: true, nullable: true })
  kinds!: ChangeKind[] | null;

  @Column('boolean')
  active!: boolean;

  /** The types of events that it is told of. */
  @Column('text', { array: true })
  events!: WebhookEvent[];

  @Column('text')
  format!: WebhookFormat;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  /** The last `ingest.publication` whose deliveries have been made. */
  @Column('bigint', { name: 'seen_id', transformer: NUMBER })
  seenId!: number;

  /** The last `movies.change` whose deliveries have been made. */
  @Column('bigint', { name: 'seen_movie_change', transformer: NUMBER })
  seenMovieChange!: number;

  /** The last position among events whose deliveries have been made. */
  @Column('bigint', { name: 'seen_event', transformer: NUMBER })
  seenEvent!: number;
}

/** `access.webhook_delivery`: one delivery for each webhook and run. */
@Entity({ schema: 'access', name: 'webhook_delivery' })
export class WebhookDeliveryEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'webhook_id' })
  webhookId!: string;

  /** The run that published; null for a test. */
  @Column('uuid', { name: 'run_id', nullable: true })
  runId!: string | null;

  @Column('text')
  type!: WebhookDelivery['type'];

  /** Sent byte for byte at every attempt. */
  @Column('text')
  body!: string;

  @Column('text', { default: 'waiting' })
  state!: WebhookDelivery['state'];

  /** Attempts begun: one more than ended ones while it is being sent. */
  @Column('integer', { default: 0 })
  tries!: number;

  @Column('jsonb', { default: [] })
  attempts!: WebhookAttempt[];

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  /** When it is due; while it is being sent, when it counts as lost. Null once it has ended. */
  @Column('timestamptz', { name: 'next_attempt_at', nullable: true, default: () => 'now()' })
  nextAttemptAt!: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;
}
