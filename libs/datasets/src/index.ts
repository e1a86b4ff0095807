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
export {
  compareHeader,
  MAX_HEADER,
  noteOnAdded,
  type KnownHeader,
  type OtherHeader,
} from './header.ts';
export { MADE_UP } from './made-up.ts';
export { parseRow, type Row, type Value } from './row.ts';
