import { inTransaction } from '@marquee/catalogue';
import type { Pool, PoolClient } from 'pg';
import type { Announcement, ProvidedFile, Fault } from './announcement.ts';

/** What the database knows of an announcement. */
export interface KnownAnnouncement {
  readonly id: number;
  readonly state: 'waiting' | 'received' | 'taken' | 'failed' | 'superseded';
  readonly attempts: number;
  readonly error: Fault | null;
  readonly isDeadLettered: boolean;
}

/** The row of an announcement; null if it is new. */
export async function findAnnouncement(
  client: Pick<Pool, 'query'>,
  { place, key, version, sequence }: Announcement,
): Promise<KnownAnnouncement | null> {
  const { rows } = await client.query<KnownAnnouncement>(
    `select id::int, state, attempts, error, dead_lettered_at is not null as "isDeadLettered"
     from sources.announcement
     where place = $1::text and key = $2::text and version = $3::text and sequence = $4::text`,
    [place, key, version, sequence],
  );
  return rows[0] ?? null;
}

/** Whether an announcement has been dealt with: its repetition changes nothing. */
export function isSettled(known: KnownAnnouncement | null): boolean {
  return known !== null && known.state !== 'waiting' && known.state !== 'failed';
}

/** A change of an announcement's row; what is left out stays, or is empty at first. */
export interface AnnouncementChange {
  readonly state: KnownAnnouncement['state'];
  readonly file?: string;
  readonly bytes?: number;
  readonly delivery?: number;
  readonly run?: string;
  readonly error?: Fault;
  /** The message as it came, for one that has failed. */
  readonly message?: string;
  /** Whether this was one more attempt that counts. */
  readonly isAttempt?: boolean;
}

/** Adds or changes the row of an announcement. */
export async function writeAnnouncement(
  client: Pick<Pool, 'query'>,
  { provider, announcement }: Pick<ProvidedFile, 'announcement'> & { provider: Named | null },
  change: AnnouncementChange,
): Promise<void> {
  const { place, key, version, sequence, announcedAt, bytes } = announcement;
  const isWaiting = change.state === 'waiting';
  await client.query(
    `insert into sources.announcement as old
       (provider, source, place, key, version, sequence, announced_at, bytes, state, file, delivery, run_id, error, message, attempts, ended_at)
     values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::timestamptz, $8::bigint, $9::text,
       $10::text, $11::bigint, $12::uuid, $13::jsonb, $14::text, $15::int, case when $16::boolean then now() end)
     on conflict (place, key, version, sequence) do update
       set provider = excluded.provider, source = excluded.source, state = excluded.state, bytes = coalesce(excluded.bytes, old.bytes),
         file = coalesce(excluded.file, old.file), delivery = excluded.delivery, run_id = excluded.run_id,
         error = excluded.error, message = coalesce(excluded.message, old.message), attempts = old.attempts + excluded.attempts,
         ended_at = excluded.ended_at, retried_by = case when excluded.state = 'waiting' then old.retried_by end
       -- another process may have taken it meanwhile
       where old.state in ('waiting', 'failed')`,
    [
      provider?.id ?? null,
      provider?.delivers ?? null,
      place,
      key,
      version,
      sequence,
      announcedAt,
      change.bytes ?? bytes,
      change.state,
      change.file ?? null,
      change.delivery ?? null,
      change.run ?? null,
      change.error === undefined ? null : JSON.stringify(change.error),
      change.message?.replaceAll('\0', '\u2400') ?? null,
      change.isAttempt === true ? 1 : 0,
      !isWaiting && change.state !== 'received',
    ],
  );
}

interface Named {
  readonly id: string;
  readonly delivers: string;
}

/** Notes that a failed announcement is in the dead-letter queue. */
export async function noteDeadLetter(pool: Pool, announcement: Announcement): Promise<void> {
  const { place, key, version, sequence } = announcement;
  await pool.query(
    `update sources.announcement set dead_lettered_at = now()
     where place = $1::text and key = $2::text and version = $3::text and sequence = $4::text`,
    [place, key, version, sequence],
  );
}

/**
 * Does work in a transaction that no other process does for the same file of a source.
 *
 * @param work gets null if the announcement is settled by now, or if a newer one was taken before
 *   it: the latter is committed as superseded
 */
export async function whileFirst<T>(
  pool: Pool,
  provided: ProvidedFile,
  file: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T | null> {
  const { provider, announcement } = provided;
  return inTransaction(pool, async (client) => {
    await lockFile(client, provider.delivers, file);
    if (isSettled(await findAnnouncement(client, announcement))) return null;
    if (await hasNewer(client, provided, file)) {
      await writeAnnouncement(client, provided, { state: 'superseded', file });
      return null;
    }
    return work(client);
  });
}

/** Waits for others that take the same file of a source. */
export async function lockFile(client: PoolClient, source: string, file: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0))', [
    `announcement ${source}/${file}`,
  ]);
}

/**
 * Whether a newer version was taken: of the same key, one with a higher sequence; of another key with
 * the same file, one that was announced later. Two index scans.
 */
export async function hasNewer(
  client: PoolClient,
  { provider, announcement }: ProvidedFile,
  file: string,
): Promise<boolean> {
  const { place, key, sequence, announcedAt } = announcement;
  const { rowCount } = await client.query(
    `select from sources.announcement
     where place = $1::text and key = $2::text and sequence > $3::text and state in ('received', 'taken')
     union all
     select from sources.announcement
     where source = $4::text and file = $5::text and announced_at > $6::timestamptz and state in ('received', 'taken')
       and (place, key) <> ($1::text, $2::text)
     limit 1`,
    [place, key, sequence, provider.delivers, file, announcedAt],
  );
  return rowCount === 1;
}

/** Writes who delivered what to the audit log. @param made the path of the delivery or run */
export async function audit(
  client: PoolClient,
  { provider, announcement, retriedBy }: ProvidedFile,
  made: string,
): Promise<void> {
  const { place, key, version, bytes } = announcement;
  await client.query(
    `insert into access.audit (key_name, method, path, asked, status, made_id)
     values ($1::text, 'DELIVER', $2::text, $3::jsonb, 202, $4::text)`,
    [
      provider.id,
      `${place}/${key}`,
      JSON.stringify({ source: provider.delivers, version, bytes, retriedBy }),
      made,
    ],
  );
}

/** Deliveries of a provider within the last day, which count against its quota. */
export async function deliveredToday(
  pool: Pool,
  provider: string,
): Promise<{ files: number; bytes: number }> {
  const { rows } = await pool.query<{ files: number; bytes: number }>(
    `select count(*)::int as files, coalesce(sum(bytes), 0)::float8 as bytes from sources.announcement
     where provider = $1::text and received_at > now() - interval '1 day' and state in ('received', 'taken')`,
    [provider],
  );
  return rows[0] ?? { files: 0, bytes: 0 };
}

/** Ends the announcements whose run has ended. */
export async function settleRuns(pool: Pool): Promise<void> {
  await pool.query(
    `update sources.announcement a
     set state = case when r.state = 'succeeded' then 'taken' else 'failed' end, ended_at = r.ended_at,
       error = case when r.state = 'failed' then jsonb_build_object('code', r.error ->> 'code', 'message', r.error ->> 'message', 'hint', r.error ->> 'hint') end
     from ingest.run r
     where a.state = 'received' and r.id = a.run_id and r.state <> 'running'`,
  );
}
