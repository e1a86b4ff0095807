import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files that announce themselves: what providers have announced, and what is fetched by schedule. */
export class Receive1765000000000 implements MigrationInterface {
  readonly name = 'Receive1765000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table ingest.run drop column objects');
    await runner.query('drop table sources.poll');
    await runner.query('drop table sources.announcement');
    await runner.query('drop index sources.delivery_failed_idx');
  }
}

// what was delivered outlives a dropped ingest, so the tables may exist
const STATEMENTS = [
  // announcements and deliveries are listed together: they have their ids from one sequence
  `create table if not exists sources.announcement (
    id bigint primary key default nextval('sources.delivery_id_seq'),
    provider text collate "C",
    source text collate "C",
    file text,
    place text collate "C" not null,
    key text collate "C" not null,
    version text collate "C" not null default '',
    sequence text collate "C" not null default '',
    announced_at timestamptz,
    bytes bigint,
    state text not null check (state in ('waiting', 'received', 'taken', 'failed', 'superseded')),
    attempts integer not null default 0,
    error jsonb,
    message text,
    delivery bigint references sources.delivery,
    run_id uuid,
    received_at timestamptz not null default now(),
    ended_at timestamptz,
    retried_by text,
    dead_lettered_at timestamptz,
    unique (place, key, version, sequence)
  )`,
  `comment on table sources.announcement is 'Files that providers have announced: in a bucket, in an SFTP inbox. A repeated announcement finds its row'`,
  `comment on column sources.announcement.place is 'Where the file is: s3://bucket or sftp://host:port; for a message that is not an event, its queue'`,
  `comment on column sources.announcement.file is 'The file of the source, or the dataset of IMDb; null until it is known'`,
  `comment on column sources.announcement.version is 'For an object, its version id, or else etag: and its ETag; for a file in an inbox, its size and time'`,
  `comment on column sources.announcement.sequence is 'Orders the versions of a key as text: S3''s sequencer, padded; without one, the time of the event'`,
  `comment on column sources.announcement.state is 'waiting: not readable yet, or to be retried; received: its run is running; taken: it is a delivery, or was published; failed: see error; superseded: a newer version was taken before it'`,
  `comment on column sources.announcement.message is 'The message of a failed one as it came, to read it again'`,
  `comment on column sources.announcement.retried_by is 'Who asked for a failed one to be read again; null once that is done'`,
  `create index if not exists announcement_quota_idx on sources.announcement (provider, received_at) include (bytes) where state in ('received', 'taken')`,
  `create index if not exists announcement_newest_idx on sources.announcement (source, file, announced_at) where state in ('received', 'taken')`,
  `create index if not exists announcement_open_idx on sources.announcement (id) where state in ('waiting', 'received')`,
  `create index if not exists announcement_failed_idx on sources.announcement (id) where state = 'failed'`,
  'create index if not exists announcement_delivery_idx on sources.announcement (delivery, id)',
  `create index if not exists announcement_listed_idx on sources.announcement (id) where delivery is null`,
  `create index if not exists delivery_failed_idx on sources.delivery (id) where state = 'failed'`,
  `create table if not exists sources.poll (
    source text collate "C" primary key references sources.source on delete cascade,
    url text not null,
    etag text,
    last_modified text,
    cursor text,
    base bytea check (octet_length(base) = 32),
    checked_at timestamptz,
    due_at timestamptz not null default now(),
    failures integer not null default 0,
    error jsonb
  )`,
  `comment on table sources.poll is 'What is fetched by schedule, and up to where: see schedule in the definition of the source'`,
  `comment on column sources.poll.url is 'The URL that the other columns describe: they do not apply to another URL'`,
  `comment on column sources.poll.cursor is 'Up to where the changes of an API have been applied'`,
  `comment on column sources.poll.base is 'SHA-256 of the file with all changes up to the cursor'`,
  `alter table ingest.run add column objects jsonb not null default '{}'`,
  `comment on column ingest.run.objects is 'For an update with announced files: the provider, key and version of the object of each dataset'`,
];
