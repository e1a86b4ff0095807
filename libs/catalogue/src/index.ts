export { dataSourceOptions, dataSourceOptionsOn, migrate } from './database.ts';
export { freeDatabaseBytes } from './free-space.ts';
export { createPool, type PoolOptions } from './pool.ts';
export {
  ensurePublishedTables,
  HAND_WRITE_TRIGGER,
  noteHandWrites,
  WRITE_AS_LOADER,
} from './published-tables.ts';
export { RunEntity, RunStepEntity } from './run-entities.ts';
export {
  createTable,
  finishTable,
  finishTableAtOnce,
  columnsOf,
  keyColumnsOf,
  tableOf,
  type CatalogueSchema,
} from './tables.ts';
