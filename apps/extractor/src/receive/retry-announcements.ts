import type { Pool } from 'pg';
import type { Announcement } from './announcement.ts';
import type { ObjectTaker } from './take-messages.ts';

/** How many are retried at once; the others are at the next time. */
const BATCH = 100;

interface RetriedAnnouncement extends Announcement {
  readonly id: number;
  readonly message: string | null;
  readonly retriedBy: string;
}

/**
 * Takes failed announcements of buckets again that people want to be retried. Their messages are in
 * no queue any more; those of inboxes are found by the scan.
 */
export async function retryAnnouncements(pool: Pool, taker: ObjectTaker): Promise<void> {
  const { rows } = await pool.query<RetriedAnnouncement>(
    `select id::int, place, key, version, sequence, announced_at as "announcedAt", bytes::float8, message, retried_by as "retriedBy"
     from sources.announcement
     where state = 'waiting' and retried_by is not null and place not like 'sftp://%'
     order by id limit $1::int`,
    [BATCH],
  );
  for (const { id, message, retriedBy, ...announcement } of rows) {
    if (message === null) {
      const bucket = announcement.place.slice('s3://'.length);
      await taker.takeObjects([{ bucket, announcement }], retriedBy);
    } else {
      // if it is an event by now, its objects have rows of their own
      const parts = await taker.takeMessages(
        [{ id: announcement.key, body: message }],
        announcement.place,
      );
      const isStillNone = parts
        .get(announcement.key)
        ?.some(
          (part) =>
            part.announcement.key === announcement.key &&
            part.announcement.place === announcement.place,
        );
      if (isStillNone !== true)
        await pool.query(
          `update sources.announcement set state = 'superseded', retried_by = null, ended_at = now() where id = $1::bigint`,
          [id],
        );
    }
  }
}
