import { SnapshotManifest } from '../store/manifest.ts';
import { S3SnapshotStore, type S3StoreOptions } from '../s3/s3-store.ts';
import type { SnapshotFiles } from '../store/store.ts';

/** A process that a test kills while it adds a snapshot to a store on S3. */
const [options = '', manifest = '', files = ''] = process.argv.slice(2);
const store = new S3SnapshotStore({
  ...(JSON.parse(options) as S3StoreOptions),
  onWarning: (message) => process.emitWarning(message),
});
await store.add(SnapshotManifest.parse(JSON.parse(manifest)), JSON.parse(files) as SnapshotFiles);
