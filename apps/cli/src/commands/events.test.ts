import { eventStream } from '@marquee/api-client/testing';
import type { CloudEvent } from '@marquee/contract';
import { RUN } from '@marquee/contract/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { freshApi } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

beforeEach(() => vi.stubEnv('TZ', 'UTC'));
afterEach(() => vi.unstubAllEnvs());

const COMMON = {
  specversion: '1.0',
  source: 'urn:marquee',
  time: '2026-08-15T06:15:00.000Z',
  datacontenttype: 'application/json',
} as const;

function runEnded(n: number, failure?: string): CloudEvent {
  return {
    ...COMMON,
    id: `5f0c1a2b-${n}`,
    sequence: String(n),
    type: 'run.ended',
    subject: RUN.id,
    data: {
      runId: RUN.id,
      kind: 'update',
      state: failure === undefined ? 'succeeded' : 'failed',
      datasets: ['title.basics'],
      requestedAt: RUN.requestedAt,
      endedAt: RUN.requestedAt,
      url: RUN.url,
      error:
        failure === undefined ? null : { code: 'x', message: failure, hint: '', dataset: null },
    },
  };
}

function published(kind: 'changes' | 'reload'): CloudEvent {
  return {
    ...COMMON,
    id: '5f0c1a2b-7',
    sequence: '7',
    type: 'dataset.published',
    subject: 'title.ratings',
    data: {
      runId: RUN.id,
      dataset: 'title.ratings',
      kind,
      inserted: 1200,
      updated: 3,
      deleted: 0,
      rows: 5000,
      snapshotId: 's',
      changes: '/changes',
    },
  };
}

function updated(kind: 'created' | 'changed', title: string | null): CloudEvent {
  return {
    ...COMMON,
    id: '5f0c1a2b-8',
    sequence: '8',
    type: 'movie.updated',
    subject: 'mq1',
    data: {
      movie: 'mq1',
      version: 1,
      kind,
      title,
      year: title === null ? null : 1999,
      fields: ['title', 'year'],
      url: '/movies/mq1',
      changes: '/movies/changes',
    },
  };
}

const feed = (items: readonly CloudEvent[]) => ({
  ...freshApi(),
  '/events': { items, next: null, cursor: '5f0c1a2b-9' },
});

it('shows events as a table, with what has happened', async () => {
  const items = [
    runEnded(1),
    runEnded(2, 'The disk is full.'),
    published('changes'),
    published('reload'),
    updated('changed', 'The Comet'),
    updated('created', null),
  ];
  const { stdout, api } = await marquee(feed(items), ['events', '--subject', 'mq1']);
  const what = stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/ {2,}/u).at(-1));
  expect(what).toEqual([
    'update has succeeded',
    'update has failed: The disk is full.',
    '1,200 inserted, 3 updated, 0 deleted',
    'all rows loaded again: 5,000',
    'The Comet (1999): title, year',
    'without a title: created',
  ]);
  expect(api.queriesOf('/events')).toEqual([{ subject: 'mq1', limit: '50' }]);
});

it('follows events from now on, as lines of JSON, until Ctrl-C', async () => {
  const stop = new AbortController();
  const events = [runEnded(2), runEnded(3)];
  const streams = [
    eventStream(...events.map((event) => `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`)),
  ];
  const answers = {
    '/events': ({ headers }: { headers: { accept?: string } }) => {
      if (headers.accept !== 'text/event-stream')
        return Response.json({ items: [], next: null, cursor: '5f0c1a2b-1' });
      const stream = streams.shift();
      if (stream === undefined) setTimeout(() => stop.abort(), 20);
      return stream ?? eventStream();
    },
  };
  const { code, stdout, api } = await marquee(answers, ['events', '--follow', '--json'], {
    signal: stop.signal,
  });
  expect(code).toBe(130);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(events);
  expect(api.queriesOf('/events').map(({ since }) => since)).toEqual([
    'now',
    '5f0c1a2b-1',
    '5f0c1a2b-3',
  ]);
});
