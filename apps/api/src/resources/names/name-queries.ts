import {
  Costar,
  FilmographyCredit,
  keysOf,
  type FilmographyQuery,
  type ListedTitle,
  type NameBasic,
} from '@marquee/contract';
import { selectListOf, LISTED_TITLE } from '../../database/columns.ts';
import type { Database, Statement } from '../../database/database.ts';
import type { List } from '../../read-models/lists/list.ts';

const NAME: Statement = {
  name: 'name',
  text: `select ${selectListOf('name.basics', 'n')} from imdb.name_basics as n where n.nconst = $1::text`,
};

/** A name by its id. */
export async function readName(database: Database, nconst: string): Promise<NameBasic | null> {
  const [name] = await database.lookUp<NameBasic>(NAME, [nconst]);
  return name ?? null;
}

/** The names with these ids, in no order. Unknown ids are left out. */
export async function readNames(database: Database, ids: readonly string[]): Promise<NameBasic[]> {
  const text = `select ${selectListOf('name.basics', 'n')} from imdb.name_basics as n where n.nconst = any ($1::text[])`;
  return database.read<NameBasic>({ name: 'names by ids', text }, [ids]);
}

/** The titles that a person is known for, in the file's order. */
export async function readKnownFor(database: Database, nconst: string): Promise<ListedTitle[]> {
  const text = `select known.tconst as "tconst", ${LISTED_TITLE.columns}
    from imdb.name_basics as n cross join lateral unnest(n.known_for_titles) with ordinality as known (tconst, number) ${LISTED_TITLE.joins('known.tconst')}
    where n.nconst = $1::text
    order by known.number`;
  return database.lookUp<ListedTitle>({ name: 'known for', text }, [nconst]);
}

type FilmographyFilter = Pick<
  FilmographyQuery,
  'category' | 'titleType' | 'genre' | 'startYearFrom' | 'startYearTo' | 'sort' | 'order'
>;

/**
 * The credits of a person by year or votes of the titles. A person can have thousands: index-only
 * scans find those of a page, and the tables are read for these alone.
 */
export function filmographyOf(
  nconst: string,
  { category, titleType, genre, startYearFrom, startYearTo, sort, order }: FilmographyFilter,
): List {
  const isFiltered = [titleType, genre, startYearFrom, startYearTo].some(
    (one) => one !== undefined,
  );
  const descending = order === 'desc';
  return {
    name: `filmography by ${sort} ${order}${isFiltered ? ' filtered' : ''}`,
    text: `select p.tconst, p.category, p.ordering, coalesce(t.${sort}, 0) as "_sort"
      from imdb.title_principals as p left join search.title as t on t.tconst = p.tconst
      where p.nconst = $1::text and ($2::text[] is null or p.category = any ($2::text[]))${isFiltered ? FILTERS : ''}`,
    details: {
      columns: `${selectListOf('title.principals', 'credit', 'tconst', 'nconst', 'category', 'ordering')}, ${LISTED_TITLE.columns}`,
      joins: `join imdb.title_principals as credit on credit.tconst = page.tconst and credit.ordering = page.ordering ${LISTED_TITLE.joins('page.tconst')}`,
    },
    values: [
      nconst,
      category ?? null,
      ...(isFiltered
        ? [titleType ?? null, genre ?? null, startYearFrom ?? null, startYearTo ?? null]
        : []),
    ],
    sort: [
      { column: '_sort', type: 'int4', descending },
      { column: 'tconst', type: 'text', descending },
      { column: 'ordering', type: 'int4', descending },
    ],
    fields: keysOf(FilmographyCredit),
  };
}

/** An unknown year is 0. */
const FILTERS = `
  and ($3::text[] is null or t.type = any ($3::text[])) and ($4::text is null or t.genres @> array[$4::text])
  and ($5::int4 is null or t.year >= greatest($5::int4, 1)) and ($6::int4 is null or t.year between 1 and $6::int4)`;

/** How many credits of a person are read. */
const CREDITS = 1000;
/** Of how many of their titles the people are read: those with the most votes. */
const TITLES = 150;

/** The people who have worked on most titles of a person. */
export function costarsOf(nconst: string): List {
  return {
    name: 'costars',
    text: `
      with credited as materialized (select distinct tconst from (select tconst from imdb.title_principals where nconst = $1::text limit ${CREDITS}) as credit),
      best as materialized (
        select c.tconst from credited as c left join search.title as t on t.tconst = c.tconst
        order by coalesce(t.votes, 0) desc, c.tconst limit ${TITLES}
      )
      select p.nconst, count(distinct p.tconst) as "sharedTitles"
      from best join imdb.title_principals as p on p.tconst = best.tconst
      where p.nconst <> $1::text
      group by p.nconst`,
    details: {
      columns: 'n.primary_name as "primaryName"',
      joins: 'left join imdb.name_basics as n on n.nconst = page.nconst',
    },
    values: [nconst],
    sort: [
      { column: 'sharedTitles', type: 'int4', descending: true },
      { column: 'nconst', type: 'text' },
    ],
    fields: keysOf(Costar),
  };
}
