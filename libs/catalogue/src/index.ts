export { dataSourceOptions, migrate } from './database.ts';
export { freeDatabaseBytes } from './free-space.ts';
export { createPool } from './pool.ts';
export { RunEntity, RunStepEntity } from './run-entities.ts';
export {
  createTable,
  finishTable,
  finishTableAtOnce,
  keyColumnsOf,
  tableOf,
  type CatalogueSchema,
} from './tables.ts';
