import { MADE_UP } from '@marquee/datasets';
import { Client, type Pool } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AuditEntity, KeyEntity, WebhookDeliveryEntity, WebhookEntity } from './entities/access.ts';
import { DATASET_ENTITIES } from './entities/datasets.ts';
import { DataControlEntity, SnapshotEntity } from './entities/published.ts';
import { RunEntity, RunStepEntity } from './entities/runs.ts';
import { Ingest1763600000000 } from './migrations/1763600000000-ingest.ts';
import { Refresh1763700000000 } from './migrations/1763700000000-refresh.ts';
import { Keys1763800000000 } from './migrations/1763800000000-keys.ts';
import { Webhooks1763900000000 } from './migrations/1763900000000-webhooks.ts';
import { PublishTime1764000000000 } from './migrations/1764000000000-publish-time.ts';
import { HandWrites1764100000000 } from './migrations/1764100000000-hand-writes.ts';
import { AnyOrder1764200000000 } from './migrations/1764200000000-any-order.ts';
import { TitleCounts1764300000000 } from './migrations/1764300000000-title-counts.ts';
import { ExplicitPublications1764400000000 } from './migrations/1764400000000-explicit-publications.ts';
import { DefaultIds1764500000000 } from './migrations/1764500000000-default-ids.ts';
import { PlainComments1764600000000 } from './migrations/1764600000000-plain-comments.ts';
import { RatingMoves1764800000000 } from './migrations/1764800000000-rating-moves.ts';
import { ensurePublishedTables, SCHEMA_LOCK } from './published-tables.ts';
import { SESSION } from './session.ts';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

const OPTIONS = {
  type: 'postgres',
  entities: [
    ...Object.values(DATASET_ENTITIES),
    RunEntity,
    RunStepEntity,
    SnapshotEntity,
    DataControlEntity,
    KeyEntity,
    AuditEntity,
    WebhookEntity,
    WebhookDeliveryEntity,
  ],
  migrations: [
    Ingest1763600000000,
    Refresh1763700000000,
    Keys1763800000000,
    Webhooks1763900000000,
    PublishTime1764000000000,
    HandWrites1764100000000,
    AnyOrder1764200000000,
    TitleCounts1764300000000,
    ExplicitPublications1764400000000,
    DefaultIds1764500000000,
    PlainComments1764600000000,
    RatingMoves1764800000000,
  ],
  schema: 'ingest',
  migrationsTableName: 'migration',
  // the schema changes by migrations alone
  synchronize: false,
  installExtensions: false,
} satisfies PostgresOptions;

/** TypeORM's options for a database, with a pool of its own. */
export function dataSourceOptions(url: string): PostgresOptions {
  return { ...OPTIONS, url, extra: { options: SESSION } };
}

/**
 * TypeORM's options for working on a pool that its caller has made, and ends.
 *
 * TypeORM takes the module of its driver as an option and makes its pool from it: here, one that
 * lends it the caller's.
 */
export function dataSourceOptionsOn(pool: Pool): PostgresOptions {
  return {
    ...OPTIONS,
    driver: {
      Pool: class {
        connect = pool.connect.bind(pool);
        on = pool.on.bind(pool);
        end(done: () => void): void {
          done();
        }
      },
    },
    // the maker of the pool listens already
    poolErrorHandler: () => undefined,
  };
}

/** A process that is frozen in the middle of a migration does not keep its locks. */
const MIGRATING = `${SESSION} -c idle_in_transaction_session_timeout=10s`;

/**
 * Brings a database to the schema of this version: `ingest` and `access` by migrations, and in
 * `imdb` the missing tables and triggers of datasets. Several processes may call it at once. It is
 * quick when there is nothing to do.
 *
 * @param url of the database, as a role that may create schemas
 */
export async function migrate(url: string): Promise<void> {
  const client = new Client({ connectionString: url, options: MIGRATING });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1::bigint)', [SCHEMA_LOCK]);
    // TypeORM keeps its table of migrations there
    await client.query('create schema if not exists ingest');
    const dataSource = await new DataSource({
      ...dataSourceOptions(url),
      extra: { options: MIGRATING },
    }).initialize();
    try {
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await dataSource.destroy();
    }
    await createEmptyCatalogue(client);
  } finally {
    // releases the lock
    await client.end();
  }
}

/** The attribution on schema imdb. It must hold for IMDb's data and for made-up data. */
const ABOUT_IMDB = `IMDb's datasets as published. Information courtesy of IMDb (https://www.imdb.com). Used with permission. But where ${MADE_UP.title.tconst} is “${MADE_UP.title.primaryTitle}” or ${MADE_UP.name.nconst} “${MADE_UP.name.primaryName}”, all is made up by marquee's sample generator, and none of it is IMDb's.`;

/** No migration makes these tables: each full load builds them from the datasets' definitions. */
async function createEmptyCatalogue(client: Client): Promise<void> {
  await client.query('begin');
  await client.query('create schema if not exists imdb');
  await client.query(`comment on schema imdb is '${ABOUT_IMDB.replaceAll("'", "''")}'`);
  await client.query('create schema if not exists imdb_next');
  await client.query(
    `comment on schema imdb_next is 'Where a load builds what it will publish; empty between runs'`,
  );
  await ensurePublishedTables(client);
  await client.query('commit');
}
