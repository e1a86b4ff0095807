import type { Movie, MovieCompany, MovieName, MoviePerson, SourceRecord } from '@marquee/contract';
import { normalForm } from '@marquee/search';
import { genresOf } from './genres.ts';
import { compareTexts, type MovieRecord } from './movie-record.ts';

/** How entries of lists are recognised as the same. */
interface Identity<T> {
  /** Those of the same name are the same, unless ids of one kind tell them apart. */
  readonly nameOf: (entry: T) => string;
  readonly idOf: (entry: T) => string | null;
  readonly withId: (entry: T, id: string) => T;
}

const byName = <T>(nameOf: (entry: T) => string): Identity<T> => ({
  nameOf,
  idOf: () => null,
  withId: (entry) => entry,
});

const NAMES = byName<MovieName>(({ name, language, region }) =>
  [normalForm(name), language ?? '', region ?? ''].join('\n'),
);
const TEXTS = byName<string>(normalForm);
const PEOPLE: Identity<MoviePerson> = {
  nameOf: ({ name, role }) => `${role} ${normalForm(name)}`,
  // one person may have several roles
  idOf: ({ imdb, role }) => imdb && `${role}:${imdb}`,
  withId: (entry, id) => ({ ...entry, imdb: id.slice(id.indexOf(':') + 1) }),
};
const COMPANIES: Identity<MovieCompany> = {
  nameOf: ({ name }) => normalForm(name),
  idOf: ({ id }) => id,
  withId: (entry, id) => ({ ...entry, id }),
};

/** The fields that are lists of entries which several records can share. */
const LISTS = {
  names: (entries: readonly MovieName[]) => unite(entries, NAMES),
  genres: (entries: readonly string[]) => unite(entries.flatMap(genresOf), TEXTS),
  countries: (entries: readonly string[]) => unite(entries, TEXTS),
  languages: (entries: readonly string[]) => unite(entries, TEXTS),
  people: (entries: readonly MoviePerson[]) => unite(entries, PEOPLE),
  companies: (entries: readonly MovieCompany[]) => unite(entries, COMPANIES),
};
export type ListField = keyof typeof LISTS;

export function isListField(field: string): field is ListField {
  return field in LISTS;
}

/**
 * The entries of all records: those of the first come first, equal ones once. Genres become IMDb's.
 *
 * @param limit the greatest number of entries
 */
export function uniteLists<F extends ListField>(
  field: F,
  records: readonly MovieRecord[],
  limit = 1000,
): Movie[F] {
  const entries = records.flatMap(({ content }): readonly unknown[] => content[field] ?? []);
  // the compiler does not see that function and list are of the same field
  const united = LISTS[field] as (list: readonly unknown[]) => Movie[F];
  return united(entries).slice(0, limit) as Movie[F];
}

/** The first of each group of equal entries, with an id if any of the group has one. */
function unite<T>(entries: readonly T[], { nameOf, idOf, withId }: Identity<T>): T[] {
  const kept: T[] = [];
  const indexOfId = new Map<string, number>();
  const indexesOfName = new Map<string, number[]>();
  for (const entry of entries) {
    const id = idOf(entry);
    const name = nameOf(entry);
    const named = indexesOfName.get(name) ?? [];
    indexesOfName.set(name, named);
    const index =
      (id === null ? undefined : indexOfId.get(id)) ??
      named.find((i) => canBeSame(idOf(kept[i] as T), id)) ??
      kept.push(entry) - 1;
    if (!named.includes(index)) named.push(index);
    if (id === null) continue;
    indexOfId.set(id, index);
    const first = kept[index] as T;
    if (idOf(first) === null) kept[index] = withId(first, id);
  }
  return kept;
}

/** Whether ids do not tell two entries of one name apart: one of them is missing, or of a kind of its own. */
function canBeSame(one: string | null, other: string | null): boolean {
  return one === null || other === null || kindOf(one) !== kindOf(other);
}

function kindOf(id: string): string {
  return id.slice(0, Math.max(0, id.indexOf(':')));
}

/** The ids of all records, in order, by who gives them. */
export function uniteIds(records: readonly MovieRecord[]): Movie['ids'] {
  const found = new Map<string, Set<string>>();
  for (const { content } of records)
    for (const [kind, id] of Object.entries(content.ids ?? {}))
      found.set(kind, (found.get(kind) ?? new Set()).add(id));
  return Object.fromEntries(
    [...found]
      .toSorted(([one], [other]) => compareTexts(one, other))
      .map(([kind, ids]) => [kind, [...ids].toSorted(compareTexts)]),
  );
}

/** The ratings of all records; of several records of one source, the first of each name. */
export function uniteRatings(records: readonly MovieRecord[]): Movie['ratings'] {
  const found = new Map<string, Movie['ratings'][number]>();
  for (const { source, content } of records)
    for (const rating of content.ratings ?? []) {
      const key = `${source} ${rating.name}`;
      if (!found.has(key)) found.set(key, { ...rating, source });
    }
  return [...found.values()];
}

/** The C-ratings that all records have of one part of a movie. */
export function uniteCRatings(
  records: readonly MovieRecord[],
  part: keyof NonNullable<SourceRecord['cRatings']>,
) {
  return records.flatMap(({ source, content }) =>
    (content.cRatings?.[part] ?? []).map((rating) => ({ ...rating, source })),
  );
}
