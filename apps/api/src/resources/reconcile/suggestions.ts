import { RequestedMovieId, type ReconcileSuggestions, type SuggestKind } from '@marquee/contract';
import { joinFacts, labelOf, years } from '@marquee/contract/title-facts';
import { normalForm } from '@marquee/search';
import type { Database, Statement } from '../../database/database.ts';
import { nameStartPattern } from '../../read-models/movies/name-patterns.ts';
import { readMovieDocuments } from '../../read-models/movies/movie-documents.ts';
import { readSuggestions } from '../../read-models/text-search/found-rows.ts';
import { findTexts } from '../../read-models/text-search/text-search.ts';
import { propertiesOf } from './extend.ts';
import { PERSON, TYPES, typesOf } from './types.ts';

/** Of a shorter text, the index of trigrams finds nothing. */
const MIN_PREFIX = 3;
/** Suggestions of a page. */
const PAGE = 10;

/** Movies that IMDb does not know, with a name that begins so. The index of trigrams bounds it. */
const OWN_MOVIES: Statement = {
  name: 'suggest own movies',
  text: `
    select m.id, m.title, m.type, m.year from movies.movie as m
    where m.search_text ~ $1::text and m.id like 'mq%'
    order by m.votes desc nulls last, m.id limit $2::int`,
};

const SOURCES: Statement = {
  name: 'sources with ratings',
  text: `
    select source.id from (select 'imdb' as id, 0 as priority union all select id, priority from sources.source) as source
    group by source.id order by min(source.priority), source.id`,
};

interface OwnRow {
  readonly id: string;
  readonly title: string | null;
  readonly type: string | null;
  readonly year: number | null;
}

type Suggested = ReconcileSuggestions['result'][number];

/**
 * A page of what a text may be the beginning of: entities, types or properties. An id finds what it
 * is of.
 *
 * @param cursor how many to skip
 * @throws ProblemException 503 when it takes too long
 */
export async function suggestionsOf(
  database: Database,
  kind: SuggestKind,
  prefix: string,
  cursor: number,
): Promise<ReconcileSuggestions> {
  const found =
    kind === 'entity'
      ? await entities(database, prefix, cursor + PAGE)
      : named(kind === 'type' ? TYPES : await allProperties(database), prefix);
  return { result: found.slice(cursor, cursor + PAGE) };
}

/** All properties of all types. */
export async function allProperties(database: Database) {
  const sources = await readSources(database);
  return [...propertiesOf('title', sources), ...propertiesOf(PERSON.id, sources)];
}

/** Ids of all sources, IMDb among them. */
export async function readSources(database: Database): Promise<string[]> {
  return (await database.readPrepared<{ id: string }>(SOURCES, [])).map(({ id }) => id);
}

async function entities(database: Database, prefix: string, limit: number): Promise<Suggested[]> {
  const own = RequestedMovieId.safeParse(prefix).data;
  if (own?.startsWith('mq') === true) {
    const movies = await readMovieDocuments(database, [own]);
    return [...movies.values()].map(suggestedMovie);
  }
  const text = normalForm(prefix);
  const [hits, others] = await Promise.all([
    findTexts(database, { q: prefix, kinds: ['title', 'name'], limit, depth: 'suggest' }),
    text.length < MIN_PREFIX
      ? []
      : database.readPrepared<OwnRow>(OWN_MOVIES, [nameStartPattern(text), limit]),
  ]);
  const suggestions = await readSuggestions(database, hits);
  return [
    ...suggestions.map(({ id, kind, text: name, titleType, startYear, episodeOf }) => ({
      id,
      name: name ?? id,
      description:
        kind === 'name'
          ? PERSON.name
          : joinFacts(labelOf(titleType), years(startYear), episodeOf?.primaryTitle),
      notable: kind === 'name' ? [PERSON] : typesOf(titleType),
    })),
    ...others.map(suggestedMovie),
  ];
}

function suggestedMovie({ id, title, type, year }: OwnRow): Suggested {
  return {
    id,
    name: title ?? id,
    description: joinFacts(labelOf(type), years(year)),
    notable: typesOf(type),
  };
}

/** Types or properties with a word that begins so. */
function named(
  all: readonly Pick<Suggested, 'id' | 'name' | 'description' | 'broader'>[],
  prefix: string,
): Suggested[] {
  const wanted = normalForm(prefix);
  return all
    .filter(({ id, name }) =>
      [normalForm(id), ...wordsFrom(normalForm(name))].some((text) => text.startsWith(wanted)),
    )
    .map(({ id, name, description, broader }) => ({
      id,
      name,
      ...(description === undefined ? {} : { description }),
      ...(broader === undefined ? {} : { broader }),
    }));
}

/** A text from each of its words on. */
function wordsFrom(text: string): string[] {
  const words = text.split(' ');
  return words.map((_, i) => words.slice(i).join(' '));
}
