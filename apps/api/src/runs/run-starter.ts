import type { Run, RunAccepted } from '@marquee/contract';
import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import { describeError, RunQueue, type RunRequest } from '@marquee/runs';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ProblemException } from '../problems/problem-exception.ts';

/** What was asked for; without datasets, all seven are meant. */
export interface Asked {
  readonly datasets?: readonly DatasetName[] | undefined;
  readonly ignoreGates?: RunRequest['ignoreGates'];
}

/** Starts runs. The database lets one go at a time, whoever asks and however often. */
@Injectable()
export class RunStarter {
  readonly #dataSource: DataSource;
  readonly #queue: RunQueue;

  constructor(dataSource: DataSource, queue: RunQueue) {
    this.#dataSource = dataSource;
    this.#queue = queue;
  }

  /** @throws ProblemException 409 while a run is going */
  async download({ datasets = DATASET_NAMES }: Asked): Promise<RunAccepted> {
    return this.#start('download', datasets, [], {});
  }

  /** Loads the newest snapshot of each dataset that has one. @throws ProblemException 409 while a run is going, and when an asked-for dataset has none */
  async load({ datasets, ignoreGates = [] }: Asked): Promise<RunAccepted> {
    const newest: { dataset: DatasetName; id: string }[] = await this.#dataSource.query(
      `select distinct on (dataset) dataset, id from ingest.snapshot where dataset = any ($1::text[]) order by dataset, fetched_at desc, id desc`,
      [datasets ?? DATASET_NAMES],
    );
    const snapshots = Object.fromEntries(newest.map(({ dataset, id }) => [dataset, id]));
    const missing = (datasets ?? []).filter((dataset) => snapshots[dataset] === undefined);
    if (newest.length === 0 || missing.length > 0) {
      const what = missing.length === 0 ? 'any dataset' : missing.join(', ');
      throw new ProblemException({ status: 409, code: 'no-snapshot', detail: `There is no snapshot of ${what} to load.`, hint: 'POST /run-downloader fetches them; POST /updatedata fetches and loads.' });
    }
    return this.#start('load', newest.map(({ dataset }) => dataset), ignoreGates, snapshots);
  }

  /** @throws ProblemException 409 while a run is going, and when today's update is done already, unless forced */
  async update({ datasets = DATASET_NAMES, ignoreGates = [], force }: Asked & { force: boolean }): Promise<RunAccepted> {
    if (!force) await this.#expectNoneToday(datasets);
    return this.#start('update', datasets, ignoreGates, {});
  }

  async #start(kind: Run['kind'], datasets: readonly DatasetName[], ignoreGates: RunRequest['ignoreGates'], snapshots: RunRequest['snapshots']): Promise<RunAccepted> {
    const [started]: { id: string }[] = await this.#dataSource.query(
      `insert into ingest.run (id, kind, datasets, ignore_gates, snapshots) values (uuidv7(), $1::text, $2::text[], $3::text[], $4::jsonb)
       on conflict ((true)) where state = 'running' do nothing
       returning id`,
      [kind, datasets, ignoreGates, snapshots],
    );
    if (started === undefined) throw await this.#alreadyRunning();
    const { id } = started;
    try {
      await this.#queue.add({ id, kind, datasets, ignoreGates, snapshots });
    } catch (error) {
      await this.#recordUnqueued(id, error);
      throw new ProblemException({ status: 503, code: 'queue-unavailable', detail: 'The queue does not answer, so the run could not be started.', hint: 'Nothing was done. Try again when GET /health/ready answers 200.' });
    }
    return { id, url: `/runs/${id}` };
  }

  async #expectNoneToday(datasets: readonly DatasetName[]): Promise<void> {
    const [last]: { id: string }[] = await this.#dataSource.query(
      `select id from ingest.run
       where kind = 'update' and state = 'succeeded' and datasets @> $1::text[] and ended_at >= date_trunc('day', now(), 'UTC')
       order by ended_at desc limit 1`,
      [datasets],
    );
    if (last === undefined) return;
    throw new ProblemException({
      status: 409,
      code: 'updated-today',
      detail: `The last successful update is of today (UTC): run ${last.id}.`,
      hint: 'IMDb publishes once a day. To update all the same, ask with {"force":true}.',
      runId: last.id,
    });
  }

  async #alreadyRunning(): Promise<ProblemException> {
    const [running]: { id: string }[] = await this.#dataSource.query(`select id from ingest.run where state = 'running'`);
    const detail = running === undefined ? 'Another run was going a moment ago.' : `Run ${running.id} is going, and there is one run at a time.`;
    const hint = running === undefined ? 'Ask again.' : `GET /runs/${running.id} tells how far it is; ask again when it has ended.`;
    return new ProblemException({ status: 409, code: 'run-in-progress', detail, hint, ...(running === undefined ? {} : { runId: running.id }) });
  }

  async #recordUnqueued(id: string, error: unknown): Promise<void> {
    await this.#dataSource.query(`update ingest.run set state = 'failed', ended_at = now(), error = $2::jsonb where id = $1::uuid and state = 'running'`, [
      id,
      { ...describeError(error, null), code: 'queue-unavailable' },
    ]);
  }
}
