import { imdbIdOf } from '@marquee/contract';
import type { Reads } from '../../database/deadline.ts';
import type { Hit } from './hits.ts';
import type { TextQuery } from './text-query.ts';

const TABLES = { title: 'imdb.title_basics', name: 'imdb.name_basics' } as const;
const KEYS = { title: 'tconst', name: 'nconst' } as const;

/**
 * The title or name whose id a query contains, as an id or an address at imdb.com: one look-up by
 * the primary key. It must be of a requested kind and pass the filter.
 *
 * @returns null without an id, or where nothing has it
 */
export async function findById(
  database: Reads,
  { q, kinds, filter }: TextQuery,
): Promise<Hit | null> {
  const asked = imdbIdOf(q);
  if (asked === null || !kinds.includes(asked.kind)) return null;
  const { kind, id } = asked;
  const [found] = await database.readPrepared<{ id: string }>(
    {
      name: `search id ${kind} ${filter?.name ?? ''}`,
      text: `select hit.id from (select ${KEYS[kind]} as id from ${TABLES[kind]} where ${KEYS[kind]} = $1::text) as hit
        ${filter?.joins ?? ''} where ${filter?.where(2) ?? 'true'}`,
    },
    [id, ...(filter?.values ?? [])],
  );
  return found === undefined
    ? null
    : { kind, id, stage: 'exact', weight: 0, key: ` ${id}`, score: 0, corrected: null };
}
