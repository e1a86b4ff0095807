import { isDeepStrictEqual } from 'node:util';
import {
  DEFAULT_MOVIE_CHANGES,
  keysOf,
  MOVIE_CHANGE_FIELDS,
  MovieChange,
  type Movie,
  type MovieChangePage,
  type MovieChangeQuery,
} from '@marquee/contract';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../../database/database.ts';
import type { StreamClient } from '../../database/stream-slots.ts';
import { badInput } from '../../problems/bad-input.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { picker, type List } from '../../read-models/lists/list.ts';
import { readTime } from '../changes/feed-time.ts';
import { readMovieCursor, writeMovieCursor } from './movie-cursor.ts';

/** A row of movies.change. */
interface ChangeRow {
  readonly position: number;
  readonly movie: string;
  readonly version: number;
  readonly changedAt: Date;
  readonly cause: unknown;
  readonly before: Movie | null;
  readonly after: Movie | null;
}

const COLUMNS = `c.id as position, c.movie, c.version, c.changed_at as "changedAt", c.cause, c.before, c.after`;

/** The changes after a position, of all movies or of one; each by an index in the order of ids. */
const CHANGES = `select ${COLUMNS} from movies.change as c where c.id > $1::int8 order by c.id limit $2::int8`;
const CHANGES_OF_MOVIE = `select ${COLUMNS} from movies.change as c where c.id > $1::int8 and c.movie = $3::text order by c.id limit $2::int8`;

/** The end of the feed, the greatest id ever given, and up to which id entries are gone. */
const FEED_ENDS: Statement = {
  name: 'movie changes ends',
  text: `
    select greatest((select max(id) from movies.change), gone, 0) as "end", given, gone
    from (select case when is_called then last_value else 0 end as given from movies.change_id_seq) as given,
      (select coalesce(max(changes_gone), 0) as gone from movies.progress) as gone`,
};

const POSITION_AT_TIME: Statement = {
  name: 'movie changes at time',
  text: 'select coalesce(max(id), 0) as position from movies.change where changed_at <= $1::timestamptz',
};

interface FeedEnds {
  readonly end: number;
  readonly given: number;
  readonly gone: number;
}

type FeedRequest = Pick<MovieChangeQuery, 'since' | 'limit' | 'movie' | 'fields'>;

/** Reads what merges have done, in their order: each movie that was changed, before and after. */
@Injectable()
export class MovieFeed {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * A page of the feed.
   *
   * @throws ProblemException 400 for an invalid `since`, 410 if changes are no longer kept
   */
  async page({
    since,
    limit = DEFAULT_MOVIE_CHANGES,
    movie,
    fields = MOVIE_CHANGE_FIELDS,
  }: FeedRequest): Promise<MovieChangePage> {
    // read before the rows, so that these hold all that was changed until now
    const { end } = await this.#ends();
    const position = await this.#positionOf(since);
    const rows = await this.#database.read<ChangeRow>(
      {
        name: movie === undefined ? 'movie changes' : 'movie changes of movie',
        text: movie === undefined ? CHANGES : CHANGES_OF_MOVIE,
      },
      [position, limit + 1, ...(movie === undefined ? [] : [movie])],
    );
    await this.#expectKept(since, position);
    const shown = rows.slice(0, limit);
    const more = rows.length > limit;
    const last = shown.at(-1)?.position ?? position;
    const cursor = writeMovieCursor(more ? last : Math.max(last, end));
    return {
      items: shown.map(describe).map(picker<MovieChange>(fields)),
      next: more ? cursor : null,
      cursor,
    };
  }

  /**
   * The feed until now, as a stream of entries.
   *
   * @throws ProblemException as {@link MovieFeed.page} does
   */
  async stream(
    { since, limit, movie, fields = MOVIE_CHANGE_FIELDS }: FeedRequest,
    client: StreamClient,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Partial<MovieChange>>> {
    const position = await this.#positionOf(since);
    const rows = this.#database.stream<ChangeRow>(
      movie === undefined ? CHANGES : CHANGES_OF_MOVIE,
      [position, limit ?? null, ...(movie === undefined ? [] : [movie])],
      client,
      signal,
    );
    // its snapshot is taken before the check
    const first = await rows.next();
    await this.#expectKept(since, position).catch(async (error: unknown) => {
      await rows.return();
      throw error;
    });
    const pick = picker<MovieChange>(fields);
    return (async function* () {
      if (first.done === true) return;
      yield pick(describe(first.value));
      for await (const row of rows) yield pick(describe(row));
    })();
  }

  async #positionOf(since: string | undefined): Promise<number> {
    if (since === undefined) return 0;
    const { end, given } = await this.#ends();
    if (since === 'now') return end;
    const position = readMovieCursor(since);
    if (position !== null) {
      if (position <= given) return position;
      throw gone(
        'The cursor is later than all changes that were ever made here: it is from another database, or from before this one was restored.',
      );
    }
    const time = readTime(since);
    if (time === null)
      throw badInput([
        {
          message:
            'expected a cursor of an earlier answer, a time such as 2026-08-15T00:00:00Z, or now',
          path: ['since'],
        },
      ]);
    const [found] = await this.#database.read<{ position: number }>(POSITION_AT_TIME, [time]);
    return found?.position ?? 0;
  }

  /** Call it after the rows are read, to notice what was dropped meanwhile. */
  async #expectKept(since: string | undefined, position: number): Promise<void> {
    // a request without a cursor takes what is kept, and misses nothing
    if (since === undefined || readMovieCursor(since) === null) return;
    if ((await this.#ends()).gone > position)
      throw gone('Some of the changes after this cursor are no longer kept.');
  }

  async #ends(): Promise<FeedEnds> {
    const [ends] = await this.#database.read<FeedEnds>(FEED_ENDS, []);
    return ends ?? { end: 0, given: 0, gone: 0 };
  }
}

function gone(detail: string): ProblemException {
  return new ProblemException({
    status: 410,
    code: 'changes-gone',
    detail,
    hint: 'Take the cursor of GET /movies/changes?since=now, read the movies again, and continue from that cursor. CHANGE_DAYS sets how long changes are kept.',
  });
}

/** The changes of one movie, newest first. */
export function changesOfMovie(movie: string): List {
  return {
    name: 'changes of movie',
    text: `select ${COLUMNS} from movies.change as c where c.movie = $1::text`,
    values: [movie],
    sort: [{ column: 'position', type: 'int8', descending: true }],
    fields: keysOf(MovieChange),
    describe: (rows) => Promise.resolve((rows as unknown as readonly ChangeRow[]).map(describe)),
  };
}

function describe(row: ChangeRow): MovieChange {
  const { position, changedAt, ...change } = row;
  return {
    cursor: writeMovieCursor(position),
    ...change,
    changedAt: changedAt.toISOString(),
    fields: changedFields(change.before, change.after),
  };
}

/** These differ in each change. */
const OF_EACH = new Set(['version', 'updatedAt']);

function changedFields(before: Movie | null, after: Movie | null): string[] {
  const fields = Object.keys(after ?? before ?? {}) as (keyof Movie)[];
  return fields.filter(
    (field) => !OF_EACH.has(field) && !isDeepStrictEqual(before?.[field], after?.[field]),
  );
}
