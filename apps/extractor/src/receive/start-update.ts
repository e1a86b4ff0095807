import { inTransaction } from '@marquee/catalogue';
import { DATASET_NAMES, fileNameOf, type DatasetName } from '@marquee/datasets';
import { IMDB, type AnnouncedObject } from '@marquee/snapshots/providers';
import type { RunQueue, RunRequest } from '@marquee/runs';
import type { Pool, PoolClient } from 'pg';
import {
  DONE,
  nameOf,
  AnnouncementError,
  versionIdOf,
  type Outcome,
  type ProvidedFile,
} from './announcement.ts';
import {
  audit,
  findAnnouncement,
  hasNewer,
  isSettled,
  lockFile,
  writeAnnouncement,
} from './announcements.ts';
import { attempt, checkQuota, sizeOf, type RemoteContent } from './take-file.ts';

/** How long files of datasets wait for the run that goes on. */
const RUN_WAIT_SECONDS = 30;

/** An announced file of a dataset. */
export interface ProvidedDataset extends ProvidedFile {
  readonly content: Pick<RemoteContent, 'size'>;
}

type Queue = Pick<RunQueue, 'add'>;

/**
 * Starts one update with the announced files of datasets, which the downloader fetches and verifies.
 * Run and announcements are one transaction. While another run goes on, all wait.
 *
 * @returns what became of each, in their order
 * @throws what keeps the database from answering
 */
export async function startUpdate(
  pool: Pool,
  queue: Queue,
  files: readonly ProvidedDataset[],
): Promise<Outcome[]> {
  const checked: (DatasetName | Outcome)[] = [];
  for (const file of files) checked.push(await check(pool, file));
  const ready = files.flatMap((file, i) => {
    const dataset = checked[i];
    return typeof dataset === 'string' ? [{ file, dataset }] : [];
  });
  const outcome = ready.length > 0 ? await commitRun(pool, queue, ready) : DONE;
  return checked.map((one) => (typeof one === 'string' ? outcome : one));
}

/** The dataset of a file that can be fetched; otherwise what became of it. */
async function check(pool: Pool, file: ProvidedDataset): Promise<DatasetName | Outcome> {
  return attempt(pool, file, async () => {
    const { announcement, content } = file;
    const dataset = datasetOf(file);
    const bytes = await sizeOf(announcement, content);
    await checkQuota(pool, { ...file, announcement: { ...announcement, bytes } });
    return dataset;
  });
}

function datasetOf({ announcement }: ProvidedFile): DatasetName {
  const name = nameOf(announcement);
  const dataset = DATASET_NAMES.find((one) => fileNameOf(one) === name);
  if (dataset !== undefined) return dataset;
  throw new AnnouncementError(
    'unknown-file',
    `${name} is no file of IMDb’s datasets; expected ${DATASET_NAMES.map(fileNameOf).join(', ')}.`,
    'Name the file as IMDb does; folders before the name are free.',
  );
}

interface ReadyFile {
  readonly file: ProvidedDataset;
  readonly dataset: DatasetName;
}

async function commitRun(pool: Pool, queue: Queue, ready: readonly ReadyFile[]): Promise<Outcome> {
  // the newest of each dataset comes first, so that it supersedes the others
  const newestFirst = ready.toSorted((a, b) => byTime(b.file, a.file));
  const started = await inTransaction(pool, async (client) => {
    for (const dataset of DATASET_NAMES)
      if (ready.some((one) => one.dataset === dataset)) await lockFile(client, IMDB, dataset);
    const objects: Partial<Record<DatasetName, AnnouncedObject>> = {};
    const taken: ReadyFile[] = [];
    for (const one of newestFirst) {
      const { file, dataset } = one;
      if (taken.some((other) => isRepetition(other.file, file))) continue;
      if (isSettled(await findAnnouncement(client, file.announcement))) continue;
      if (objects[dataset] !== undefined || (await hasNewer(client, file, dataset))) {
        await writeAnnouncement(client, file, { state: 'superseded', file: dataset });
        continue;
      }
      objects[dataset] = objectOf(file);
      taken.push(one);
    }
    return taken.length === 0 ? 'nothing' : insertRun(client, objects, taken);
  });
  if (started === 'nothing') return DONE;
  if (started === null) return { kind: 'wait', seconds: RUN_WAIT_SECONDS };
  // a queue that does not answer costs time only: the loader adds the jobs of a running run
  await queue.add(started).catch(() => undefined);
  return DONE;
}

/** @returns null while another run goes on: the announcements are written as waiting then */
async function insertRun(
  client: PoolClient,
  objects: Partial<Record<DatasetName, AnnouncedObject>>,
  taken: readonly ReadyFile[],
): Promise<RunRequest | null> {
  const datasets = DATASET_NAMES.filter((dataset) => objects[dataset] !== undefined);
  const { rows } = await client.query<{ id: string }>(
    `insert into ingest.run (kind, datasets, objects) values ('update', $1::text[], $2::jsonb)
     -- a unique index allows one running run
     on conflict do nothing
     returning id`,
    [datasets, JSON.stringify(objects)],
  );
  const id = rows[0]?.id;
  for (const { file, dataset } of taken) {
    const change =
      id === undefined ? ({ state: 'waiting' } as const) : { state: 'received' as const, run: id };
    await writeAnnouncement(client, file, { ...change, file: dataset });
    if (id !== undefined) await audit(client, file, `/runs/${id}`);
  }
  return id === undefined
    ? null
    : {
        id,
        kind: 'update',
        datasets,
        ignoreGates: [],
        snapshots: {},
        fullLoad: false,
        scheduled: true,
        objects,
      };
}

/** Whether two announcements are the same one, which a queue may give twice at once. */
function isRepetition(
  { announcement: a }: ProvidedFile,
  { announcement: b }: ProvidedFile,
): boolean {
  return (
    a.place === b.place && a.key === b.key && a.version === b.version && a.sequence === b.sequence
  );
}

function objectOf({ provider, announcement }: ProvidedFile): AnnouncedObject {
  return { provider: provider.id, key: announcement.key, version: versionIdOf(announcement) };
}

function byTime(a: ProvidedFile, b: ProvidedFile): number {
  const time = ({ announcement }: ProvidedFile) => announcement.announcedAt?.getTime() ?? 0;
  if (time(a) !== time(b)) return time(a) - time(b);
  return a.announcement.sequence < b.announcement.sequence ? -1 : 1;
}
