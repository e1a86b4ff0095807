import {
  DEFAULT_CHANGES,
  type ChangeEntry,
  type ChangePage,
  type ChangeQuery,
} from '@marquee/contract';
import { DATASET_NAMES, DATASETS, definitionOf, type DatasetName } from '@marquee/datasets';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../database/database.ts';
import type { StreamClient } from '../../database/stream-slots.ts';
import { picker } from '../../read-models/lists/list.ts';
import { badInput } from '../../problems/bad-input.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import {
  changesStatement,
  changesStream,
  FEED_END,
  MISSING_CHANGES,
  POSITION_AT_RUN,
  POSITION_AT_TIME,
  type ChangeRow,
  type ChangeSelection,
} from './change-statements.ts';
import { readFeedCursor, writeFeedCursor, type FeedPosition } from './feed-position.ts';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu;
/** ISO 8601, with a zone if it has a time of day. PostgreSQL has no year 0. */
const TIME =
  /^[1-9]\d{3}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/u;

type Filter = Pick<ChangeQuery, 'dataset' | 'id' | 'kind'>;
/** A selection of the feed, and the fields to show. */
type FeedRequest = Filter &
  Pick<ChangeQuery, 'since' | 'limit'> & { readonly fields: readonly (keyof ChangeEntry)[] };

/**
 * Reads what publishes have done, in their order: each row that was changed, and each dataset that
 * was replaced.
 */
@Injectable()
export class ChangeFeed {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * A page of the feed.
   *
   * @throws ProblemException 400 for an invalid `since`, 404 for an unknown run, 410 if changes are no
   *   longer kept
   */
  async page({
    since,
    limit = DEFAULT_CHANGES,
    fields,
    ...filter
  }: FeedRequest): Promise<ChangePage> {
    // read before the rows, so that these hold all that was published until now
    const { end } = await this.#end();
    const position = await this.#positionOf(since, end);
    const selection = selectionOf(filter);
    const rows = await this.#database.read<ChangeRow>(
      changesStatement(selection),
      valuesOf(selection, position, limit + 1, filter),
    );
    await this.#expectKept(since, position, filter);
    const items = rows.slice(0, limit).map(describe);
    const more = rows.length > limit;
    const last = rows[items.length - 1]?.position ?? position;
    const cursor = writeFeedCursor(more ? last : Math.max(last, end));
    return { items: items.map(picker<ChangeEntry>(fields)), next: more ? cursor : null, cursor };
  }

  /**
   * The feed until now, as a stream of entries.
   *
   * @throws ProblemException as {@link ChangeFeed.page} does
   */
  async stream(
    { since, limit, fields, ...filter }: FeedRequest,
    client: StreamClient,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Partial<ChangeEntry>>> {
    const position = await this.#positionOf(since, (await this.#end()).end);
    const selection = selectionOf(filter);
    const rows = this.#database.stream<ChangeRow>(
      changesStream(selection),
      valuesOf(selection, position, limit ?? null, filter),
      client,
      signal,
    );
    // locks the kept changes against being dropped, before the check
    const first = await rows.next();
    await this.#expectKept(since, position, filter).catch(async (error: unknown) => {
      await rows.return();
      throw error;
    });
    const pick = picker<ChangeEntry>(fields);
    return (async function* () {
      if (first.done === true) return;
      yield pick(describe(first.value));
      for await (const row of rows) yield pick(describe(row));
    })();
  }

  /**
   * @throws ProblemException 410 for a cursor of another database, in which more was published
   */
  async #positionOf(since: string | undefined, end: FeedPosition): Promise<FeedPosition> {
    if (since === undefined) return 0;
    if (since === 'now') return end;
    if (UUID.test(since)) return this.#afterRun(since);
    // Date reads 30 February as 2 March
    const time =
      TIME.test(since) && z.iso.date().safeParse(since.slice(0, 10)).success
        ? new Date(since)
        : null;
    if (time !== null && !Number.isNaN(time.getTime()))
      return (
        (await this.#database.read<{ position: number }>(POSITION_AT_TIME, [time.toISOString()]))[0]
          ?.position ?? 0
      );
    const position = readFeedCursor(since);
    if (position === null)
      throw badInput([
        {
          message:
            'expected a cursor of an earlier answer, a time such as 2026-08-15T00:00:00Z, the id of a run, or now',
          path: ['since'],
        },
      ]);
    if (position <= (await this.#end()).given) return position;
    throw gone(
      'The cursor is later than all that was ever published here: it is from another database, or from before this one was restored.',
    );
  }

  async #afterRun(id: string): Promise<FeedPosition> {
    const [run] = await this.#database.read<{ position: number }>(POSITION_AT_RUN, [id]);
    if (run !== undefined) return run.position;
    throw new ProblemException({
      status: 404,
      code: 'not-found',
      detail: `There is no run with the id ${id}.`,
      hint: 'GET /runs lists them.',
    });
  }

  async #end(): Promise<{ end: FeedPosition; given: FeedPosition }> {
    const [row] = await this.#database.read<{ end: number; given: number }>(FEED_END, []);
    return row ?? { end: 0, given: 0 };
  }

  /**
   * Call it after the rows are read, to notice what was dropped meanwhile. A request without `since`
   * takes what is kept, and misses nothing.
   */
  async #expectKept(
    since: string | undefined,
    position: FeedPosition,
    filter: Filter,
  ): Promise<void> {
    if (since === undefined) return;
    const [missing] = await this.#database.read<{ runId: string; publishedAt: Date }>(
      MISSING_CHANGES,
      [position, datasetsOf(filter)],
    );
    if (missing !== undefined)
      throw gone(
        `The changes of run ${missing.runId}, of ${missing.publishedAt.toISOString()}, are no longer kept.`,
      );
  }
}

function gone(detail: string): ProblemException {
  return new ProblemException({
    status: 410,
    code: 'changes-gone',
    detail,
    hint: 'Take the cursor of GET /changes?since=now, read the datasets again, and continue from that cursor. CHANGE_DAYS sets how long changes are kept.',
  });
}

function selectionOf({ dataset, id, kind }: Filter): ChangeSelection {
  if (id !== undefined) return 'of-id';
  return dataset === undefined && kind === undefined ? 'all' : 'of-kinds';
}

function valuesOf(
  selection: ChangeSelection,
  position: FeedPosition,
  limit: number | null,
  filter: Filter,
): unknown[] {
  const { id, kind = ['insert', 'update', 'delete'] } = filter;
  return [
    position,
    datasetsOf(filter),
    limit,
    ...(selection === 'all' ? [] : [kind]),
    ...(selection === 'of-id' ? [id] : []),
  ];
}

/** The datasets that can have such rows: an id is of a title or of a name. */
function datasetsOf({ dataset = DATASET_NAMES, id }: Filter): DatasetName[] {
  if (id === undefined) return [...dataset];
  const type = id.startsWith('nm') ? 'nameId' : 'titleId';
  return dataset.filter((name) => DATASETS[name].columns[0].type === type);
}

function describe({
  position,
  runId,
  publishedAt,
  dataset,
  kind,
  key,
  before,
  after,
}: ChangeRow): ChangeEntry {
  const [id = null, ordering] = key?.split(' ') ?? [];
  const name = dataset as DatasetName;
  return {
    cursor: writeFeedCursor(position),
    runId,
    publishedAt: publishedAt.toISOString(),
    dataset: name,
    kind: kind as ChangeEntry['kind'],
    id,
    ordering: ordering === undefined ? null : Number(ordering),
    before: underFieldNames(name, before),
    after: underFieldNames(name, after),
  };
}

/** A recorded row, which has SQL names, under IMDb's names. */
export function underFieldNames(
  dataset: DatasetName,
  row: Record<string, unknown> | null,
): ChangeEntry['before'] {
  if (row === null) return null;
  return Object.fromEntries(
    definitionOf(dataset).columns.map(({ name, sql }) => [name, row[sql] ?? null]),
  ) as ChangeEntry['before'];
}
