import type { ListedTitle, NameBasic, Suggestion } from '@marquee/contract';
import { selectListOf, EPISODE_OF, joinRating, LISTED_TITLE } from '../../database/columns.ts';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import type { Hit } from './hits.ts';

const TITLES: Statement = {
  name: 'search titles',
  text: `select page.tconst, ${LISTED_TITLE.columns} from unnest($1::text[]) as page (tconst) ${LISTED_TITLE.joins('page.tconst')}`,
};
const NAMES: Statement = {
  name: 'search names',
  text: `select ${selectListOf('name.basics', 'name')} from imdb.name_basics as name where name.nconst = any ($1::text[])`,
};
const SUGGESTED: Statement = {
  name: 'search suggested',
  text: `
    select title.tconst as id, title.primary_title as text, title.title_type as "titleType", title.start_year as "startYear", rating.num_votes as "numVotes", ${EPISODE_OF}
    from imdb.title_basics as title ${joinRating('title.tconst')} where title.tconst = any ($1::text[])
    union all
    select nconst, primary_name, null, null, null, null from imdb.name_basics where nconst = any ($2::text[])`,
};

/** The titles of hits, by id. */
export async function readTitles(
  database: Reads,
  hits: readonly Pick<Hit, 'kind' | 'id'>[],
): Promise<Map<string, ListedTitle>> {
  const ids = idsOf(hits, 'title');
  return new Map(
    ids.length === 0
      ? []
      : (await database.readPrepared<ListedTitle>(TITLES, [ids])).map((title) => [
          title.tconst,
          title,
        ]),
  );
}

/** The names of hits, by id. */
export async function readNames(
  database: Reads,
  hits: readonly Pick<Hit, 'kind' | 'id'>[],
): Promise<Map<string, NameBasic>> {
  const ids = idsOf(hits, 'name');
  return new Map(
    ids.length === 0
      ? []
      : (await database.readPrepared<NameBasic>(NAMES, [ids])).map((name) => [name.nconst, name]),
  );
}

type Shown = Pick<Suggestion, 'id' | 'text' | 'titleType' | 'startYear' | 'numVotes' | 'episodeOf'>;

/** Hits as a search box shows them. */
export async function readSuggestions(
  database: Reads,
  hits: readonly Hit[],
): Promise<Suggestion[]> {
  if (hits.length === 0) return [];
  const rows = await database.readPrepared<Shown>(SUGGESTED, [
    idsOf(hits, 'title'),
    idsOf(hits, 'name'),
  ]);
  const shown = new Map(rows.map((row) => [row.id, row]));
  return hits.flatMap((hit) => {
    const row = shown.get(hit.id);
    return row === undefined
      ? []
      : [{ kind: hit.kind, ...row, match: hit.stage, matched: hit.key.slice(1) }];
  });
}

function idsOf(hits: readonly Pick<Hit, 'kind' | 'id'>[], kind: Hit['kind']): string[] {
  return hits.filter((hit) => hit.kind === kind).map(({ id }) => id);
}
