import { RunEntity, SnapshotEntity, tableOf } from '@marquee/catalogue';
import type { RunAccepted } from '@marquee/contract';
import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import { describeError, RunQueue, type RunRequest } from '@marquee/runs';
import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull } from 'typeorm';
import { badInput } from '../../problems/bad-input.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

/** A request for a run; without datasets, all seven are meant. */
export interface RunOptions {
  readonly datasets?: readonly DatasetName[] | undefined;
  readonly ignoreGates?: RunRequest['ignoreGates'];
}

/**
 * The last successful update of today (UTC) that had all of the datasets, unless somebody has
 * removed since what it published. Parameters: the datasets, and their tables. Named SQL, for its
 * arrays and `to_regclass`.
 */
const UPDATED_TODAY = `
  select id from ingest.run
  where kind = 'update' and state = 'succeeded' and datasets @> $1::text[] and ended_at >= date_trunc('day', now(), 'UTC')
    and not exists (
      select from unnest($1::text[], $2::text[]) as d (dataset, name) left join ingest.data_control c using (dataset)
      where c.status is distinct from 'published' or to_regclass(name) is null)
  order by ended_at desc limit 1`;

/** Starts runs. The database allows one active run. */
@Injectable()
export class RunStarter {
  readonly #dataSource: DataSource;
  readonly #queue: RunQueue;

  constructor(dataSource: DataSource, queue: RunQueue) {
    this.#dataSource = dataSource;
    this.#queue = queue;
  }

  /** @throws ProblemException 409 while a run is running */
  async download({ datasets = DATASET_NAMES }: RunOptions): Promise<RunAccepted> {
    return this.#start({
      kind: 'download',
      datasets,
      ignoreGates: [],
      snapshots: {},
      fullLoad: false,
    });
  }

  /**
   * Loads the given snapshots, or the newest one of each dataset that has one.
   *
   * @throws ProblemException 409 while a run is running, and when there is no such snapshot; 400 for
   *   two snapshots of one dataset
   */
  async load({
    datasets,
    snapshots: ids,
    ignoreGates = [],
    force,
  }: RunOptions & {
    snapshots?: readonly string[] | undefined;
    force?: 'full' | undefined;
  }): Promise<RunAccepted> {
    const snapshots =
      ids === undefined
        ? await this.#newestSnapshots(datasets)
        : await this.#snapshotsOf(ids, datasets);
    return this.#start({
      kind: 'load',
      datasets: DATASET_NAMES.filter((dataset) => snapshots[dataset] !== undefined),
      ignoreGates,
      snapshots,
      fullLoad: force === 'full',
    });
  }

  /**
   * @param scheduled whether the schedule starts it: it may then wait long for a server
   * @throws ProblemException 409 while a run is running, and when today's update has succeeded
   *   already, unless forced
   */
  async update({
    datasets = DATASET_NAMES,
    ignoreGates = [],
    force,
    scheduled = false,
  }: RunOptions & { force: boolean | 'full'; scheduled?: boolean }): Promise<RunAccepted> {
    if (force === false) await this.#expectNoneToday(datasets);
    return this.#start({
      kind: 'update',
      datasets,
      ignoreGates,
      snapshots: {},
      fullLoad: force === 'full',
      scheduled,
    });
  }

  async #newestSnapshots(
    datasets: readonly DatasetName[] | undefined,
  ): Promise<RunRequest['snapshots']> {
    const newest = await this.#dataSource
      .createQueryBuilder(SnapshotEntity, 'snapshot')
      .select(['snapshot.dataset', 'snapshot.id'])
      .distinctOn(['snapshot.dataset'])
      .where({ removedAt: IsNull(), dataset: In([...(datasets ?? DATASET_NAMES)]) })
      .orderBy({
        'snapshot.dataset': 'ASC',
        'snapshot.fetchedAt': 'DESC',
        'snapshot.id': 'DESC',
      })
      .getMany();
    const snapshots = Object.fromEntries(newest.map(({ dataset, id }) => [dataset, id]));
    const missing = (datasets ?? []).filter((dataset) => snapshots[dataset] === undefined);
    if (newest.length === 0 || missing.length > 0)
      throw noSnapshot(
        `of ${missing.length === 0 ? 'any dataset' : missing.join(', ')} to load`,
        'POST /run-downloader fetches the newest; POST /updatedata fetches and loads.',
      );
    return snapshots;
  }

  async #snapshotsOf(
    ids: readonly string[],
    datasets: readonly DatasetName[] | undefined,
  ): Promise<RunRequest['snapshots']> {
    const known = await this.#dataSource.manager.find(SnapshotEntity, {
      select: { dataset: true, id: true },
      where: { removedAt: IsNull(), id: In([...ids]) },
    });
    const missing = ids.filter((id) => !known.some((snapshot) => snapshot.id === id));
    if (missing.length > 0)
      throw noSnapshot(
        `with the id ${missing.join(', ')}`,
        'GET /snapshots lists those that there are.',
      );
    const snapshots = Object.fromEntries(known.map(({ dataset, id }) => [dataset, id]));
    const fault =
      Object.keys(snapshots).length < known.length
        ? 'expected one snapshot of each dataset'
        : datasets === undefined
          ? null
          : 'expected either datasets or snapshots';
    if (fault === null) return snapshots;
    throw badInput([{ message: fault, path: ['snapshots'] }]);
  }

  async #start(asked: Omit<RunRequest, 'id'>): Promise<RunAccepted> {
    const { kind, datasets, ignoreGates, snapshots, fullLoad } = asked;
    const inserted = await this.#dataSource
      .createQueryBuilder()
      .insert()
      .into(RunEntity)
      .values({
        kind,
        datasets: [...datasets],
        ignoreGates: [...ignoreGates],
        snapshots,
        fullLoad,
      })
      // a unique index allows one running run
      .orIgnore()
      .execute();
    const [started] = inserted.raw as { id: string }[];
    if (started === undefined) throw await this.#alreadyRunning();
    const { id } = started;
    try {
      await this.#queue.add({ id, ...asked });
    } catch (error) {
      await this.#recordUnqueued(id, error);
      throw new ProblemException({
        status: 503,
        code: 'queue-unavailable',
        detail: 'The queue does not answer, so the run could not be started.',
        hint: 'Nothing was started. Try again when GET /health/ready answers 200.',
      });
    }
    return { id, url: `/runs/${id}` };
  }

  async #expectNoneToday(datasets: readonly DatasetName[]): Promise<void> {
    const [last]: { id: string }[] = await this.#dataSource.query(UPDATED_TODAY, [
      datasets,
      datasets.map((dataset) => tableOf(dataset, 'imdb')),
    ]);
    if (last === undefined) return;
    throw new ProblemException({
      status: 409,
      code: 'updated-today',
      detail: `An update has succeeded today (UTC): run ${last.id}.`,
      hint: 'IMDb publishes once a day. To update again, send {"force":true}.',
      runId: last.id,
    });
  }

  async #alreadyRunning(): Promise<ProblemException> {
    const running = await this.#dataSource.manager.findOneBy(RunEntity, { state: 'running' });
    const detail =
      running === null
        ? 'Another run was running a moment ago.'
        : `Run ${running.id} is running; only one run can run at a time.`;
    const hint =
      running === null
        ? 'Try again.'
        : `GET /runs/${running.id} shows its progress; try again when it has ended.`;
    return new ProblemException({
      status: 409,
      code: 'run-in-progress',
      detail,
      hint,
      ...(running === null ? {} : { runId: running.id }),
    });
  }

  async #recordUnqueued(id: string, error: unknown): Promise<void> {
    await this.#dataSource.manager.update(
      RunEntity,
      { id, state: 'running' },
      {
        state: 'failed',
        endedAt: () => 'now()',
        error: { ...describeError(error, null), code: 'queue-unavailable' },
      },
    );
  }
}

function noSnapshot(which: string, hint: string): ProblemException {
  return new ProblemException({
    status: 409,
    code: 'no-snapshot',
    detail: `There is no snapshot ${which}.`,
    hint,
  });
}
