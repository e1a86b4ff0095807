import { freeDatabaseBytes } from '@marquee/catalogue';
import type { Disk } from '@marquee/contract';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { Injectable } from '@nestjs/common';
import { DatabaseError } from 'pg';
import { Connections } from '../../database/connections.ts';
import { Database, type Statement } from '../../database/database.ts';
import { PublishedWatch } from '../../database/published-watch.ts';

/** How long a measurement is reused, unless another version is published. */
const KEPT_MS = 60_000;

const SCHEMAS = [
  'imdb',
  'search',
  'imdb_next',
  'search_next',
  'ingest',
  'access',
  'sources',
  'movies',
  'events',
] as const;

/**
 * Sizes come from the file system, not from reading tables: some milliseconds. A table that is
 * dropped meanwhile has none.
 */
const TABLES: Statement = {
  name: 'disk of tables',
  text: `
    select n.nspname as schema, replace(c.relname, '_', '.') as dataset, coalesce(pg_table_size(c.oid), 0) as "tableBytes", coalesce(pg_indexes_size(c.oid), 0) as "indexBytes"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in (${SCHEMAS.map((schema) => `'${schema}'`).join(', ')}) and c.relkind in ('r', 'm')`,
};
const SNAPSHOTS: Statement = {
  name: 'disk of snapshots',
  text: `
    select d.dataset, count(s.id) as snapshots, coalesce(sum(s.bytes), 0) as "snapshotBytes"
    from ingest.data_control d left join ingest.snapshot s on s.dataset = d.dataset and s.removed_at is null
    group by d.dataset order by d.dataset`,
};

/** A file that came twice, or that several exports have, is kept once. */
const FILES: Statement = {
  name: 'disk of files',
  text: `
    select (select coalesce(sum(bytes), 0) from (select distinct on (sha256) bytes from sources.delivery) d) as "deliveryBytes",
      (select coalesce(sum(bytes), 0) from (select distinct on (sha256) bytes from movies.picture) p) as "pictureBytes",
      (select coalesce(sum(bytes), 0) from (
        select distinct on (file ->> 'path') (file ->> 'bytes')::int8 as bytes
        from ingest.export, jsonb_array_elements(manifest -> 'files') as file
      ) e) as "exportBytes"`,
};

interface TableSize {
  readonly schema: (typeof SCHEMAS)[number];
  /** The table's name with dots, as datasets have it; a dataset only in the schema imdb. */
  readonly dataset: string;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/** Measures disk usage: once a minute for all callers, and again after each publish. */
@Injectable()
export class DiskMeter {
  readonly #connections: Connections;
  readonly #database: Database;
  readonly #watch: PublishedWatch;
  #last: {
    readonly at: number;
    readonly version: string | null;
    readonly disk: Promise<Disk>;
  } | null = null;

  constructor(connections: Connections, database: Database, watch: PublishedWatch) {
    this.#connections = connections;
    this.#database = database;
    this.#watch = watch;
  }

  /** @throws ProblemException 503 when the database takes too long */
  async read(): Promise<Disk> {
    const { version } = this.#watch;
    const now = performance.now();
    if (this.#last !== null && this.#last.version === version && now - this.#last.at < KEPT_MS)
      return this.#last.disk;
    const last = { at: now, version, disk: this.#measure() };
    this.#last = last;
    try {
      return await last.disk;
    } catch (error) {
      if (this.#last === last) this.#last = null;
      throw error;
    }
  }

  async #measure(): Promise<Disk> {
    const [tables, snapshots, [files], freeBytes] = await Promise.all([
      this.#database.read<TableSize>(TABLES, []),
      this.#database.read<
        Pick<Disk['datasets'][number], 'dataset' | 'snapshots' | 'snapshotBytes'>
      >(SNAPSHOTS, []),
      this.#database.read<Pick<Disk, 'deliveryBytes' | 'pictureBytes' | 'exportBytes'>>(FILES, []),
      this.#freeBytes(),
    ]);
    const bytesOf = (...schemas: TableSize['schema'][]) =>
      sum(
        tables
          .filter(({ schema }) => schemas.includes(schema))
          .map(({ tableBytes, indexBytes }) => tableBytes + indexBytes),
      );
    const datasets = snapshots.map((kept) => {
      const table = tables.find(
        ({ schema, dataset }) => schema === 'imdb' && dataset === kept.dataset,
      );
      return { ...kept, tableBytes: table?.tableBytes ?? 0, indexBytes: table?.indexBytes ?? 0 };
    });
    return {
      measuredAt: new Date().toISOString(),
      datasets,
      searchBytes: bytesOf('search'),
      stagingBytes: bytesOf('imdb_next', 'search_next'),
      recordBytes: bytesOf('ingest', 'access', 'events'),
      sourceBytes: bytesOf('sources', 'movies'),
      databaseBytes: sum(tables.map(({ tableBytes, indexBytes }) => tableBytes + indexBytes)),
      snapshotBytes: sum(snapshots.map(({ snapshotBytes }) => snapshotBytes)),
      deliveryBytes: files?.deliveryBytes ?? 0,
      pictureBytes: files?.pictureBytes ?? 0,
      exportBytes: files?.exportBytes ?? 0,
      freeBytes,
    };
  }

  async #freeBytes(): Promise<number | null> {
    const client = await this.#connections.pools.queries.connect();
    try {
      await client.query('begin');
      const free = await freeDatabaseBytes(client);
      await client.query('rollback');
      client.release();
      return free;
    } catch (error) {
      client.release(true);
      if (error instanceof DatabaseError && error.code === SQLSTATE.queryCanceled) return null;
      throw error;
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
