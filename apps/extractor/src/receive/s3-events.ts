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

const S3Object = z.object({
  key: z.string().min(1),
  size: z.number().optional(),
  eTag: z.string().optional(),
  versionId: z.string().optional(),
  sequencer: z.string().optional(),
});
const S3Record = z.object({
  eventName: z.string(),
  eventTime: z.string().optional(),
  s3: z.object({ bucket: z.object({ name: z.string() }), object: S3Object }).optional(),
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

/** Parses the time of an event as UTC if it has no zone, as of some stores; null if it is invalid. */
function timeOf(text: string): Date | null {
  const time = new Date(/(?:Z|[+-]\d\d:?\d\d)$/iu.test(text) ? text : `${text}Z`);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** Decodes the key of an event: it is encoded like a form, with + for a space. */
function decodeKey(encoded: string): string {
  try {
    const key = decodeURIComponent(encoded.replaceAll('+', ' '));
    if (!key.includes('\0')) return key;
  } catch {
    // refused below
  }
  throw notAnEvent(`its key ${encoded} is not URL-encoded text`);
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
