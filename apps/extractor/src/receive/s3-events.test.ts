import { describe, expect, it } from 'vitest';
import { AnnouncementError } from './announcement.ts';
import { objectEvents } from './s3-events.ts';

const record = (object: object, eventName = 'ObjectCreated:Put') => ({
  eventName,
  eventTime: '2026-01-02T03:04:05.678Z',
  s3: { bucket: { name: 'incoming' }, object: { size: 7, eTag: 'abc', ...object } },
});
const message = (...records: object[]) => JSON.stringify({ Records: records });

describe('an event of a bucket', () => {
  it('has its key decoded as a form is, and a sequencer that compares as text', () => {
    const [short, long] = objectEvents(
      message(
        record({ key: 'studio/Am%C3%A9lie+%26+friends+100%25%2B.csv', sequencer: '0055aed6dcd9' }),
        record({ key: 'a.csv', sequencer: '0055AED6DCD90281E5', versionId: 'v1' }),
      ),
    );
    expect(short?.announcement).toMatchObject({
      place: 's3://incoming',
      key: 'studio/Amélie & friends 100%+.csv',
      version: 'etag:abc',
      bytes: 7,
      announcedAt: new Date('2026-01-02T03:04:05.678Z'),
    });
    expect(long?.announcement.version).toBe('v1');
    const [a = '', b = ''] = [short?.announcement.sequence, long?.announcement.sequence];
    expect(a.length).toBe(b.length);
    expect(a < b).toBe(true);
  });

  it('is ordered by its time in a store that sends no sequencer', () => {
    const [event, other] = objectEvents(
      message(record({ key: 'a.csv' }), {
        ...record({ key: 'a.csv' }),
        eventTime: '2026-01-02T03:04:05.678123',
      }),
    );
    expect(event?.announcement.sequence).toBe('2026-01-02T03:04:05.678Z');
    // moto's times have no zone
    expect(other?.announcement.announcedAt).toEqual(new Date('2026-01-02T03:04:05.678Z'));
  });

  it('has no time if its time compares with no other', () => {
    for (const eventTime of ['-271821-04-20T00:00:00Z', '+012026-01-02T03:04:05Z', 'yesterday']) {
      const [event] = objectEvents(message({ ...record({ key: 'a.csv' }), eventTime }));
      expect(event?.announcement).toMatchObject({ announcedAt: null, sequence: '' });
    }
  });

  it('may have a key of the greatest length', () => {
    const [event] = objectEvents(message(record({ key: '%C3%A9'.repeat(512) })));
    expect(event?.announcement.key).toBe('é'.repeat(512));
  });

  it('may come by a topic', () => {
    const body = { Type: 'Notification', Message: message(record({ key: 'a.csv' })) };
    expect(objectEvents(JSON.stringify(body))).toHaveLength(1);
  });

  it('tells of nothing if it is a test, a removal, or a folder', () => {
    expect(objectEvents('{"Service":"Amazon S3","Event":"s3:TestEvent"}')).toEqual([]);
    expect(objectEvents(message(record({ key: 'a.csv' }, 'ObjectRemoved:Delete')))).toEqual([]);
    expect(objectEvents(message(record({ key: 'studio/' })))).toEqual([]);
  });

  it.each([
    ['it is not JSON', 'no JSON'],
    ['it has no Records', '{"hello":"world"}'],
    ['its key %C3 is not URL-encoded text', message(record({ key: '%C3' }))],
    ['its key a%00b is not URL-encoded text', message(record({ key: 'a%00b' }))],
    ['its key a␀b is not URL-encoded text', message(record({ key: 'a\0b' }))],
    ['its key \uFFFD is not URL-encoded text', message(record({ key: '\uD800' }))],
    ['of at most 1024 bytes', message(record({ key: '%C3%A9'.repeat(513) }))],
    ['of at most 1024 bytes', message(record({ key: 'a', versionId: 'v'.repeat(1025) }))],
    ['of at most 1024 bytes', message(record({ key: 'a', versionId: '\0' }))],
    ['of at most 1024 bytes', message(record({ key: 'a', eTag: '\uDC00' }))],
    ['sequencer', message(record({ key: 'a', sequencer: 'A'.repeat(65) }))],
    ['size', message(record({ key: 'a', size: 0.5 }))],
    ['its record names no object', message({ eventName: 'ObjectCreated:Put' })],
  ])('is refused because %s', (why, body) => {
    expect(() => objectEvents(body)).toThrow(AnnouncementError);
    expect(() => objectEvents(body)).toThrow(why);
  });
});
