import type { EventType } from '@marquee/contract';
import type { Statement } from '../../database/database.ts';
import type { EventPosition } from './event-id.ts';

/** An event, as the statements below select it. */
export interface EventRow {
  readonly position: EventPosition;
  readonly type: EventType;
  readonly subject: string;
  readonly at: Date;
  readonly data: Record<string, unknown>;
}

/** Which events are selected. */
export interface EventFilter {
  /** In the order of `EVENT_TYPES`. */
  readonly types: readonly EventType[];
  /** Null for any. */
  readonly subjects: readonly string[] | null;
}

/**
 * What a change of a movie tells, without the documents before and after it: a queue takes events of
 * 256 KB at most, and a receiver that needs the documents reads them by the URL.
 */
const MOVIE_UPDATED = `
  jsonb_build_object(
    'version', version,
    'kind', case when before is null then 'created' when after is null then 'removed' else 'changed' end,
    'title', left(coalesce(after, before) ->> 'title', 500),
    'year', coalesce(after, before) -> 'year',
    'fields', array(
      select key from jsonb_object_keys(coalesce(after, before)) as k (key)
      where key not in ('version', 'updatedAt') and after -> key is distinct from before -> key
    )
  )`;

/** Where the log ends and begins. */
export interface LogEnds {
  readonly epoch: string;
  /** The last position that can be seen: all before it can be seen too. */
  readonly end: EventPosition;
  /** The greatest position ever given. */
  readonly given: EventPosition;
  /** Up to which position entries of the outbox, and changes of movies, are no longer kept. */
  readonly eventsGone: EventPosition;
  readonly moviesGone: EventPosition;
}

/** Four look-ups in indexes, and two tables of one row. */
export const LOG_ENDS: Statement = {
  name: 'events ends',
  text: `
    select epoch, given, events_gone as "eventsGone", movies_gone as "moviesGone",
      greatest((select max(id) from events.event), (select max(id) from movies.change), events_gone, movies_gone) as "end"
    from events.progress,
      (select coalesce(max(changes_gone), 0) as movies_gone from movies.progress) as m,
      (select case when is_called then last_value else 0 end as given from movies.change_id_seq) as g`,
};

/** A row of {@link eventsAfter}: the ends of the log, and an event or nulls. */
export type LogRow = LogEnds & { readonly [Column in keyof EventRow]: EventRow[Column] | null };

/**
 * The ends of the log, and the events after a position in their order: at most the limit, and all
 * in one snapshot. Indexes have the rows of each part in that order. The outbox has a few rows for
 * each run, so that those of other types cost little.
 */
export function eventsAfter(
  { types, subjects }: EventFilter,
  position: EventPosition,
  limit: number,
): { statement: Statement; values: unknown[] } {
  const isOfSubjects = subjects !== null;
  const parts = [
    ...(hasOutbox(types) ? [outboxAfter(types, isOfSubjects)] : []),
    ...(hasMovies(types) ? [moviesAfter(isOfSubjects)] : []),
  ];
  return {
    statement: {
      name: `events ${types.join(' ')}${isOfSubjects ? ' of subjects' : ''}`,
      text: `
        select ends.*, e.*
        from (${LOG_ENDS.text}) as ends left join (
          select * from (${parts.map((part) => `(${part})`).join(' union all ')})
            as e (position, type, subject, at, data)
          order by position limit $2::int8
        ) as e on true
        order by position`,
    },
    values: [position, limit, ...(isOfSubjects ? [subjects] : [])],
  };
}

function outboxAfter(types: readonly EventType[], isOfSubjects: boolean): string {
  const isWanted = `type in (${types.map((type) => `'${type}'`).join(', ')})`;
  return isOfSubjects
    ? `select e.* from unnest($3::text[]) as s (subject) cross join lateral (
         select id, type, subject, at, data from events.event as e
         where e.subject = s.subject and e.id > $1::int8 and ${isWanted} order by e.id limit $2::int8
       ) as e`
    : `select id, type, subject, at, data from events.event
       where id > $1::int8 and ${isWanted} order by id limit $2::int8`;
}

function moviesAfter(isOfSubjects: boolean): string {
  const changes = isOfSubjects
    ? `unnest($3::text[]) as s (subject) cross join lateral (
         select * from movies.change as c where c.movie = s.subject and c.id > $1::int8 order by c.id limit $2::int8
       ) as c`
    : `(select * from movies.change where id > $1::int8 order by id limit $2::int8) as c`;
  return `select id, 'movie.updated', movie, changed_at, ${MOVIE_UPDATED} from ${changes}`;
}

/** Whether events of these types are in `events.event`. */
function hasOutbox(types: readonly EventType[]): boolean {
  return types.some((type) => type !== 'movie.updated');
}

/** Whether events of these types are in `movies.change`. */
function hasMovies(types: readonly EventType[]): boolean {
  return types.includes('movie.updated');
}

/** Up to which position events of these types are no longer kept. */
export function goneOf(
  { eventsGone, moviesGone }: LogEnds,
  types: readonly EventType[],
): EventPosition {
  return Math.max(hasOutbox(types) ? eventsGone : 0, hasMovies(types) ? moviesGone : 0);
}

/** The last position at a time. Merges run side by side: their times are not in the order of positions. */
export const POSITION_AT_TIME: Statement = {
  name: 'events at time',
  text: `
    select coalesce(greatest(
      (select max(id) from events.event where at <= $1::timestamptz),
      (select max(id) from movies.change where changed_at <= $1::timestamptz)
    ), 0) as position`,
};
