import { z } from 'zod';
import { etagVersion, AnnouncementError, type Announcement } from './announcement.ts';

/** An announced object: the announcement without its provider, and the record as it came. */
export interface ObjectEvent {
  readonly bucket: string;
  readonly announcement: Announcement;
  /** For the dead-letter queue: a message with this event alone. */
  readonly message: string;
}

/** S3's sequencers have different lengths: the shorter is padded with zeros, and both are compared as text. */
const SEQUENCER_DIGITS = 64;

/** The longest key and the longest id of a version in S3. An index of announcements has both. */
const MAX_TEXT_BYTES = 1024;
const MAX_SHOWN_CHARACTERS = 100;

const Text = z.string().refine(isText, `expected text of at most ${MAX_TEXT_BYTES} bytes`);
const S3Object = z.object({
  // encoded, it may be longer
  key: z.string().min(1),
  size: z.int().nonnegative().optional(),
  eTag: Text.optional(),
  versionId: Text.optional(),
  sequencer: Text.max(SEQUENCER_DIGITS).optional(),
});
const S3Record = z.object({
  eventName: z.string(),
  eventTime: z.string().optional(),
  s3: z.object({ bucket: z.object({ name: Text }), object: S3Object }).optional(),
});
const S3Message = z.object({ Records: z.array(z.unknown()) });
const TestMessage = z.object({ Event: z.literal('s3:TestEvent') });
/** A topic of SNS between bucket and queue. */
const Notification = z.object({ Type: z.literal('Notification'), Message: z.string() });

/**
 * The new objects of a message that a bucket has sent, by a topic or not. Test events, removals and
 * folders have none.
 *
 * @throws AnnouncementError for a message that is no event of a bucket
 */
export function objectEvents(body: string): ObjectEvent[] {
  const json = parseJson(body);
  const notification = Notification.safeParse(json);
  if (notification.success) return objectEvents(notification.data.Message);
  if (TestMessage.safeParse(json).success) return [];
  const message = S3Message.safeParse(json);
  if (!message.success) throw notAnEvent('it has no Records');
  return message.data.Records.flatMap((record) => objectEvent(record) ?? []);
}

function objectEvent(json: unknown): ObjectEvent | null {
  const record = S3Record.safeParse(json);
  if (!record.success) throw notAnEvent(z.prettifyError(record.error).replaceAll('\n', ' '));
  const { eventName, eventTime, s3 } = record.data;
  if (!/^(s3:)?ObjectCreated:/u.test(eventName)) return null;
  if (s3 === undefined) throw notAnEvent('its record names no object');
  const { bucket, object } = s3;
  const time = timeOf(eventTime ?? '');
  const key = decodeKey(object.key);
  if (key.endsWith('/')) return null;
  return {
    bucket: bucket.name,
    announcement: {
      place: `s3://${bucket.name}`,
      key,
      version: object.versionId ?? (object.eTag === undefined ? '' : etagVersion(object.eTag)),
      // stores other than S3 may send no sequencer
      sequence:
        object.sequencer?.toUpperCase().padEnd(SEQUENCER_DIGITS, '0') ?? time?.toISOString() ?? '',
      announcedAt: time,
      bytes: object.size ?? null,
    },
    message: JSON.stringify({ Records: [json] }),
  };
}

/**
 * Parses the time of an event as UTC if it has no zone, as of some stores; null if it is invalid, or
 * its year has not four digits, as those of times that compare as text have.
 */
function timeOf(text: string): Date | null {
  const time = new Date(/(?:Z|[+-]\d\d:?\d\d)$/iu.test(text) ? text : `${text}Z`);
  const year = time.getUTCFullYear();
  return year >= 1000 && year <= 9999 ? time : null;
}

/** Decodes the key of an event: it is encoded like a form, with + for a space. */
function decodeKey(encoded: string): string {
  try {
    const key = decodeURIComponent(encoded.replaceAll('+', ' '));
    if (isText(key)) return key;
  } catch {
    // refused below
  }
  const shown = encoded.slice(0, MAX_SHOWN_CHARACTERS).toWellFormed().replaceAll('\0', '\u2400');
  throw notAnEvent(`its key ${shown} is not URL-encoded text of at most ${MAX_TEXT_BYTES} bytes`);
}

/** Whether the database can keep a text, and have it in an index. */
function isText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed() && Buffer.byteLength(text) <= MAX_TEXT_BYTES;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw notAnEvent('it is not JSON');
  }
}

function notAnEvent(why: string): AnnouncementError {
  return new AnnouncementError(
    'not-an-event',
    `The message is no event of a bucket: ${why}.`,
    'Let the queue receive the notifications of buckets alone.',
  );
}
