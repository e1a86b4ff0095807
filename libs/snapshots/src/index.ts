export { openSnapshotStore, SnapshotConfig } from './config.ts';
export { DiskSnapshotStore } from './disk-store.ts';
export { SnapshotManifest, snapshotId, type SnapshotName } from './manifest.ts';
export { chooseExpired, type Retention } from './retention.ts';
export { findFaults, whyUnreadable, type FileFault } from './soundness.ts';
export { DiskSpaceError, expectSpace, freeSpace } from './space.ts';
export {
  StoreError,
  type LeftOut,
  type OnWarning,
  type PackedContent,
  type SnapshotFiles,
  type SnapshotSizes,
  type SnapshotStore,
  type StoreErrorCode,
} from './store.ts';
