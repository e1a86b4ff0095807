import { keysOf, SharedTitle } from '@marquee/contract';
import { LISTED_TITLE } from '../../database/columns.ts';
import type { List } from '../../read-models/lists/list.ts';

/**
 * The titles that all of several people have worked on, those with the most votes first. An
 * index-only scan of their credits: 20 ms for a person with 20,000.
 *
 * @param people ids, each once
 */
export function sharedTitlesOf(people: readonly string[]): List {
  return {
    name: 'shared titles',
    text: `
      select shared.tconst, coalesce(t.votes, 0) as "_votes"
      from (
        select p.tconst from imdb.title_principals as p
        where p.nconst = any ($1::text[])
        group by p.tconst having count(distinct p.nconst) = cardinality($1::text[])
      ) as shared left join search.title as t on t.tconst = shared.tconst`,
    details: {
      columns: `${LISTED_TITLE.columns}, did.people`,
      joins: `${LISTED_TITLE.joins('page.tconst')} cross join lateral (${DID}) as did`,
    },
    values: [people],
    sort: [
      { column: '_votes', type: 'int4', descending: true },
      { column: 'tconst', type: 'text' },
    ],
    fields: keysOf(SharedTitle),
  };
}

/** What each of the people did for a page's title. */
const DID = `
  select json_agg(json_build_object('nconst', one.nconst, 'roles', one.roles) order by one.nconst) as people
  from (
    select role.nconst, array_agg(role.category order by role.first) as roles
    from (
      select p.nconst, coalesce(p.category, 'unknown') as category, min(p.ordering) as first
      from imdb.title_principals as p
      where p.tconst = page.tconst and p.nconst = any ($1::text[])
      group by 1, 2
    ) as role
    group by role.nconst
  ) as one`;
