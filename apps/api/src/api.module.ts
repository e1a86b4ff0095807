import { dataSourceOptionsOn, RunEntity, RunStepEntity } from '@marquee/catalogue';
import { EVENT_TYPES } from '@marquee/contract';
import { AddressGuard } from '@marquee/network/address-guard';
import { proxiesOf } from '@marquee/network/proxies';
import type { Logger } from '@marquee/process';
import { RunQueue, Schedule } from '@marquee/runs';
import { awsCredentials, openExportStore, openFileStore, type FileStore } from '@marquee/snapshots';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type Repository } from 'typeorm';
import { accessProviders } from './access-providers.ts';
import { AuditController } from './resources/audit/audit.controller.ts';
import { AllDeliveriesController } from './resources/deliveries/all-deliveries.controller.ts';
import { Deliveries } from './resources/deliveries/deliveries.ts';
import { DeliveriesController } from './resources/deliveries/deliveries.controller.ts';
import { MatchesController } from './resources/matches/matches.controller.ts';
import { RecordsController } from './resources/records/records.controller.ts';
import { FileReader } from './resources/sources/file-reader.ts';
import { DefinitionTrial } from './resources/sources/definition-trial.ts';
import { SourcesController } from './resources/sources/sources.controller.ts';
import { Wakes } from './resources/sources/wakes.ts';
import { ChangeFeed } from './resources/changes/change-feed.ts';
import { ChangesController } from './resources/changes/changes.controller.ts';
import type { ApiConfig } from './config.ts';
import { ChartsController } from './resources/charts/charts.controller.ts';
import { PeopleChartController } from './resources/charts/people-chart.controller.ts';
import { MovementChartsController } from './resources/charts/movement-charts.controller.ts';
import { Connections } from './database/connections.ts';
import { Database } from './database/database.ts';
import { DiskController } from './resources/disk/disk.controller.ts';
import { DiskMeter } from './resources/disk/disk-meter.ts';
import { ExportReader } from './resources/exports/export-reader.ts';
import { ExportsController } from './resources/exports/exports.controller.ts';
import { EventLog } from './resources/events/event-log.ts';
import { EventSender } from './resources/events/event-sender.ts';
import { EventStreams } from './resources/events/event-streams.ts';
import { EventsController } from './resources/events/events.controller.ts';
import { openSinks } from './resources/events/open-sinks.ts';
import { FacetsController } from './resources/facets/facets.controller.ts';
import { AggregatesController } from './resources/aggregates/aggregates.controller.ts';
import { LocksController } from './resources/movies/locks.controller.ts';
import { MovieFeed } from './resources/movies/movie-feed.ts';
import { MovieLocks } from './resources/movies/movie-locks.ts';
import { MovieLists } from './resources/movies/movie-list.ts';
import { MovieReader } from './resources/movies/movie-reader.ts';
import { MoviesController } from './resources/movies/movies.controller.ts';
import { RuleStore } from './resources/rules/rule-store.ts';
import { RulesController } from './resources/rules/rules.controller.ts';
import { NameListController } from './resources/names/name-list.controller.ts';
import { PathMetrics } from './read-models/title-lists/path-metrics.ts';
import { SearchLimits } from './read-models/title-lists/search-limits.ts';
import { TitleLists } from './read-models/title-lists/title-lists.ts';
import { Vocabularies } from './read-models/vocabularies/vocabularies.ts';
import { TitleListController } from './resources/titles/title-list.controller.ts';
import { SnapshotsController } from './resources/snapshots/snapshots.controller.ts';
import { StatsController } from './resources/stats/stats.controller.ts';
import type { Exposure } from './http/auth/exposure.ts';
import { HealthController } from './resources/health/health.controller.ts';
import { Readiness } from './resources/health/readiness.ts';
import { Shutdown } from './resources/health/shutdown.ts';
import { SessionController } from './resources/session/session.controller.ts';
import { SignInController } from './resources/session/sign-in.controller.ts';
import { KeysController } from './resources/keys/keys.controller.ts';
import { Metrics } from './http/observability/metrics.ts';
import { LineMatcher } from './resources/match/line-matcher.ts';
import { MatchController } from './resources/match/match.controller.ts';
import { MetricsController } from './resources/metrics/metrics.controller.ts';
import { NameDetailsController } from './resources/names/name-details.controller.ts';
import { OmdbController } from './resources/omdb/omdb.controller.ts';
import { PublishedController } from './resources/published/published.controller.ts';
import { PublishedWatch } from './database/published-watch.ts';
import { ReadServers } from './database/read-servers.ts';
import { openReplicas } from './database/replica.ts';
import { RatingsController } from './resources/ratings/ratings.controller.ts';
import { PictureStore } from './resources/pictures/picture-store.ts';
import { PicturesController } from './resources/pictures/pictures.controller.ts';
import { ReconcileController } from './resources/reconcile/reconcile.controller.ts';
import { RunReader } from './resources/runs/run-reader.ts';
import { RunStarter } from './resources/runs/run-starter.ts';
import { RunsController } from './resources/runs/runs.controller.ts';
import { SearchController } from './resources/search/search.controller.ts';
import { McpController } from './resources/mcp/mcp.controller.ts';
import { ReaderSql, readerUrlOf } from './resources/sql/reader-sql.ts';
import { SqlController } from './resources/sql/sql.controller.ts';
import { startSchedule } from './schedule.ts';
import type { ApiTimings } from './timings.ts';
import { TitleDetailsController } from './resources/titles/title-details.controller.ts';
import { WebhookSender } from './resources/webhooks/webhook-sender.ts';
import { WebhookStore } from './resources/webhooks/webhook-store.ts';
import { WebhooksController } from './resources/webhooks/webhooks.controller.ts';

const CONTROLLERS = [
  SearchController,
  MatchController,
  ReconcileController,
  PicturesController,
  TitleListController,
  TitleDetailsController,
  NameListController,
  NameDetailsController,
  MoviesController,
  LocksController,
  RulesController,
  AggregatesController,
  ChartsController,
  MovementChartsController,
  PeopleChartController,
  FacetsController,
  StatsController,
  RatingsController,
  RunsController,
  PublishedController,
  SnapshotsController,
  ExportsController,
  SourcesController,
  DeliveriesController,
  AllDeliveriesController,
  RecordsController,
  MatchesController,
  DiskController,
  ChangesController,
  EventsController,
  WebhooksController,
  OmdbController,
  McpController,
  SqlController,
  HealthController,
  KeysController,
  SessionController,
  SignInController,
  AuditController,
  MetricsController,
];

/** The store of delivered files. */
const DELIVERED_FILES = Symbol('delivered files');

/** What the providers are built from. */
interface ApiParts {
  readonly config: ApiConfig;
  readonly exposure: Exposure;
  readonly queue: RunQueue;
  readonly log: Logger;
  readonly timings: ApiTimings;
  readonly limits: SearchLimits;
}

/** The whole API: one process, one domain, one module. */
@Module({})
export class ApiModule {
  static of(parts: ApiParts): DynamicModule {
    const { config, log } = parts;
    const connections = new Connections(config.DATABASE_URL, (error) =>
      log.warn({ err: error }, 'lost a connection to the database'),
    );
    return {
      module: ApiModule,
      imports: [
        TypeOrmModule.forRoot({
          ...dataSourceOptionsOn(connections.pools.queries),
          retryAttempts: 0,
        }),
        TypeOrmModule.forFeature([RunEntity, RunStepEntity]),
      ],
      controllers: CONTROLLERS,
      providers: [
        { provide: Connections, useValue: connections },
        ...publishedProviders(parts),
        ...accessProviders(parts),
        ...webhookProviders(parts),
        ...eventProviders(parts),
        pictureProvider(parts),
        exportProvider(parts),
        sqlProvider(parts),
        ...runProviders(parts),
        ...sourceProviders(parts),
        MovieReader,
        MovieFeed,
        MovieLists,
        MovieLocks,
        RuleStore,
        DiskMeter,
        Shutdown,
      ],
    };
  }
}

/** Reading of the published tables, and the watch of what is published. */
function publishedProviders({ config, log, timings, limits }: ApiParts): Provider[] {
  return [
    { provide: SearchLimits, useValue: limits },
    PathMetrics,
    TitleLists,
    Vocabularies,
    {
      provide: Database,
      inject: [ReadServers],
      useFactory: (servers: ReadServers) => Database.across(servers),
    },
    {
      provide: ReadServers,
      inject: [Connections, PublishedWatch],
      useFactory: (connections: Connections, watch: PublishedWatch) =>
        new ReadServers(
          connections,
          timings,
          openReplicas(config.DATABASE_READ_URLS, watch, timings, log),
        ),
    },
    {
      provide: PublishedWatch,
      useFactory: async () =>
        PublishedWatch.start(
          config.DATABASE_URL,
          (error) => log.warn({ err: error }, 'lost the connection that watches what is published'),
          timings,
        ),
    },
    ChangeFeed,
    {
      provide: LineMatcher,
      inject: [Database, Vocabularies],
      useFactory: (database: Database, vocabularies: Vocabularies) =>
        new LineMatcher(database, vocabularies, log),
    },
  ];
}

function webhookProviders({ config, log, timings }: ApiParts): Provider[] {
  return [
    WebhookStore,
    {
      provide: AddressGuard,
      useValue: new AddressGuard({
        allowPrivate: config.WEBHOOKS_PRIVATE === 'true',
        rule: 'webhooks are sent to public addresses only, unless WEBHOOKS_PRIVATE=true',
      }),
    },
    {
      provide: WebhookSender,
      inject: [DataSource, EventLog, AddressGuard],
      useFactory: (dataSource: DataSource, events: EventLog, addresses: AddressGuard) =>
        new WebhookSender(dataSource, events, addresses, log, timings),
    },
  ];
}

/** The log of events, and where it is sent to. */
function eventProviders({ config, log, timings }: ApiParts): Provider[] {
  const pollMs = timings.watchPollMs;
  return [
    {
      provide: EventLog,
      inject: [Database, PublishedWatch],
      useFactory: (database: Database, watch: PublishedWatch) =>
        new EventLog({ database, watch, source: config.EVENTS_SOURCE, pollMs }),
    },
    {
      provide: EventStreams,
      inject: [EventLog],
      useFactory: (events: EventLog) => new EventStreams(events, timings),
    },
    {
      provide: EventSender,
      inject: [DataSource, EventLog],
      useFactory: async (dataSource: DataSource, events: EventLog) => {
        const { EVENTS_SINKS: names = [], EVENTS_AWS_ENDPOINT: endpoint } = config;
        const sinks = await openSinks(names, {
          endpoint,
          proxies: proxiesOf(config),
          credentials: awsCredentials(config),
        });
        const types = EVENT_TYPES.filter((type) => config.EVENTS_TYPES?.includes(type) !== false);
        return new EventSender({ dataSource, events, sinks, types, log, pollMs });
      },
    },
  ];
}

/** Sources and their deliveries. */
function sourceProviders({ config, queue, log }: ApiParts): Provider[] {
  return [
    { provide: Wakes, useValue: new Wakes(queue, log) },
    FileReader,
    {
      provide: DELIVERED_FILES,
      useFactory: async () => openFileStore(config, 'deliveries', (warning) => log.warn(warning)),
    },
    {
      provide: DefinitionTrial,
      inject: [Database, DELIVERED_FILES, FileReader],
      useFactory: (database: Database, store: FileStore, reader: FileReader) =>
        new DefinitionTrial(database, store, reader),
    },
    {
      provide: Deliveries,
      inject: [Database, DataSource, Wakes, DELIVERED_FILES, FileReader],
      useFactory: (
        database: Database,
        dataSource: DataSource,
        wakes: Wakes,
        store: FileStore,
        reader: FileReader,
      ) =>
        new Deliveries({
          database,
          dataSource,
          wakes,
          store,
          reader,
          maxBytes: config.SOURCE_UPLOAD_MAX_MB * 2 ** 20,
        }),
    },
  ];
}

/** Pictures, in the store of files. */
function pictureProvider({ config, log }: ApiParts): Provider {
  return {
    provide: PictureStore,
    inject: [Database, DataSource],
    useFactory: async (database: Database, dataSource: DataSource) =>
      new PictureStore(
        database,
        dataSource,
        await openFileStore(config, 'pictures', (warning) => log.warn(warning)),
      ),
  };
}

/** Exports, in the snapshot store. */
function exportProvider({ config }: ApiParts): Provider {
  return {
    provide: ExportReader,
    inject: [Database],
    useFactory: async (database: Database) =>
      new ExportReader(database, await openExportStore(config)),
  };
}

/** Statements of people, as the role that only reads. */
function sqlProvider({ config, log }: ApiParts): Provider {
  return {
    provide: ReaderSql,
    useFactory: () =>
      new ReaderSql(readerUrlOf(config), (error) =>
        log.warn({ err: error }, 'lost a connection to the database'),
      ),
  };
}

/** Runs, their queue and schedule, health and metrics. */
function runProviders({ config, queue, log, timings }: ApiParts): Provider[] {
  return [
    RunStarter,
    {
      provide: RunReader,
      inject: [getRepositoryToken(RunEntity), getRepositoryToken(RunStepEntity)],
      useFactory: (runs: Repository<RunEntity>, steps: Repository<RunStepEntity>) =>
        new RunReader(runs, steps, queue, timings),
    },
    { provide: RunQueue, useValue: queue },
    {
      provide: Readiness,
      inject: [Database, DataSource, ReadServers, Shutdown],
      useFactory: (
        database: Database,
        dataSource: DataSource,
        servers: ReadServers,
        shutdown: Shutdown,
      ) => new Readiness({ database, dataSource, servers, queue, shutdown }, timings),
    },
    {
      provide: Schedule,
      inject: [RunStarter],
      useFactory: async (starter: RunStarter) => startSchedule(config, starter, log),
    },
    {
      provide: Metrics,
      inject: [DataSource, PathMetrics, ReadServers],
      useFactory: (dataSource: DataSource, paths: PathMetrics, servers: ReadServers) =>
        new Metrics(dataSource, queue, paths, servers),
    },
  ];
}
