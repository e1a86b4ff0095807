import { WebhookDeliveryEntity, WebhookEntity } from '@marquee/catalogue';
import {
  EVENT_TYPES,
  type ChangeKind,
  type MovieUpdatedEvent,
  type PublishedEvent,
} from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { Raw, type DataSource, type EntityManager } from 'typeorm';
import { writeFeedCursor } from '../changes/feed-position.ts';
import { writeCloudEvent } from '../events/cloud-event.ts';
import type { EventLog } from '../events/event-log.ts';
import { goneOf } from '../events/event-statements.ts';
import { writeMovieCursor } from '../movies/movie-cursor.ts';

/** What a run has published of a dataset, and where it begins in the change feed. */
interface Publication {
  readonly id: number;
  readonly runId: string;
  readonly at: Date;
  /** The position in the change feed before the run's first entry. */
  readonly start: number;
  readonly part: PublishedEvent['data']['datasets'][number];
}

/** How long a delivery that has ended can be read. */
const KEPT = '30 days';

/** The shortest time between two `movie.updated` events of a webhook: merges come in many batches. */
const MOVIE_EVENT_SECONDS = 5;

/** Webhooks that may have to be told of publishes: those of movies alone follow them too. */
const OF_PUBLISHES = `webhook.active and webhook.format = 'summary'
  and webhook.seenId < (select max(id) from ingest.publication)`;

const OF_MOVIES = `webhook.active and webhook.format = 'summary' and 'movie.updated' = any (webhook.events)
  and webhook.seenMovieChange < (select max(id) from movies.change)
  and not exists (
    select from access.webhook_delivery d
    where d.webhook_id = webhook.id and d.type = 'movie.updated' and d.created_at > now() - interval '${MOVIE_EVENT_SECONDS} s')`;

/** How many CloudEvents a delivery has, and how many deliveries of them wait at most. */
const MAX_EVENTS = 100;
const MAX_WAITING = 10;

/** Webhooks of CloudEvents. While one does not take its deliveries, no more are made: the log has them. */
const OF_EVENTS = `webhook.active and webhook.format = 'cloudevents'
  and webhook.seenEvent < greatest((select max(id) from events.event), (select max(id) from movies.change))
  and (select count(*) from access.webhook_delivery d
    where d.webhook_id = webhook.id and d.type = 'events' and d.state = 'waiting') < ${MAX_WAITING}`;

/**
 * Makes the deliveries of what was published, and of the movies that were changed, since the last
 * call: one for each webhook and run or group of changes, even when several processes do so at once,
 * or one is interrupted.
 */
export async function fanOut(dataSource: DataSource, log: EventLog): Promise<void> {
  await dataSource.transaction(async (manager) => {
    for (const webhook of await lockWebhooks(manager, OF_PUBLISHES))
      await fanOutTo(manager, webhook);
    for (const webhook of await lockWebhooks(manager, OF_MOVIES))
      await fanOutMoviesTo(manager, webhook);
    for (const webhook of await lockWebhooks(manager, OF_EVENTS))
      await fanOutEventsTo(manager, webhook, log);
  });
}

/** The webhooks that a condition selects, which no other process works on. */
async function lockWebhooks(manager: EntityManager, condition: string): Promise<WebhookEntity[]> {
  return manager
    .createQueryBuilder(WebhookEntity, 'webhook')
    .where(condition)
    .setLock('pessimistic_write')
    .setOnLocked('skip_locked')
    .getMany();
}

/** The publications after one. Named SQL: the feed position is a subquery for each row. */
const PUBLICATIONS_AFTER = `
  select p.id::float8 as id, p.run_id as "runId", p.at,
    (select coalesce(max(b.id), 0) from ingest.publication b where b.id < p.id and b.run_id <> p.run_id)::float8 as start,
    json_build_object('dataset', dataset, 'kind', kind, 'inserted', inserted, 'updated', updated, 'deleted', deleted,
      'rows', rows, 'snapshotId', snapshot_id) as part
  from ingest.publication p where p.id > $1::bigint order by p.id`;

async function fanOutTo(
  manager: EntityManager,
  { id, datasets, kinds, events, seenId }: WebhookEntity,
): Promise<void> {
  const publications: Publication[] = await manager.query(PUBLICATIONS_AFTER, [seenId]);
  for (const [runId, parts] of Map.groupBy(publications, (publication) => publication.runId)) {
    const wanted = parts.filter(
      ({ part }) =>
        events.includes('catalogue.published') &&
        (datasets === null || datasets.includes(part.dataset)) &&
        (kinds === null || hasKind(part, kinds)),
    );
    if (wanted.length === 0) continue;
    const delivery = {
      webhookId: id,
      runId,
      type: 'catalogue.published',
      body: JSON.stringify(eventOf(runId, wanted, datasets)),
    } as const;
    // another process may have made it
    await manager
      .createQueryBuilder()
      .insert()
      .into(WebhookDeliveryEntity)
      .values(delivery)
      .orIgnore()
      .execute();
  }
  await deleteOld(manager, id);
  await manager.update(WebhookEntity, { id }, { seenId: publications.at(-1)?.id ?? seenId });
}

/** The changes of movies after one; none that was made later has a smaller id. */
const MOVIE_CHANGES_AFTER = `
  select count(*)::float8 as changes, count(distinct movie)::float8 as movies, max(id)::float8 as last, max(changed_at) as at
  from movies.change where id > $1::bigint`;

async function fanOutMoviesTo(
  manager: EntityManager,
  { id, seenMovieChange }: WebhookEntity,
): Promise<void> {
  const [found]: { changes: number; movies: number; last: number | null; at: Date }[] =
    await manager.query(MOVIE_CHANGES_AFTER, [seenMovieChange]);
  if (found === undefined || found.last === null) return;
  const cursor = writeMovieCursor(seenMovieChange);
  const event: MovieUpdatedEvent = {
    type: 'movie.updated',
    timestamp: found.at.toISOString(),
    data: {
      changes: found.changes,
      movies: found.movies,
      cursor,
      url: `/movies/changes?since=${cursor}`,
    },
  };
  await manager.insert(WebhookDeliveryEntity, {
    webhookId: id,
    type: event.type,
    body: JSON.stringify(event),
  });
  await manager.update(WebhookEntity, { id }, { seenMovieChange: found.last });
}

/** Makes a delivery of CloudEvents in the batched mode of their HTTP binding. */
async function fanOutEventsTo(
  manager: EntityManager,
  { id, events, seenEvent }: WebhookEntity,
  log: EventLog,
): Promise<void> {
  const types = EVENT_TYPES.filter((type) => events.includes(type));
  // those that are no longer kept cannot be told
  const position = Math.max(seenEvent, goneOf(await log.ends(), types));
  const batch = await log.after(position, { types, subjects: null }, MAX_EVENTS);
  if (batch.events.length > 0)
    await manager.insert(WebhookDeliveryEntity, {
      webhookId: id,
      type: 'events',
      body: `[${batch.events.map(writeCloudEvent).join(',')}]`,
    });
  await deleteOld(manager, id);
  await manager.update(WebhookEntity, { id }, { seenEvent: batch.position });
}

async function deleteOld(manager: EntityManager, webhookId: string): Promise<void> {
  await manager.delete(WebhookDeliveryEntity, {
    webhookId,
    endedAt: Raw((endedAt) => `${endedAt} < now() - interval '${KEPT}'`),
  });
}

function hasKind(
  { kind, inserted, updated, deleted }: Publication['part'],
  kinds: readonly ChangeKind[],
): boolean {
  if (kind === 'reload') return kinds.includes('reload');
  return (
    (kinds.includes('insert') && inserted > 0) ||
    (kinds.includes('update') && updated > 0) ||
    (kinds.includes('delete') && deleted > 0)
  );
}

function eventOf(
  runId: string,
  parts: readonly Publication[],
  datasets: readonly DatasetName[] | null,
): PublishedEvent {
  const cursor = writeFeedCursor(parts[0]?.start ?? 0);
  return {
    type: 'catalogue.published',
    timestamp: (parts.at(-1)?.at ?? new Date()).toISOString(),
    data: {
      runId,
      datasets: parts.map(({ part }) => part),
      cursor,
      changes: `/changes?since=${cursor}${datasets === null ? '' : `&dataset=${datasets.join(',')}`}`,
    },
  };
}
