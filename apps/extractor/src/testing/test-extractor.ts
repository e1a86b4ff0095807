import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { useTestDatabase, type TestDatabase } from '@marquee/catalogue/testing';
import type { SourceRecord } from '@marquee/contract';
import { openFileStore } from '@marquee/snapshots';
import { hashOf, parseDefinition, type SourceDefinition } from '@marquee/sources';
import { beforeEach } from 'vitest';
import { extractSource } from '../extract/extract-source.ts';
import type { Stores } from '../extract/stage-pieces.ts';

const GATES = { maxRejectsPercent: 10, maxLossPercent: 50 };

/** A record as it is in the database. */
interface StoredRecord {
  readonly delivery: number;
  readonly line: number;
  readonly record: SourceRecord;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The deliveries, records and stores of one test. */
export class TestExtractor {
  readonly database: TestDatabase;
  stores!: Stores;
  folder = '';

  private constructor(database: TestDatabase) {
    this.database = database;
  }

  /** Gives each test of a file its own. */
  static use(): TestExtractor {
    const extractor = new TestExtractor(useTestDatabase());
    beforeEach(async () => {
      extractor.folder = await mkdtemp(join(tmpdir(), 'marquee-extractor-'));
      extractor.stores = await openStores(extractor.folder);
      return async () => rm(extractor.folder, { recursive: true });
    });
    return extractor;
  }

  /** Adds or replaces a source. */
  async define(definition: unknown): Promise<SourceDefinition> {
    const parsed = parseDefinition(definition);
    await this.database.pool.query(
      `insert into sources.source (id, definition, definition_hash, origin, priority)
       values ($1::text, $2::jsonb, $3::bytea, 'api', 1)
       on conflict (id) do update set definition = excluded.definition, definition_hash = excluded.definition_hash`,
      [parsed.id, JSON.stringify(parsed), hashOf(parsed)],
    );
    return parsed;
  }

  /** Delivers text, or the file of a path. @returns the id of the delivery */
  async deliver(
    source: string,
    file: string,
    content: string | Buffer | { readonly path: string },
  ): Promise<number> {
    const stream =
      typeof content === 'object' && 'path' in content
        ? createReadStream(content.path)
        : Readable.from([Buffer.from(content)]);
    const { sha256, bytes } = await this.stores.deliveries.put(stream);
    const { rows } = await this.database.pool.query<{ id: number }>(
      `insert into sources.delivery (source, file, name, sha256, bytes, received_by)
       values ($1::text, $2::text, $2::text, decode($3::text, 'hex'), $4::bigint, 'a test') returning id::int`,
      [source, file, sha256, bytes],
    );
    return rows[0]?.id ?? 0;
  }

  async extract(
    source: string,
    { signal = new AbortController().signal, onRows = () => undefined }: Partial<Watch> = {},
  ): Promise<boolean> {
    const { pool } = this.database;
    return extractSource(source, { pool, stores: this.stores, gates: GATES, signal, onRows });
  }

  async setState(delivery: number, state: string, ignoreGates: string[] = []): Promise<void> {
    await this.database.pool.query(
      'update sources.delivery set state = $2::text, ignore_gates = $3::text[] where id = $1::bigint',
      [delivery, state, ignoreGates],
    );
  }

  /** The records of a source by their ids. */
  async records(source: string): Promise<Record<string, StoredRecord>> {
    const { rows } = await this.database.pool.query<StoredRecord & { id: string }>(
      'select id, delivery::int, line, record, raw from sources.record where source = $1::text order by id',
      [source],
    );
    return Object.fromEntries(rows.map(({ id, ...record }) => [id, record]));
  }

  /** The ids of the records that wait for the matcher; it takes them. */
  async takePending(): Promise<string[]> {
    const { rows } = await this.database.pool.query<{ id: string }>(
      'delete from sources.pending returning record_id as id',
    );
    return rows.map(({ id }) => id).sort();
  }

  /** The deliveries: their state and counts. */
  async deliveries(): Promise<Record<string, unknown>[]> {
    const { rows } = await this.database.pool.query<Record<string, unknown>>(
      `select id::int, state, "rows", records, equal_rows as equal, rejects, added, changed, removed, error ->> 'code' as error
       from sources.delivery order by id`,
    );
    return rows;
  }

  async rejects(delivery: number): Promise<{ line: number; reason: string; raw: string }[]> {
    const { rows } = await this.database.pool.query<{ line: number; reason: string; raw: string }>(
      'select line, reason, raw from sources.reject where delivery = $1::bigint order by line',
      [delivery],
    );
    return rows;
  }
}

interface Watch {
  readonly signal: AbortSignal;
  readonly onRows: (rows: number) => void;
}

async function openStores(folder: string): Promise<Stores> {
  const config = { SNAPSHOT_DIR: join(folder, 'snapshots'), SNAPSHOT_S3_REGION: 'us-east-1' };
  const warn = (message: string) => {
    throw new Error(`unexpected warning: ${message}`);
  };
  return {
    deliveries: await openFileStore(config, 'deliveries', warn),
    pictures: await openFileStore(config, 'pictures', warn),
  };
}
