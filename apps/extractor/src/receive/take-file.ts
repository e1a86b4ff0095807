import { addAbortSignal, Readable } from 'node:stream';
import { recordDelivery } from '@marquee/catalogue';
import { errorMessage } from '@marquee/process/error-message';
import { DiskSpaceError, StoreError, type FileStore, type StoredFile } from '@marquee/snapshots';
import { DefinitionError, fileOf, parseDefinition, type SourceDefinition } from '@marquee/sources';
import type { Pool } from 'pg';
import { transactionOf } from '../folders/receive.ts';
import {
  DONE,
  nameOf,
  AnnouncementError,
  type Announcement,
  type Outcome,
  type ProvidedFile,
} from './announcement.ts';
import {
  audit,
  deliveredToday,
  findAnnouncement,
  isSettled,
  whileFirst,
  writeAnnouncement,
} from './announcements.ts';

/** What files are taken with. */
export interface Receiving {
  readonly pool: Pool;
  readonly store: FileStore;
  /** Has the extractor read the deliveries of a source. */
  readonly wake: (source: string) => Promise<void>;
  /** Aborted when the process stops: files that are being read are left for the next one. */
  readonly signal: AbortSignal;
}

/** The content of an announced file, wherever it is. */
export interface RemoteContent {
  /** Its size; null while it cannot be found. @throws StoreError */
  readonly size: () => Promise<number | null>;
  readonly open: () => Readable;
}

/** So often a file that cannot be read is tried: 35 minutes in all. */
const MAX_ATTEMPTS = 10;
const FIRST_WAIT_SECONDS = 5;
const LONGEST_WAIT_SECONDS = 900;
/** How long a file waits that cannot be taken for a reason of ours. */
const OWN_FAULT_SECONDS = 60;

/**
 * Makes a delivery of an announced file: stores it, and records delivery and announcement in one
 * transaction. An announcement that was taken before changes nothing.
 *
 * @throws what keeps the database from answering
 */
export async function takeFile(
  receiving: Receiving,
  provided: ProvidedFile,
  content: RemoteContent,
): Promise<Outcome> {
  const { pool, wake } = receiving;
  return attempt(pool, provided, async () => {
    const file = await expectedFile(pool, provided);
    await checkQuota(pool, provided);
    const stored = await storeContent(receiving, provided, content);
    await commit(pool, provided, file, stored);
    await wake(provided.provider.delivers);
    return DONE;
  });
}

/**
 * Runs the work on an announced file, unless its announcement is settled. If the work fails on the
 * file, commits that the announcement has failed or waits for another attempt.
 *
 * @returns the result of the work, or else the outcome of the announcement
 * @throws what keeps the database from answering
 */
export async function attempt<T>(
  pool: Pool,
  provided: ProvidedFile,
  work: () => Promise<T>,
): Promise<T | Outcome> {
  const known = await findAnnouncement(pool, provided.announcement);
  if (isSettled(known)) return DONE;
  if (known?.state === 'failed' && known.error !== null)
    return { kind: 'failed', fault: known.error };
  try {
    return await work();
  } catch (error) {
    if (error instanceof AnnouncementError) return refuse(pool, provided, error);
    const reason = unreadableReason(error);
    if (reason === null) throw error;
    return waitOrRefuse(pool, provided, reason, known?.attempts ?? 0);
  }
}

/** The name of the file of the source that an announced one is. @throws AnnouncementError */
async function expectedFile(pool: Pool, { provider, announcement }: ProvidedFile): Promise<string> {
  const { delivers } = provider;
  const { rows } = await pool.query<{ definition: unknown }>(
    'select definition from sources.source where id = $1::text',
    [delivers],
  );
  if (rows[0] === undefined)
    throw new AnnouncementError(
      'no-source',
      `There is no source ${delivers}, to which the provider ${provider.id} delivers.`,
      'Add its definition, then retry the delivery.',
    );
  return fileNamed(definitionOf(delivers, rows[0].definition), nameOf(announcement));
}

/** @throws AnnouncementError if this version cannot read the definition */
function definitionOf(source: string, json: unknown): SourceDefinition {
  try {
    return parseDefinition(json);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new AnnouncementError(
      'invalid-definition',
      `The source ${source} cannot take the file. ${error.message}`,
      'Replace the definition of the source, then retry the delivery.',
    );
  }
}

function fileNamed(definition: SourceDefinition, name: string): string {
  const { id, files } = definition;
  const file = fileOf(definition, name) ?? (files.length === 1 ? files[0] : undefined);
  if (file !== undefined && file.format !== 'nfo') return file.name;
  throw new AnnouncementError(
    'unknown-file',
    `${name} fits no file of the source ${id}; expected ${files.map(({ pattern }) => pattern).join(' or ') || 'none, as it takes no files'}.`,
    'Name the file as the definition of the source says, or change its pattern.',
  );
}

/** @throws AnnouncementError when a provider has delivered too much within a day, unless it is retried */
export async function checkQuota(
  pool: Pool,
  { provider, announcement, retriedBy }: ProvidedFile,
): Promise<void> {
  const { fileBytes, filesPerDay, bytesPerDay } = provider.quota;
  if ((announcement.bytes ?? 0) > fileBytes) throw tooLarge(provider.id, fileBytes);
  if (retriedBy !== null) return;
  const today = await deliveredToday(pool, provider.id);
  if (today.files < filesPerDay && today.bytes + (announcement.bytes ?? 0) <= bytesPerDay) return;
  throw new AnnouncementError(
    'over-quota',
    `The provider ${provider.id} has delivered ${today.files} files with ${today.bytes} bytes within a day; its quota is ${filesPerDay} files and ${bytesPerDay} bytes.`,
    'Retry it to let it pass, or raise the quota.',
  );
}

function tooLarge(provider: string, fileBytes: number): AnnouncementError {
  return new AnnouncementError(
    'too-large',
    `The file has more than ${fileBytes} bytes, the most that the provider ${provider} may deliver.`,
    'Compress it by gzip, or raise quota.fileBytes.',
  );
}

/** A file cannot be read yet, with the reason for people. */
class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** The size of a file in bytes. @throws UnreadableError while it cannot be found; StoreError */
export async function sizeOf(
  announcement: Announcement,
  { size }: Pick<RemoteContent, 'size'>,
): Promise<number> {
  const bytes = await size();
  if (bytes !== null) return bytes;
  throw new UnreadableError(`${locationOf(announcement)} does not exist, or not yet.`);
}

async function storeContent(
  { store, signal }: Receiving,
  { provider, announcement }: ProvidedFile,
  content: RemoteContent,
): Promise<StoredFile> {
  const { fileBytes } = provider.quota;
  if ((await sizeOf(announcement, content)) > fileBytes) throw tooLarge(provider.id, fileBytes);
  try {
    const stream = Readable.from(explained(content.open(), announcement, signal), {
      objectMode: false,
    });
    return await store.put(stream, { maxBytes: fileBytes });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'too-large')
      throw tooLarge(provider.id, fileBytes);
    throw error;
  }
}

/** The bytes of a stream, whose errors say which file cannot be read. */
async function* explained(
  stream: Readable,
  announcement: Announcement,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* addAbortSignal(signal, stream) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof StoreError || signal.aborted) throw error;
    throw new UnreadableError(
      `${locationOf(announcement)} cannot be read: ${errorMessage(error)}.`,
      { cause: error },
    );
  }
}

async function commit(
  pool: Pool,
  provided: ProvidedFile,
  file: string,
  stored: StoredFile,
): Promise<void> {
  const { provider, announcement } = provided;
  await whileFirst(pool, provided, file, async (client) => {
    const { id } = await recordDelivery(
      transactionOf(client),
      {
        source: provider.delivers,
        file,
        name: nameOf(announcement),
        receivedBy: provider.id,
        ...stored,
      },
      'newest',
    );
    const { bytes } = stored;
    await writeAnnouncement(client, provided, { state: 'taken', file, delivery: id, bytes });
    await audit(client, provided, `/sources/${provider.delivers}/deliveries/${id}`);
  });
}

/** Commits that an announcement cannot be taken. */
async function refuse(
  pool: Pool,
  provided: ProvidedFile,
  { fault }: AnnouncementError,
): Promise<Outcome> {
  await writeAnnouncement(pool, provided, { state: 'failed', error: fault });
  return { kind: 'failed', fault };
}

/** Why a file cannot be read now; null for other errors. */
function unreadableReason(error: unknown): UnreadableReason | null {
  if (error instanceof UnreadableError) return { why: error.message, isOurs: false };
  if (error instanceof DiskSpaceError) return { why: error.message, isOurs: true };
  if (error instanceof StoreError)
    return { why: error.message, isOurs: error.retryable || error.code === 'store-credentials' };
  return null;
}

interface UnreadableReason {
  readonly why: string;
  /** Whether the file is not to blame: it waits for as long as it takes. */
  readonly isOurs: boolean;
}

/** Has an announcement wait, each time longer, or refuses it after the last attempt. */
async function waitOrRefuse(
  pool: Pool,
  provided: ProvidedFile,
  { why, isOurs }: UnreadableReason,
  attempts: number,
): Promise<Outcome> {
  if (!isOurs && attempts + 1 >= MAX_ATTEMPTS)
    return refuse(
      pool,
      provided,
      new AnnouncementError(
        'unreadable',
        `${why} It was tried ${MAX_ATTEMPTS} times.`,
        'Check that the file is there and that the credentials of the provider may read it, then retry it.',
      ),
    );
  await writeAnnouncement(pool, provided, {
    state: 'waiting',
    isAttempt: !isOurs,
    error: { code: 'waiting', message: why, hint: null },
  });
  const seconds = isOurs
    ? OWN_FAULT_SECONDS
    : Math.min(FIRST_WAIT_SECONDS * 2 ** attempts, LONGEST_WAIT_SECONDS);
  return { kind: 'wait', seconds };
}

function locationOf({ place, key }: Announcement): string {
  return `${place}/${key}`;
}
