import { createHash } from 'node:crypto';
import { PassThrough, Writable, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { errorMessage } from '@marquee/process/error-message';
import { UserError } from '@marquee/process';
import { extract, type Header } from 'tar-stream';
import {
  CHECKSUMS,
  Checksums,
  FORMAT,
  Hashing,
  MANIFEST,
  Manifest,
  ROWS,
  Rows,
  SETTINGS,
  STATE_SCHEMAS,
  STORED_FILE,
  tableName,
  tableOf,
  type Contents,
  type TableManifest,
} from './format.ts';

/** The most bytes of each entry that is read whole; of checksums, for 1.4 million files. */
const MAX_CHECKSUM_BYTES = 256 * 2 ** 20;
const MAX_BYTES: Readonly<Record<string, number>> = {
  [MANIFEST]: 64 * 2 ** 20,
  [ROWS]: 64 * 2 ** 20,
  [SETTINGS]: 2 ** 20,
  [CHECKSUMS]: MAX_CHECKSUM_BYTES,
};
/** The longest name of an entry. */
const MAX_NAME = 300;
/** What the checksum of an entry takes in checksums.json, beside its name. */
const CHECKSUM_BYTES = 70;

/** A snapshot's file, without anything that leads out of the folder. */
const SNAPSHOT_FILE = /^snapshots\/([\w.]+)\/([\w.-]+)\/([\w.-]+)$/u;

/** A file in a backup. */
export type BackedUpFile =
  | { readonly folder: 'deliveries' | 'pictures'; readonly sha256: string }
  | { readonly folder: 'snapshots'; readonly path: string };

/** What was read of a backup. */
export interface ReadContents extends Contents {
  /** The text of its settings; null if it has none. */
  readonly settings: string | null;
}

/** What is done with the parts of a backup, one after another in their order. */
export interface BackupReader {
  readonly onManifest: (manifest: Manifest) => Promise<void>;
  /** Takes the compressed content of a table, all of its parts. */
  readonly onTable: (table: TableManifest, compressed: Readable) => Promise<number>;
  readonly onFile: (file: BackedUpFile, content: Readable) => Promise<void>;
}

/**
 * Reads every byte of a backup, and compares checksums and numbers of rows with what it says of itself.
 *
 * @throws UserError if it is damaged, incomplete or of a newer version, or what the reader throws
 */
export async function readBackup(input: Readable, reader: BackupReader): Promise<ReadContents> {
  try {
    return await new Reading(reader).read(input);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(errorMessage(error), error);
  }
}

/** A table whose parts arrive. */
interface OpenTable {
  readonly table: TableManifest;
  readonly parts: PassThrough;
  readonly rows: Promise<number>;
}

class Reading {
  readonly #reader: BackupReader;
  readonly #checksums: Record<string, string> = {};
  readonly #rows: Rows = {};
  #manifest: Manifest | null = null;
  #expectedRows: Rows | null = null;
  #open: OpenTable | null = null;
  #isComplete = false;
  #settings: string | null = null;
  /** The bytes of checksums.json for the entries so far. */
  #checksumBytes = 0;

  constructor(reader: BackupReader) {
    this.#reader = reader;
  }

  async read(input: Readable): Promise<ReadContents> {
    const archive = extract();
    const feeding = pipeline(input, archive);
    // the loop rejects with the same error
    feeding.catch(() => undefined);
    try {
      for await (const entry of archive) {
        this.#limit(entry.header);
        await this.#take(entry.header.name, entry as AsyncIterable<Buffer>);
      }
      await feeding;
    } catch (error) {
      this.#open?.parts.destroy(error as Error);
      await this.#open?.rows.catch(() => undefined);
      throw error;
    }
    if (this.#manifest === null || !this.#isComplete) throw damaged('its end is missing');
    return { manifest: this.#manifest, rows: this.#rows, settings: this.#settings };
  }

  /** Refuses entries that a whole backup does not have, before they fill the memory. */
  #limit({ name, size }: Header): void {
    if (name.length > MAX_NAME)
      throw damaged(`it has an unknown entry, ${JSON.stringify(name.slice(0, 50))} …`);
    const most = MAX_BYTES[name] ?? Number.POSITIVE_INFINITY;
    if (size > most) throw damaged(`${name} has ${size} bytes, and may have ${most}`);
    this.#checksumBytes += name.length + CHECKSUM_BYTES;
    if (this.#checksumBytes > MAX_CHECKSUM_BYTES)
      throw damaged(`it has more entries than ${CHECKSUMS} may list`);
  }

  async #take(name: string, entry: AsyncIterable<Buffer>): Promise<void> {
    if (name === CHECKSUMS) {
      await this.#closeTable();
      this.#compare(Checksums.parse(JSON.parse((await buffer(entry)).toString())));
      this.#isComplete = true;
    } else if (name === MANIFEST) {
      this.#manifest = readManifest(await this.#bytes(name, entry));
      await this.#reader.onManifest(this.#manifest);
    } else if (this.#manifest === null) throw damaged(`${MANIFEST} is not its first entry`);
    else if (name === ROWS)
      this.#expectedRows = Rows.parse(JSON.parse(await this.#bytes(name, entry)));
    else await this.#takeContent(name, entry, this.#manifest);
  }

  async #takeContent(
    name: string,
    entry: AsyncIterable<Buffer>,
    { tables }: Manifest,
  ): Promise<void> {
    const table = tableOf(name, tables);
    if (table !== undefined) return this.#takePart(name, entry, table);
    if (name === SETTINGS) {
      this.#settings = await this.#bytes(name, entry);
      return;
    }
    await this.#closeTable();
    const hashing = new Hashing();
    const feeding = pipeline(entry, hashing);
    await this.#reader.onFile(fileOf(name), hashing);
    await feeding;
    this.#checksums[name] = hashing.digest();
  }

  async #takePart(name: string, entry: AsyncIterable<Buffer>, table: TableManifest): Promise<void> {
    if (this.#open?.table !== table) {
      await this.#closeTable();
      const parts = new PassThrough();
      const rows = this.#reader.onTable(table, parts);
      // awaited when the table ends, or its stream fails
      rows.catch(() => undefined);
      this.#open = { table, parts, rows };
    }
    const hashing = new Hashing();
    const { parts, rows } = this.#open;
    try {
      await pipeline(entry, hashing, parts, { end: false });
    } catch (error) {
      // the stream was closed because of another error, which this throws
      if (parts.destroyed) await rows;
      throw error;
    }
    this.#checksums[name] = hashing.digest();
  }

  async #closeTable(): Promise<void> {
    if (this.#open === null) return;
    const { table, parts, rows } = this.#open;
    parts.end();
    this.#rows[`${table.schema}.${table.name}`] = await rows;
    this.#open = null;
  }

  async #bytes(name: string, entry: AsyncIterable<Buffer>): Promise<string> {
    await this.#closeTable();
    const bytes = await buffer(entry);
    this.#checksums[name] = createHash('sha256').update(bytes).digest('hex');
    return bytes.toString();
  }

  #compare(expected: Readonly<Record<string, string>>): void {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(this.#checksums)]))
      if (expected[name] !== this.#checksums[name])
        throw damaged(`the checksum of ${name} is not that of its content`);
    if (this.#expectedRows === null) return;
    for (const [name, rows] of Object.entries(this.#expectedRows))
      if ((this.#rows[name] ?? 0) !== rows)
        throw damaged(`${name} has ${this.#rows[name] ?? 0} rows, not ${rows}`);
  }
}

function isState(schema: string): boolean {
  return STATE_SCHEMAS.some((one) => one === schema);
}

/** @throws UserError if it is of a newer format, or has tables that are not of the state */
function readManifest(text: string): Manifest {
  const content: unknown = JSON.parse(text);
  const { format } = Manifest.pick({ format: true }).parse(content);
  if (format > FORMAT)
    throw newer(`The backup has the format ${format}; this version restores up to ${FORMAT}.`);
  const manifest = Manifest.parse(content);
  const other = manifest.tables.find(({ schema }) => !isState(schema));
  if (other !== undefined)
    throw damaged(`it has ${tableName(other)}, which is no table of the state`);
  return manifest;
}

function fileOf(name: string): BackedUpFile {
  const [, folder, sha256 = ''] = STORED_FILE.exec(name) ?? [];
  if (folder === 'deliveries' || folder === 'pictures') return { folder, sha256 };
  const parts = SNAPSHOT_FILE.exec(name)?.slice(1) ?? [];
  if (parts.length === 0 || parts.includes('..') || parts.includes('.'))
    throw damaged(`it has an unknown entry, ${name}`);
  return { folder: 'snapshots', path: parts.join('/') };
}

/** Reads a stream to its end. */
export function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, callback) => callback() });
}

export function newer(message: string): UserError {
  return new UserError(message, {
    hint: 'Nothing was changed. Update marquee first: make upgrade',
    code: 'newer',
  });
}

function damaged(why: string, cause?: unknown): UserError {
  return new UserError(`The backup cannot be restored: ${why}.`, {
    hint: 'Nothing was changed. Use another backup.',
    code: 'damaged',
    cause,
  });
}
