import type { Reads } from '../../database/deadline.ts';
import { categoriesOf } from '../../read-models/title-lists/filmography.ts';
import type { SearchLimits } from '../../read-models/title-lists/search-limits.ts';

/** Which titles and credits connect people. */
export interface ConnectionFilter {
  readonly titleType: readonly string[];
  /** Categories of credits; all but those of archive material when left out. */
  readonly role?: readonly string[] | undefined;
}

/** What a step reads at most. */
export type StepLimits = Pick<SearchLimits, 'stepCredits' | 'stepTitles' | 'stepPeople'>;

/** A person, the title by which a step has found them, and whom it came from. */
export interface Neighbour {
  readonly nconst: string;
  readonly tconst: string;
  readonly from: string;
}

const ARCHIVE = ['archive_footage', 'archive_sound'];

const IN_CATEGORY = `($3::text[] is null or p.category = any ($3::text[])) and ($3::text[] is not null or coalesce(p.category, '') <> all ('{${ARCHIVE.join(',')}}'::text[]))`;

/** The credits of people, as rows of `tconst` and `nconst`. @param people the parameter, as SQL */
const creditsOf = (people: string) => `
  select credit.tconst, credit.nconst
  from unnest(${people}::text[]) as person (nconst)
    cross join lateral (
      select p.tconst, p.nconst from imdb.title_principals as p
      where p.nconst = person.nconst and ${IN_CATEGORY}
      limit $4::int4
    ) as credit`;

/** Whether the limit has left out credits of anybody. @param credits a table of them */
const isCut = (credits: string) =>
  `exists (select from ${credits} group by nconst having count(*) >= $4::int4)`;

/**
 * The people who have worked on titles of some people, each once, by the title with the most votes.
 *
 * @returns also whether a limit has left out any
 */
export async function findNeighbours(
  database: Reads,
  people: readonly string[],
  { titleType, role }: ConnectionFilter,
  limits: StepLimits,
): Promise<{ neighbours: Neighbour[]; isCut: boolean }> {
  const text = `
    with credit as materialized (${creditsOf('$1')}),
    found as materialized (
      select distinct on (c.tconst) c.tconst, c.nconst, t.votes
      from credit as c join search.title as t on t.tconst = c.tconst
      where t.type = any ($2::text[])
      order by c.tconst, c.nconst
    ),
    best as materialized (select * from found order by votes desc, tconst limit $5::int4)
    select neighbour.*, ${isCut('credit')} or (select count(*) from found) > $5::int4 as "isCut"
    from (values (1)) as always (row)
      left join (
        select distinct on (p.nconst) p.nconst, best.tconst, best.nconst as "from"
        from best join imdb.title_principals as p on p.tconst = best.tconst
        where p.nconst is not null and ${IN_CATEGORY}
        order by p.nconst, best.votes desc, best.tconst
        limit $6::int4
      ) as neighbour on true`;
  const rows = await database.read<Nullable<Neighbour> & { isCut: boolean }>({ name: '', text }, [
    people,
    titleType,
    categoriesOf(role),
    shareOf(limits.stepCredits, people),
    limits.stepTitles,
    limits.stepPeople,
  ]);
  return {
    neighbours: rows.filter((row) => row.nconst !== null) as Neighbour[],
    isCut: rows.length >= limits.stepPeople || rows.some((row) => row.isCut),
  };
}

/** A row of an outer join. */
type Nullable<T> = { readonly [F in keyof T]: T[F] | null };

/** A title with credits of a person of one group and of a person of another. */
export interface Meeting {
  readonly tconst: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Finds the title with the most votes that has credits from both of two groups of people.
 *
 * @returns a null `meeting` if there is no such title; `isCut` if a limit left out credits
 */
export async function findMeeting(
  database: Reads,
  [from, to]: readonly [readonly string[], readonly string[]],
  { titleType, role }: ConnectionFilter,
  limits: StepLimits,
): Promise<{ meeting: Meeting | null; isCut: boolean }> {
  const text = `
    with one as materialized (${creditsOf('$1')}),
    other as materialized (${creditsOf('$5')}),
    shared as materialized (
      select o.tconst, o.nconst as "from", t.nconst as "to"
      from (select tconst, min(nconst) as nconst from one group by tconst) as o
        join (select tconst, min(nconst) as nconst from other group by tconst) as t on t.tconst = o.tconst
    )
    select meeting.*, ${isCut('one')} or ${isCut('other')} as "isCut"
    from (values (1)) as always (row)
      left join (
        select s.* from shared as s join search.title as t on t.tconst = s.tconst
        where t.type = any ($2::text[])
        order by t.votes desc, t.tconst
        limit 1
      ) as meeting on true`;
  const larger = from.length > to.length ? from : to;
  const [row] = await database.read<Nullable<Meeting> & { isCut: boolean }>({ name: '', text }, [
    from,
    titleType,
    categoriesOf(role),
    shareOf(limits.stepCredits, larger),
    to,
  ]);
  return {
    meeting: row === undefined || row.tconst === null ? null : (row as Meeting),
    isCut: row?.isCut ?? false,
  };
}

/** How many credits of each person are read. */
function shareOf(credits: number, people: readonly string[]): number {
  return Math.max(1, Math.floor(credits / people.length));
}
