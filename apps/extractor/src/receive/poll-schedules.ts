import { Readable } from 'node:stream';
import { inTransaction, recordDelivery } from '@marquee/catalogue';
import { errorMessage } from '@marquee/process/error-message';
import { StoreError, type StoredFile } from '@marquee/snapshots';
import {
  fitsName,
  parseDefinition,
  type Changes,
  type Schedule,
  type SourceDefinition,
} from '@marquee/sources';
import { transactionOf } from '../folders/receive.ts';
import type { Clock } from './clock.ts';
import { applyChanges, readChanges, type Answer } from './read-changes.ts';
import type { Receiving } from './take-file.ts';
import { WebError, withoutQuery, type WebClient } from './web-client.ts';

/** The largest file, and the largest answer of an API. */
const MAX_FILE_BYTES = 4 * 2 ** 30;
const MAX_ANSWER_BYTES = 64 * 2 ** 20;
/** The first delay after a failure; it doubles up to the interval of the schedule. */
const FIRST_RETRY_MINUTES = 1;

/** A source with a schedule that is due, and what was fetched before. */
interface DuePoll {
  readonly definition: SourceDefinition;
  readonly schedule: Schedule;
  /** Whether the definition is a file of this machine, not one that came over the API. */
  readonly isTrusted: boolean;
  readonly state: PollState;
}

interface PollState {
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly cursor: string | null;
  /** SHA-256 of the file with all changes up to the cursor. */
  readonly base: string | null;
  readonly failures: number;
}

/** What a fetch has found. */
interface Fetched extends Omit<PollState, 'failures'> {
  /** Null when nothing has changed. */
  readonly stored: StoredFile | null;
}

/**
 * Fetches the files of sources whose schedule is due: by conditional requests, or as changes since a
 * cursor. Delivery and cursor are one transaction.
 *
 * @param onError called with what failed for a source; it is tried again later
 */
export async function pollSchedules(
  receiving: Receiving,
  web: WebClient,
  clock: Pick<Clock, 'now'>,
  onError: (source: string, error: unknown) => void,
): Promise<void> {
  const { signal } = receiving;
  const { rows } = await receiving.pool.query<ScheduledSource>(
    `select id, definition, origin <> 'api' as "isTrusted" from sources.source where definition ? 'schedule' order by id`,
  );
  for (const source of rows) {
    signal.throwIfAborted();
    try {
      await pollIfDue(receiving, web, clock, source);
    } catch (error) {
      if (signal.aborted) return;
      onError(source.id, error);
    }
  }
}

interface ScheduledSource extends Pick<DuePoll, 'isTrusted'> {
  readonly id: string;
  readonly definition: unknown;
}

/** @throws what has failed, after it is noted */
async function pollIfDue(
  receiving: Receiving,
  web: WebClient,
  clock: Pick<Clock, 'now'>,
  { id, definition: json, isTrusted }: ScheduledSource,
): Promise<void> {
  const definition = parseDefinition(json);
  const { schedule } = definition;
  if (schedule === undefined) return;
  const state = await claim(receiving, id, schedule, clock);
  if (state === null) return;
  try {
    await poll(receiving, web, { definition, schedule, isTrusted, state });
  } catch (error) {
    if (!receiving.signal.aborted)
      await noteFailure(receiving, { id, schedule, state }, clock, error);
    throw error;
  }
}

/**
 * Claims a schedule that is due, so that no other process fetches it too: the next time is set
 * first. What is known of another URL does not count.
 */
async function claim(
  { pool }: Receiving,
  source: string,
  { url, everyMinutes }: Schedule,
  clock: Pick<Clock, 'now'>,
): Promise<PollState | null> {
  const now = new Date(clock.now());
  await pool.query(
    `insert into sources.poll as old (source, url, due_at) values ($1::text, $2::text, $3::timestamptz)
     on conflict (source) do update
       set url = excluded.url, etag = null, last_modified = null, cursor = null, base = null, failures = 0, due_at = excluded.due_at
       where old.url <> excluded.url`,
    [source, url, now],
  );
  const { rows } = await pool.query<PollState>(
    `update sources.poll
     set due_at = $2::timestamptz + $3::int * interval '1 minute', checked_at = $2::timestamptz
     where source = $1::text and due_at <= $2::timestamptz
     returning etag, last_modified as "lastModified", cursor, encode(base, 'hex') as base, failures`,
    [source, now, everyMinutes],
  );
  return rows[0] ?? null;
}

async function poll(receiving: Receiving, web: WebClient, due: DuePoll): Promise<void> {
  const { definition, schedule } = due;
  const fetched = await (schedule.changes === undefined
    ? fetchFile(receiving, web, due)
    : fetchChanges(receiving, web, due, schedule.changes));
  const { stored, etag, lastModified, cursor, base } = fetched;
  const file = definition.files.find(({ name }) => name === schedule.file) ?? definition.files[0];
  if (file === undefined) return;
  const isNew = await inTransaction(receiving.pool, async (client) => {
    await client.query(
      `update sources.poll
       set etag = $2::text, last_modified = $3::text, cursor = $4::text, base = decode($5::text, 'hex'), failures = 0, error = null
       where source = $1::text`,
      [definition.id, etag, lastModified, cursor, base],
    );
    if (stored === null) return false;
    const [last = ''] = new URL(schedule.url).pathname.split('/').slice(-1);
    const delivery = await recordDelivery(
      transactionOf(client),
      {
        source: definition.id,
        file: file.name,
        name: fitsName(file, last) ? last : `${file.name}.${file.format}`,
        receivedBy: `schedule: ${withoutQuery(new URL(schedule.url))}`,
        ...stored,
      },
      'newest',
    );
    return delivery.isNew;
  });
  if (isNew) await receiving.wake(definition.id);
}

/** The whole file, if it is another one than the last time. */
async function fetchFile(
  { store, signal }: Receiving,
  web: WebClient,
  { definition, schedule, isTrusted, state }: DuePoll,
): Promise<Fetched> {
  const conditions = {
    ...(state.etag !== null && { 'if-none-match': state.etag }),
    ...(state.lastModified !== null && { 'if-modified-since': state.lastModified }),
  };
  const response = await web.get(definition.id, schedule.url, conditions, isTrusted, signal);
  if (response.status === 304) {
    await response.body.dump();
    return { ...state, stored: null };
  }
  const stored = await store.put(response.body, { maxBytes: MAX_FILE_BYTES });
  const { etag, lastModified } = response;
  return { etag, lastModified, cursor: null, base: null, stored };
}

/** The file before with the changes since the cursor. */
async function fetchChanges(
  { store, signal }: Receiving,
  web: WebClient,
  { definition, schedule: { url }, isTrusted, state }: DuePoll,
  changes: Changes,
): Promise<Fetched> {
  // without the file before, the changes since the cursor are not the whole
  const base = state.base === null ? null : await openOrNull(store, state.base);
  const since = base === null ? changes.first : (state.cursor ?? changes.first);
  const get = async (page: string) => {
    const { body } = await web.get(definition.id, page, {}, isTrusted, signal);
    return readJson(body, withoutQuery(new URL(page)));
  };
  try {
    const { items, cursor } = await readChanges(url, changes, since, get);
    const unconditional = { etag: null, lastModified: null, cursor };
    if (items.size === 0 && base !== null)
      return { ...unconditional, base: state.base, stored: null };
    const stored = await store.put(applyChanges(base, items, changes), {
      maxBytes: MAX_FILE_BYTES,
    });
    // an API that has told of nothing yet is no empty file
    return { ...unconditional, base: stored.sha256, stored: stored.bytes === 0 ? null : stored };
  } finally {
    base?.destroy();
  }
}

async function openOrNull(store: Receiving['store'], sha256: string): Promise<Readable | null> {
  try {
    return await store.open(sha256);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') return null;
    throw error;
  }
}

async function readJson(body: AsyncIterable<Buffer>, url: string): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw new WebError(`The answer of ${url} has more than ${MAX_ANSWER_BYTES} bytes.`);
    chunks.push(chunk);
  }
  try {
    return { json: JSON.parse(Buffer.concat(chunks).toString()), bytes };
  } catch {
    throw new WebError(`The answer of ${url} is not JSON.`);
  }
}

async function noteFailure(
  { pool }: Receiving,
  { id, schedule, state }: { readonly id: string } & Pick<DuePoll, 'schedule' | 'state'>,
  clock: Pick<Clock, 'now'>,
  error: unknown,
): Promise<void> {
  const minutes = Math.min(FIRST_RETRY_MINUTES * 2 ** state.failures, schedule.everyMinutes);
  await pool.query(
    `update sources.poll
     set failures = failures + 1, error = $2::jsonb, due_at = $3::timestamptz + $4::int * interval '1 minute'
     where source = $1::text`,
    [
      id,
      JSON.stringify({ code: 'fetch-failed', message: errorMessage(error), hint: null }),
      new Date(clock.now()),
      minutes,
    ],
  );
}
