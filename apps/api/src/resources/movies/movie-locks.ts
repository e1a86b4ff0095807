import { lockValueOf, type Lock, type LockRequest, type MergedField } from '@marquee/contract';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { WAIT_FOR_SERVICES } from '../../database/lock-wait.ts';
import { badInput } from '../../problems/bad-input.ts';
import { notFound } from '../../problems/problem-exception.ts';
import { Wakes } from '../sources/wakes.ts';

const LOCK_COLUMNS = `movie, field, value, note, locked_at as "lockedAt", locked_by as "lockedBy"`;

const LOCKS_OF = `select ${LOCK_COLUMNS} from movies.lock where movie = $1::text order by field`;

const SET_LOCK = `
  insert into movies.lock (movie, field, value, note, locked_by)
  values ($1::text, $2::text, $3::jsonb, $4::text, $5::text)
  on conflict (movie, field) do update
    set value = excluded.value, note = excluded.note, locked_at = now(), locked_by = excluded.locked_by
  returning ${LOCK_COLUMNS}`;

const REMOVE_LOCK =
  'delete from movies.lock where movie = $1::text and field = $2::text returning movie';

/** Also where it is marked already: the merge at work may have read the locks before. */
const MARK = `
  insert into movies.pending (movie, cause) values ($1::text, $2::jsonb)
  on conflict (movie) do update set cause = excluded.cause, since = now()`;

type LockRow = Omit<Lock, 'lockedAt'> & { readonly lockedAt: Date };

/** What people set for fields of movies. Each change has the movie merged again. */
@Injectable()
export class MovieLocks {
  readonly #dataSource: DataSource;
  readonly #wakes: Wakes;

  constructor(dataSource: DataSource, wakes: Wakes) {
    this.#dataSource = dataSource;
    this.#wakes = wakes;
  }

  /** The locks of a movie, by field. */
  async list(movie: string): Promise<Lock[]> {
    const locks: LockRow[] = await this.#dataSource.query(LOCKS_OF, [movie]);
    return locks.map(describe);
  }

  /**
   * Sets a field.
   *
   * @throws ProblemException 400 for a value that the field cannot have
   */
  async set(
    movie: string,
    field: MergedField,
    { value, note }: LockRequest,
    by: string,
  ): Promise<Lock> {
    const parsed = lockValueOf(field).safeParse(value);
    if (!parsed.success)
      throw badInput(
        parsed.error.issues.map(({ message, path }) => ({ message, path: ['value', ...path] })),
      );
    return this.#change(movie, field, by, async (manager) => {
      const values = [movie, field, JSON.stringify(parsed.data), note, by];
      const [lock]: LockRow[] = await manager.query(SET_LOCK, values);
      if (lock === undefined) throw new Error(`The lock of ${movie} was not stored.`);
      return describe(lock);
    });
  }

  /** @throws ProblemException 404 if the field is not locked */
  async remove(movie: string, field: MergedField, by: string): Promise<void> {
    await this.#change(movie, field, by, async (manager) => {
      // of a delete, TypeORM returns the rows and their number
      const [, removed]: [unknown, number] = await manager.query(REMOVE_LOCK, [movie, field]);
      if (removed === 0)
        throw notFound(`lock of ${movie}`, field, `GET /movies/${movie}/locks lists them.`);
    });
  }

  async #change<T>(
    movie: string,
    field: MergedField,
    by: string,
    change: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    const result = await this.#dataSource.transaction(async (manager) => {
      await manager.query(WAIT_FOR_SERVICES);
      const changed = await change(manager);
      await manager.query(MARK, [movie, JSON.stringify({ kind: 'lock', field, by })]);
      return changed;
    });
    await this.#wakes.aggregate();
    return result;
  }
}

function describe({ lockedAt, ...lock }: LockRow): Lock {
  return { ...lock, lockedAt: lockedAt.toISOString() };
}
