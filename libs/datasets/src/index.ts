export type { Column, ColumnType, DatasetDefinition, ListFormat, Reference } from './definition.ts';
export {
  DATASETS,
  DATASET_NAMES,
  definitionOf,
  fileNameOf,
  headerOf,
  isDatasetName,
  type DatasetName,
} from './datasets.ts';
export { MADE_UP } from './made-up.ts';
export { parseRow, type Row, type Value } from './row.ts';
