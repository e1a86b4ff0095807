import { Decision, keysOf, type DecisionRequest } from '@marquee/contract';
import type { DataSource, EntityManager } from 'typeorm';
import type { Database } from '../../database/database.ts';
import { WAIT_FOR_SERVICES } from '../../database/lock-wait.ts';
import { notFound, ProblemException } from '../../problems/problem-exception.ts';
import type { List } from '../../read-models/lists/list.ts';
import { currentIdOf } from '../../read-models/movies/current-id.ts';

const COLUMNS = `
  id, source, record_id as record, kind, movie, note, decided_at as "decidedAt", decided_by as "decidedBy",
  undone_at as "undoneAt", undone_by as "undoneBy"`;

/** Decisions, newest first. @param source only those about its records */
export function decisionsOf(source: string | undefined): List {
  return {
    name: `decisions${source === undefined ? '' : ' of a source'}`,
    text: `select ${COLUMNS} from sources.decision${source === undefined ? '' : ' where source = $1::text'}`,
    values: source === undefined ? [] : [source],
    sort: [{ column: 'id', type: 'int8', descending: true }],
    fields: keysOf(Decision),
  };
}

/** A decision. @throws ProblemException 404 */
export async function readDecision(database: Database, id: number): Promise<Decision> {
  const [decision] = await database.read<Decision>(
    { name: 'decision', text: `select ${COLUMNS} from sources.decision where id = $1::int8` },
    [id],
  );
  if (decision === undefined)
    throw notFound('decision', String(id), 'GET /matches/decisions lists them.');
  return decision;
}

/**
 * Records a decision, and marks its record to be matched again. A decision that holds already is not
 * made twice.
 *
 * @param by who decides
 * @returns its id
 * @throws ProblemException 404 without such a record, 409 for a movie that nothing tells of
 */
export async function insertDecision(
  dataSource: DataSource,
  { source, record, kind, movie, note }: DecisionRequest,
  by: string,
): Promise<{ id: number; isNew: boolean }> {
  return dataSource.transaction(async (manager) => {
    await manager.query(WAIT_FOR_SERVICES);
    // two equal decisions at once are one
    await manager.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0))', [
      `decision ${source}/${record}`,
    ]);
    await expectRecord(manager, source, record);
    const current = movie === undefined ? null : await currentMovie(manager, movie);
    const [equal] = await manager.query<{ id: string }[]>(HOLDS, [source, record, kind, current]);
    if (equal !== undefined) return { id: Number(equal.id), isNew: false };
    const [inserted] = await manager.query<[{ id: string }]>(
      `insert into sources.decision (source, record_id, kind, movie, note, decided_by)
       values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text) returning id`,
      [source, record, kind, current, note ?? null, by],
    );
    await markPending(manager, source, record);
    return { id: Number(inserted.id), isNew: true };
  });
}

/** Undoes a decision, and marks its record to be matched again. One that is undone stays so. */
export async function undoDecision(
  dataSource: DataSource,
  { id, source, record }: Decision,
  by: string,
): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await manager.query(WAIT_FOR_SERVICES);
    await manager.query(
      `update sources.decision set undone_at = now(), undone_by = $2::text
       where id = $1::int8 and undone_at is null`,
      [id, by],
    );
    await markPending(manager, source, record);
  });
}

/**
 * An equal decision that holds: nobody has undone it, and no later one about the record replaces it.
 * A movie that the record never is stays so beside decisions about other movies.
 */
const HOLDS = `
  select d.id from sources.decision d
  where d.source = $1::text and d.record_id = $2::text and d.kind = $3::text
    and d.movie is not distinct from $4::text and d.undone_at is null
    and not exists (
      select from sources.decision later
      where later.source = d.source and later.record_id = d.record_id and later.id > d.id and later.undone_at is null
        and (d.kind <> 'different' and later.kind <> 'different' or later.movie = d.movie)
    )
  order by d.id desc limit 1`;

async function expectRecord(manager: EntityManager, source: string, record: string): Promise<void> {
  const found = await manager.query<object[]>(
    'select from sources.record where source = $1::text and id = $2::text',
    [source, record],
  );
  if (found.length === 0)
    throw new ProblemException({
      status: 404,
      code: 'not-found',
      detail: `The source ${source} has no record ${record}: no delivery in use has it.`,
      hint: `GET /sources/${source}/records lists them.`,
    });
}

/** The id that a movie has now. @throws ProblemException 409 for an id of no movie */
async function currentMovie(manager: EntityManager, movie: string): Promise<string> {
  const [found] = await manager.query<{ id: string }[]>(
    `select now.id from (${currentIdOf('$1::text')}) as now
     where exists (select from imdb.title_basics where tconst = now.id)
       or exists (select from movies.movie where id = now.id)
       or exists (select from sources.match where movie = now.id)`,
    [movie],
  );
  if (found !== undefined) return found.id;
  throw new ProblemException({
    status: 409,
    code: 'unknown-movie',
    detail: `Nothing tells of a movie with the id ${movie}.`,
    hint: 'The candidates in GET /matches have ids of movies; GET /search finds others.',
  });
}

async function markPending(manager: EntityManager, source: string, record: string): Promise<void> {
  await manager.query(
    `insert into sources.pending (source, record_id) values ($1::text, $2::text)
     on conflict (source, record_id) do update set since = now()`,
    [source, record],
  );
}
