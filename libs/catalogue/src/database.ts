import { MADE_UP } from '@marquee/datasets';
import { UrlClient } from '@marquee/postgres/url-client';
import { escapeLiteral, type Client, type Pool } from 'pg';
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
import { SERVER_SQL } from './free-space.ts';
import { RatingMoves1764800000000 } from './migrations/1764800000000-rating-moves.ts';
import { Sessions1764810000000 } from './migrations/1764810000000-sessions.ts';
import { Sources1764900000000 } from './migrations/1764900000000-sources.ts';
import { Receive1765000000000 } from './migrations/1765000000000-receive.ts';
import { Events1765010000000 } from './migrations/1765010000000-events.ts';
import { Exports1765020000000 } from './migrations/1765020000000-exports.ts';
import { Backups1765030000000 } from './migrations/1765030000000-backups.ts';
import { SignIn1765040000000 } from './migrations/1765040000000-sign-in.ts';
import { WebhookSecrets1765050000000 } from './migrations/1765050000000-webhook-secrets.ts';
import { ensurePublishedTables, SCHEMA_LOCK } from './published-tables.ts';
import { SESSION } from './session.ts';
import { ensureViews } from './views.ts';

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
    Sessions1764810000000,
    Sources1764900000000,
    Receive1765000000000,
    Events1765010000000,
    Exports1765020000000,
    Backups1765030000000,
    SignIn1765040000000,
    WebhookSecrets1765050000000,
  ],
  schema: 'ingest',
  migrationsTableName: 'migration',
  // the schema changes by migrations alone
  synchronize: false,
  installExtensions: false,
} satisfies PostgresOptions;

/**
 * TypeORM's options for a database, with a pool of its own. TypeORM does not get the URL, of which it
 * drops the parameters, and with them TLS.
 *
 * @param settings of each session, as a command line has them
 */
export function dataSourceOptions(url: string, settings = SESSION): PostgresOptions {
  return { ...OPTIONS, extra: { connectionString: url, options: settings, Client: UrlClient } };
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
 * `imdb` the missing tables, triggers and views. Several processes may call it at once. It is quick
 * when there is nothing to do.
 *
 * A role that does not own the database's state, such as the API's, changes nothing: it only checks
 * that nothing is pending.
 *
 * @param url of the database
 * @throws if migrations are pending and the role may not run them
 */
export async function migrate(url: string): Promise<void> {
  const client = new UrlClient({ connectionString: url, options: MIGRATING });
  await client.connect();
  try {
    if (!(await mayMigrate(client))) {
      await expectMigrated(client);
      return;
    }
    await client.query('select pg_advisory_lock($1::bigint)', [SCHEMA_LOCK]);
    // TypeORM keeps its table of migrations there
    if (!(await hasSchema(client, 'ingest'))) await client.query('create schema ingest');
    const dataSource = await new DataSource(dataSourceOptions(url, MIGRATING)).initialize();
    try {
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await dataSource.destroy();
    }
    await createEmptyCatalogue(client);
    await createServerFunctions(client);
  } finally {
    // releases the lock
    await client.end();
  }
}

/** Whether the role owns schema `access`, or can create it. */
async function mayMigrate(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `select coalesce(
       (select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'access'),
       has_database_privilege(current_database(), 'create')
     ) as may`,
  );
  return rows[0]?.may === true;
}

async function hasSchema(client: Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1::name', [
    name,
  ]);
  return rowCount === 1;
}

async function expectMigrated(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select name from ingest.migration');
  const done = new Set(rows.map(({ name }) => name));
  const pending = OPTIONS.migrations.map(({ name }) => name).filter((name) => !done.has(name));
  if (pending.length === 0) return;
  const role = await client.query<{ role: string }>('select current_user as role');
  throw new Error(
    `The database lacks ${pending.join(', ')}, and the role ${role.rows[0]?.role ?? ''} may not run migrations. ` +
      'The set-up of the database runs them: make up, or node apps/api/dist/set-up-database.js.',
  );
}

/** The attribution on schema imdb. It must hold for IMDb's data and for made-up data. */
const ABOUT_IMDB = `IMDb's datasets as published. Information courtesy of IMDb (https://www.imdb.com). Used with permission. But where ${MADE_UP.title.tconst} is “${MADE_UP.title.primaryTitle}” or ${MADE_UP.name.nconst} “${MADE_UP.name.primaryName}”, all is made up by marquee's sample generator, and none of it is IMDb's.`;

/** No migration makes these tables: each full load builds them from the datasets' definitions. */
async function createEmptyCatalogue(client: Client): Promise<void> {
  await client.query('begin');
  for (const [schema, comment] of CATALOGUE_SCHEMAS) {
    if (!(await hasSchema(client, schema))) await client.query(`create schema ${schema}`);
    await client.query(`comment on schema ${schema} is ${escapeLiteral(comment)}`);
  }
  await ensurePublishedTables(client);
  await ensureViews(client);
  await client.query(ADOPT);
  await client.query('commit');
}

const CATALOGUE_SCHEMAS = [
  ['imdb', ABOUT_IMDB],
  ['imdb_next', 'Internal: where a load builds what it will publish; empty between runs'],
] as const;

/**
 * Gives what this role has made in the catalogue to the owner of its schema. Where the roles of
 * roles.sql exist, the loader has to own what it replaces.
 */
const ADOPT = `do $$
declare
  statement text;
begin
  for statement in
    select format(
      'alter %s %I.%I owner to %s',
      case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end,
      n.nspname, c.relname, n.nspowner::regrole
    )
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('imdb', 'ingest') and n.nspowner <> current_user::regrole
      and c.relkind in ('r', 'p', 'v', 'S') and c.relowner = current_user::regrole
      -- sequences of columns follow their tables
      and not exists (
        select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and c.relkind = 'S' and d.deptype in ('a', 'i')
      )
    union all
    select format('alter routine %s owner to %s', p.oid::regprocedure, n.nspowner::regrole)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('imdb', 'ingest') and n.nspowner <> current_user::regrole
      and p.proowner = current_user::regrole
  loop
    execute statement;
  end loop;
end $$`;

/** Only a superuser can create them; without them the free disk space is unknown. */
async function createServerFunctions(client: Client): Promise<void> {
  const { rows } = await client.query<{ isNeeded: boolean }>(
    `select current_setting('is_superuser')::boolean and to_regproc('server.free_disk_bytes') is null as "isNeeded"`,
  );
  if (rows[0]?.isNeeded === true) await client.query(SERVER_SQL);
}
