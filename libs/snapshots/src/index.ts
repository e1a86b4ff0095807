export { SnapshotManifest, snapshotId } from './manifest.ts';
export { SnapshotStore } from './store.ts';
