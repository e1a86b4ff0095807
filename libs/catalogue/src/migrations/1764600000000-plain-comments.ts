import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments on tables and columns of `ingest` and `access`, in plain English. */
export class PlainComments1764600000000 implements MigrationInterface {
  readonly name = 'PlainComments1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  /** Comments may stay: nothing depends on them. */
  down(): Promise<void> {
    return Promise.resolve();
  }
}

const STATEMENTS = [
  `comment on table ingest.data_control is 'The published state of each dataset: since when, from which snapshot, with how many rows'`,
  `comment on column ingest.data_control.orphans is 'References to rows that are not published, by column'`,
  `comment on column ingest.data_control.repeats is 'Rejected lines whose key occurs earlier in the snapshot'`,
  `comment on table ingest.hand_write is 'Writes to published tables by others than the loader, since the last full load of each: usually the first write only'`,
  `comment on column ingest.hand_write.written_by is 'The session role, and its application_name'`,
  `comment on table ingest.publication is 'Each publish of a dataset by a run: as changes, or as a whole'`,
  `comment on column ingest.publication.id is 'Its position among the ids of ingest.change: after all changes of its run, before those of the next'`,
  `comment on column ingest.publication.kind is 'changes: the rows are in ingest.change; reload: the table was replaced, and no changes were recorded'`,
  `comment on column ingest.publication.rows is 'Rows of the dataset after the publish'`,
  `comment on table ingest.reject is 'Lines of snapshots that could not be loaded'`,
  `comment on column ingest.reject.raw is 'The bytes of the line, without its newline; at most the first 64 KiB'`,
  `comment on column ingest.reject.raw_text is 'The line as text: U+FFFD for invalid UTF-8, U+2400 for NUL'`,
  `comment on table ingest.run is 'Runs: a download, a load, or both'`,
  `comment on column ingest.run.snapshots is 'For a load: the id of the snapshot of each dataset'`,
  `comment on column ingest.run.error is 'Why the run failed: code, message, hint, dataset'`,
  `comment on column ingest.run.full_load is 'Whether all rows are loaded, even if a refresh would do'`,
  `comment on table ingest.run_step is 'The outcome of each step of an ended run; while a run is running, the queue has its steps'`,
  `comment on column ingest.run_step.note is 'What a refresh changed; or why the dataset was loaded in full instead of refreshed'`,
  `comment on table ingest.snapshot is 'Downloaded, verified versions of datasets; the files are in the snapshot store'`,
  `comment on column ingest.snapshot.removed_at is 'When it was removed from the store; null while it is there'`,
  `comment on table ingest.staged is 'Datasets that are complete in schema imdb_next, ready to be published by their run'`,
  `comment on column ingest.staged.base_snapshot_id is 'If only changes are staged: the snapshot that they apply to'`,
  `comment on table ingest.change is 'The row changes of refreshes, one partition for each run'`,
  `comment on column ingest.change.id is 'Increases with time'`,
  `comment on column ingest.change.key is 'The id of the row, followed by a space and its ordering if it has one'`,
  `comment on column ingest.change.before is 'The row before the change, by column name; null for an insert'`,
  `comment on column ingest.change.after is 'The row after the change; null for a delete'`,
  `comment on table access.audit is 'Requests that could change something; each is recorded before it is done'`,
  `comment on column access.audit.key_id is 'Null if no key was needed, or it was the key of the configuration'`,
  `comment on column access.audit.asked is 'The request body, without its secrets'`,
  `comment on column access.audit.status is 'The status of the answer; null if the process ended before it'`,
  `comment on table access.key is 'Keys of the API; their secrets are not stored'`,
  `comment on column access.key.hash is 'SHA-256 of the secret. A slow hash would protect nothing: 256 random bits cannot be guessed'`,
  `comment on column access.key.last_used_at is 'Accurate to the minute'`,
  `comment on table access.webhook is 'Webhooks, which are called at each publish'`,
  `comment on column access.webhook.secret is 'Signs the deliveries; never shown again'`,
  `comment on column access.webhook.datasets is 'The datasets whose publishes are delivered; null: all'`,
  `comment on column access.webhook.kinds is 'The kinds of change that are delivered: insert, update, delete, reload; null: all'`,
  `comment on column access.webhook.seen_id is 'The last ingest.publication whose deliveries have been made'`,
  `comment on table access.webhook_delivery is 'Deliveries to webhooks, pending and ended: one for each webhook and run'`,
  `comment on column access.webhook_delivery.body is 'Sent byte for byte at every attempt'`,
  `comment on column access.webhook_delivery.tries is 'Attempts begun: one more than the recorded attempts while it is being sent'`,
  `comment on column access.webhook_delivery.next_attempt_at is 'When it is due; while it is being sent, when it counts as lost'`,
];
