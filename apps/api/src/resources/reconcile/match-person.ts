import { imdbIdOf, type NameBasic, type ReconcileCandidate } from '@marquee/contract';
import { joinFacts, labelOf, years } from '@marquee/contract/title-facts';
import { similarityOf } from '@marquee/matching';
import { normalForm, votesOf } from '@marquee/search';
import type { Database } from '../../database/database.ts';
import { readNames, readTitles } from '../../read-models/text-search/found-rows.ts';
import type { Hit } from '../../read-models/text-search/hits.ts';
import { findTexts } from '../../read-models/text-search/text-search.ts';
import type { QueryFacts } from './query-facts.ts';
import { PERSON } from './types.ts';

/** Namesakes that are compared. */
const MAX_PEOPLE = 40;
/** Less than this, a name is another one. */
const MIN_SIMILARITY = 0.6;
/** Years of birth or death that differ by one, and by more. */
const NEXT_YEAR = 0.93;
const OTHER_YEAR = 0.5;
const UNKNOWN_YEAR = 0.95;
const OTHER_PROFESSION = 0.8;
const OTHER_WORKS = 0.7;
/** The share of fame: it decides between namesakes. */
const FAME_SHARE = 0.1;
/** Votes that count as all of the share, as a power of ten. */
const ALL_VOTES = 6;

/**
 * The people that a name may mean, with the product of a factor for each reason as their score: the
 * name, years, professions, works, and the votes of their best titles.
 *
 * @throws ProblemException 503 when it takes too long
 */
export async function matchPerson(
  database: Database,
  name: string,
  facts: QueryFacts,
): Promise<ReconcileCandidate[]> {
  const query = { q: name, kinds: ['name'], limit: MAX_PEOPLE, depth: 'page' } as const;
  const hits = await findTexts(database, query);
  const [people, titles] = await Promise.all([
    readNames(database, hits),
    titlesOf(database, facts.knownFor),
  ]);
  const isById = imdbIdOf(name)?.kind === 'name';
  return hits.flatMap((hit) => {
    const person = people.get(hit.id);
    if (person === undefined) return [];
    const similarity = isById
      ? 1
      : similarityOf(normalForm(person.primaryName ?? ''), normalForm(name));
    return similarity < MIN_SIMILARITY
      ? []
      : [candidateOf(person, hit, similarity, isById, facts, titles)];
  });
}

/** The wanted works by their ids, as texts in normal form are compared with titles. */
async function titlesOf(database: Database, wanted: readonly string[]): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const text of wanted.slice(0, 5)) {
    const id = imdbIdOf(text)?.id;
    if (id !== undefined) ids.add(id);
    else {
      const query = { q: text.slice(0, 200), kinds: ['title'], limit: 20, depth: 'page' } as const;
      const found = await findTexts(database, query);
      const titles = await readTitles(database, found);
      for (const [tconst, { primaryTitle }] of titles)
        if (normalForm(primaryTitle ?? '') === normalForm(text)) ids.add(tconst);
    }
  }
  return ids;
}

function candidateOf(
  person: NameBasic,
  hit: Hit,
  similarity: number,
  isById: boolean,
  facts: QueryFacts,
  titles: ReadonlySet<string>,
): ReconcileCandidate {
  const { nconst, primaryName, birthYear, deathYear, primaryProfession, knownForTitles } = person;
  const professions = primaryProfession ?? [];
  const isOf =
    facts.professions.length === 0 || facts.professions.some((one) => professions.includes(one));
  const isKnownFor =
    facts.knownFor.length === 0 || (knownForTitles ?? []).some((title) => titles.has(title));
  const fame = Math.min(1, Math.log10(votesOf(hit.weight) + 1) / ALL_VOTES);
  const factors = [
    similarity,
    yearFactor(birthYear, facts.birthYear),
    yearFactor(deathYear, facts.deathYear),
    isOf ? 1 : OTHER_PROFESSION,
    isKnownFor ? 1 : OTHER_WORKS,
    1 - FAME_SHARE * (1 - fame),
  ];
  const score = isById ? 1 : factors.reduce((product, factor) => product * factor);
  return {
    id: nconst,
    name: primaryName ?? nconst,
    description: joinFacts(years(birthYear, deathYear), professions.map(labelOf).join(', ')),
    type: [PERSON],
    score: Math.round(score * 1000) / 10,
    features: [
      { id: 'similarity', value: Math.round(similarity * 1000) / 1000 },
      { id: 'isEqual', value: similarity === 1 },
      ...(facts.professions.length === 0 ? [] : [{ id: 'profession', value: isOf }]),
      ...(facts.knownFor.length === 0 ? [] : [{ id: 'knownFor', value: isKnownFor }]),
      { id: 'fame', value: Math.round(fame * 1000) / 1000 },
    ],
    match: false,
  };
}

function yearFactor(own: number | null, wanted: number | undefined): number {
  if (wanted === undefined) return 1;
  if (own === null) return UNKNOWN_YEAR;
  const difference = Math.abs(own - wanted);
  if (difference === 0) return 1;
  return difference === 1 ? NEXT_YEAR : OTHER_YEAR;
}
