import type { CloudEvent } from '@marquee/contract';
import { writeFeedCursor } from '../changes/feed-position.ts';
import { writeMovieCursor } from '../movies/movie-cursor.ts';
import { writeEventId } from './event-id.ts';
import type { EventRow } from './event-statements.ts';

/** The media type of an event in the structured mode of CloudEvents. */
export const CLOUD_EVENT_TYPE = 'application/cloudevents+json';

/** The media type of a list of events, in the batched mode. */
export const CLOUD_EVENTS_TYPE = 'application/cloudevents-batch+json';

/** Digits of a position in `sequence`, which is compared as text. */
const SEQUENCE_DIGITS = 16;

/** An event in the JSON format of CloudEvents 1.0: the same each time it is made. */
export function toCloudEvent(row: EventRow, source: string, epoch: string): CloudEvent {
  const { position, type, subject, at } = row;
  return {
    specversion: '1.0',
    id: writeEventId(epoch, position),
    source,
    type,
    subject,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    sequence: String(position).padStart(SEQUENCE_DIGITS, '0'),
    // the outbox holds it as the contract has it
    data: dataOf(row),
  } as CloudEvent;
}

function dataOf({ position, type, subject, data }: EventRow): Record<string, unknown> {
  switch (type) {
    case 'run.ended':
      return { ...data, url: `/runs/${subject}` };
    case 'dataset.published': {
      const { start, ...told } = data;
      const cursor = writeFeedCursor(Number(start));
      return { ...told, changes: `/changes?since=${cursor}&dataset=${subject}` };
    }
    case 'movie.updated': {
      const cursor = writeMovieCursor(position - 1);
      return {
        movie: subject,
        ...data,
        url: `/movies/${subject}`,
        changes: `/movies/changes?since=${cursor}&movie=${subject}&limit=1`,
      };
    }
  }
}

/** Characters that JSON may have, and SQS and XML may not. */
const NO_XML = /[\uFFFE\uFFFF]/gu;

/** An event as JSON that any transport takes. */
export function writeCloudEvent(event: CloudEvent): string {
  return JSON.stringify(event).replace(
    NO_XML,
    (character) => `\\u${character.charCodeAt(0).toString(16)}`,
  );
}
