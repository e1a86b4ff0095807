export { awsCredentials, type AwsCredentialProvider } from './aws-credentials.ts';
export {
  openExportStore,
  openFileStore,
  openPathStore,
  openSnapshotStore,
  SnapshotConfig,
} from './config.ts';
export { DiskSnapshotStore } from './disk/disk-store.ts';
export { SnapshotManifest, snapshotId, type SnapshotName } from './store/manifest.ts';
export type { FileFolder, FileStore, StoredFile } from './files/file-store.ts';
export type { ByteRange, PathStore } from './paths/path-store.ts';
export { chooseExpired, type Retention } from './retention.ts';
export { checkIntegrity, unreadableReason, type IntegrityProblem } from './integrity.ts';
export { DiskSpaceError, requireSpace, freeSpace } from './store/disk-space.ts';
export {
  type UnusableEntry,
  type OnWarning,
  type CompressedContent,
  type SnapshotFiles,
  type SnapshotSizes,
  type SnapshotStore,
} from './store/store.ts';
export { StoreError, type StoreErrorCode } from './store/store-error.ts';
