import type { SourceRecord } from '@marquee/contract';
import { compactForm, normalForm } from '@marquee/search';
import { titleReadings } from './title-readings.ts';

/** What a record, or a title of IMDb, tells that can be compared. Texts are in normal form. */
export interface Description {
  readonly source: string;
  readonly id: string;
  /** Its title as it stands. */
  readonly title: string | null;
  /** Its names in normal form, and parts of them, as search has them. */
  readonly texts: { readonly whole: readonly string[]; readonly parts: readonly string[] };
  /** Its title and original title, as all names here in {@link nameForm}. */
  readonly titles: readonly string[];
  /** Its other names. */
  readonly names: readonly string[];
  /** Its title without a subtitle, or that alone: names that it may have elsewhere. */
  readonly parts: readonly string[];
  readonly year: number | null;
  /** The day of its release. */
  readonly date: string | null;
  /** The last year of a series. */
  readonly endYear: number | null;
  readonly kind: Kind | null;
  readonly runtimeMinutes: number | null;
  readonly genres: ReadonlySet<string>;
  /** Names of its directors, their words in alphabetical order. */
  readonly directors: readonly string[];
  /** Votes of a title of IMDb; null for other records. */
  readonly votes: number | null;
  /** Ids elsewhere, by who gives them. */
  readonly ids: Readonly<Record<string, string>>;
}

/** Types of title, as far as sources agree on them. */
export type Kind = 'film' | 'short' | 'series' | 'episode' | 'game' | 'music video';

const KINDS: Readonly<Record<string, Kind>> = {
  movie: 'film',
  film: 'film',
  feature: 'film',
  featurefilm: 'film',
  tvmovie: 'film',
  tvspecial: 'film',
  video: 'film',
  documentary: 'film',
  short: 'short',
  shortfilm: 'short',
  tvshort: 'short',
  tvseries: 'series',
  tvminiseries: 'series',
  miniseries: 'series',
  tvshow: 'series',
  show: 'series',
  series: 'series',
  tv: 'series',
  tvepisode: 'episode',
  episode: 'episode',
  episodedetails: 'episode',
  videogame: 'game',
  game: 'game',
  musicvideo: 'music video',
};

/** Words of genres that mean the same in lists of several sources. */
const GENRE_WORDS: Readonly<Record<string, string>> = {
  sci: 'science fiction',
  fi: 'science fiction',
  science: 'science fiction',
  fiction: 'science fiction',
  children: 'family',
  childrens: 'family',
  kids: 'family',
  musical: 'music',
  suspense: 'thriller',
  romantic: 'romance',
  biographical: 'biography',
  historical: 'history',
  animated: 'animation',
};

const NO_GENRES = new Set(['and', 'of', 'the', 'no', 'genres', 'listed']);

/**
 * What a record tells, in comparable form.
 *
 * @param votes of a title of IMDb
 */
export function describe(
  source: string,
  id: string,
  record: SourceRecord,
  votes: number | null = null,
): Description {
  const own = [record.title, record.originalTitle].flatMap((title) =>
    title == null ? [] : [titleReadings(title)],
  );
  const others = [
    ...own.flatMap(({ texts }) => texts.slice(1)),
    ...(record.names ?? []).flatMap(({ name }) => titleReadings(name).texts),
  ];
  const texts = {
    whole: distinct([...own.flatMap(({ texts: [title = ''] }) => title), ...others]),
    parts: distinct(own.flatMap((readings) => readings.parts)),
  };
  const titles = nameForms(own.flatMap((readings) => readings.texts.slice(0, 1)));
  const names = nameForms(others).filter((name) => !titles.includes(name));
  const parts = nameForms(texts.parts);
  return {
    source,
    id,
    title: record.title ?? record.originalTitle ?? null,
    texts,
    titles,
    names,
    parts: parts.filter((part) => !titles.includes(part) && !names.includes(part)),
    year: record.year ?? yearOf(record.releaseDate) ?? own[0]?.year ?? null,
    date: record.releaseDate ?? null,
    endYear: record.endYear ?? null,
    kind: KINDS[compactForm(normalForm(record.type ?? ''))] ?? null,
    runtimeMinutes: record.runtimeMinutes ?? null,
    genres: genreWords(record.genres ?? []),
    directors: distinct(
      (record.people ?? []).flatMap(({ name, role }) =>
        role === 'director' ? [personForm(name)] : [],
      ),
    ),
    votes,
    ids: record.ids ?? {},
  };
}

/** A person's name with its words in alphabetical order, as sources differ in their order. */
export function personForm(name: string): string {
  return normalForm(name).split(' ').sort().join(' ');
}

/** Words that sources write differently, each with the form that all get. */
const SAME_WORDS: Readonly<Record<string, string>> = {
  ...numbersFrom(
    1,
    'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty',
  ),
  ...numbersFrom(2, 'ii iii iv v vi vii viii ix x xi xii xiii xiv xv'),
  thirty: '30',
  forty: '40',
  fifty: '50',
  sixty: '60',
  seventy: '70',
  eighty: '80',
  ninety: '90',
  dr: 'doctor',
  mr: 'mister',
  st: 'saint',
};
const SAME_WORD = new RegExp(`\\b(?:${Object.keys(SAME_WORDS).join('|')})\\b`, 'gu');
/** Articles, and what stands for a sign such as + that others leave out. */
const EMPTY_WORDS = /\b(?:the|a|an|and) (?=.)/gu;
/** A word before a number: Part 2, and 2. */
const COUNTED = /\b(?:part|pt|vol|volume|chapter|episode|no|number) (?=\d)/gu;

/** The form in which names are compared: without articles, with numbers as digits. */
export function nameForm(text: string): string {
  return text
    .replace(EMPTY_WORDS, '')
    .replace(SAME_WORD, (word) => SAME_WORDS[word] ?? word)
    .replace(COUNTED, '');
}

/** Numbers as words, from the first on, in a row. */
function numbersFrom(first: number, words: string): Record<string, string> {
  return Object.fromEntries(words.split(' ').map((word, i) => [word, String(first + i)]));
}

function genreWords(genres: readonly string[]): Set<string> {
  const words = genres.flatMap((genre) => normalForm(genre).split(' '));
  return new Set(
    words.filter((word) => !NO_GENRES.has(word)).map((word) => GENRE_WORDS[word] ?? word),
  );
}

function yearOf(date: string | null | undefined): number | null {
  return date == null ? null : Number(date.slice(0, 4));
}

function nameForms(texts: readonly string[]): string[] {
  return distinct(texts.map(nameForm));
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '');
}
