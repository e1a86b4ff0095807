export { changePartition, changePartitionSql } from './change-partitions.ts';
export { dataSourceOptions, dataSourceOptionsOn, migrate } from './database.ts';
export { AuditEntity, KeyEntity, WebhookDeliveryEntity, WebhookEntity } from './entities/access.ts';
export { recordDelivery, type SameDelivery, type StoredDelivery } from './deliveries.ts';
export {
  DATASET_ENTITIES,
  NameBasic,
  TitleAka,
  TitleBasic,
  TitleCrew,
  TitleEpisode,
  TitlePrincipal,
  TitleRating,
} from './entities/datasets.ts';
export { DataControlEntity, SnapshotEntity } from './entities/published.ts';
export { RunEntity, RunStepEntity } from './entities/runs.ts';
export { requestExport, type ExportWish } from './exports.ts';
export { freeDatabaseBytes } from './free-space.ts';
export { createPool, type PoolOptions } from './pool.ts';
export { setUpDatabase } from './roles.ts';
export { SESSION } from './session.ts';
export { inTransaction, nameSession } from './transaction.ts';
export { ensureViews } from './views.ts';
export {
  ensurePublishedTables,
  HAND_WRITE_TRIGGER,
  noteHandWrites,
  WRITE_AS_LOADER,
} from './published-tables.ts';
export {
  createTable,
  finishStatements,
  finishTableInParallel,
  sqlColumnsOf,
  keyColumnsOf,
  tableOf,
  type CatalogueSchema,
} from './tables.ts';
