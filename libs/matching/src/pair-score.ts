import { compactForm } from '@marquee/search';
import type { Description, Kind } from './description.ts';
import { isPart, numbersOf, similarityOf } from './name-similarity.ts';

/** How two names of a pair agree. */
export type NameKind = 'exact' | 'aka' | 'part' | 'near' | 'none';

/** The parts of the score of a pair, in bits of evidence: positive ones are for one movie. */
export interface PairParts {
  readonly name: { readonly kind: NameKind; readonly similarity: number; readonly bits: number };
  readonly year: Part<number>;
  /** Whether both name the same day. */
  readonly date: Part<boolean>;
  readonly type: Part<boolean>;
  readonly runtime: Part<number>;
  readonly genres: Part<number>;
  readonly director: Part<boolean>;
  readonly votes: Part<number>;
}

/** What was compared, null where one of both does not tell it, and its bits. */
interface Part<T> {
  readonly value: T | null;
  readonly bits: number;
}

export interface PairScore {
  /** 0 to 1: the probability that both are one movie, as the parts have it. */
  readonly score: number;
  /** The sum of the bits of all parts. */
  readonly bits: number;
  readonly parts: PairParts;
}

/** Bits against a pair before anything is known. */
const PRIOR = -4;

const EXACT = 8;
/** Names that are equal but for an article, or for how numbers are written. */
const ALMOST_EXACT = 6;
const AKA = 6.5;
/** IMDb has dozens of other names for a title: short ones say little. */
const AKA_AT_IMDB = 4;
const PER_WORD_AT_IMDB = 1;
/** A name that one of both has as a part of its own, such as without its subtitle. */
const PART = 4.5;
/** More for each further word of an equal name, as long names are rarer. */
const PER_WORD = 0.5;
const MOST_WORDS = 4;
/** Similar names: bits at a similarity of 1, and fewer for each hundredth below. */
const NEAR = 7;
const NEAR_LOSS = 30;
const NO_NAME = -3;
const OTHER_NAME = -12;
const OTHER_NUMBER = -6;

const YEARS = [3, 1.5, -1.75, -3.5, -4, -5] as const;
const LATER_YEAR = -6;
const UNKNOWN_YEAR = -1.5;
/** IMDb knows the years of nearly all titles that another source tells of. */
const UNKNOWN_YEAR_AT_IMDB = -4;
const SAME_DATE = 1.5;
const RUNTIMES: readonly (readonly [within: number, bits: number])[] = [
  [1, 2.5],
  [3, 1.5],
  [6, 0.5],
  [12, -1],
  [25, -3],
  [Infinity, -5.5],
];
const SAME_DIRECTOR = 5;
const OTHER_DIRECTOR = -4;
const GENRES = 0.5;
const NO_GENRE = -1;
const NO_VOTES = -2;
const PER_TENFOLD = 0.75;
const MOST_VOTES = 2;
const OTHER_KIND = -6;
/** Bits against a type where the other side has none: most sources tell of films alone. */
const UNKNOWN_KIND: Readonly<Record<Kind, number>> = {
  film: 0,
  short: -2,
  series: -1.5,
  episode: -5,
  game: -5,
  'music video': -5,
};

/** The score of a pair, and its parts. The order of the two does not matter. */
export function scorePair(a: Description, b: Description): PairScore {
  const parts: PairParts = {
    name: nameOf(a, b),
    year: yearOf(a, b),
    date: dateOf(a, b),
    type: typeOf(a, b),
    runtime: runtimeOf(a, b),
    genres: genresOf(a, b),
    director: directorOf(a, b),
    votes: votesOf(a, b),
  };
  const bits = rounded(
    Object.values<{ readonly bits: number }>({ ...parts }).reduce(
      (sum, part) => sum + part.bits,
      PRIOR,
    ),
  );
  return { score: rounded(1 / (1 + 2 ** -bits)), bits, parts };
}

function nameOf(a: Description, b: Description): PairParts['name'] {
  if (a.titles.length === 0 || b.titles.length === 0)
    return { kind: 'none', similarity: 0, bits: NO_NAME };
  const own = equalName(a.titles, b.titles);
  if (own !== undefined) {
    const isExact = equalName(a.texts.whole, b.texts.whole) !== undefined;
    return { kind: 'exact', similarity: 1, bits: (isExact ? EXACT : ALMOST_EXACT) + wordBits(own) };
  }
  const aka = equalName([...a.titles, ...a.names], [...b.titles, ...b.names]);
  if (aka !== undefined) return { kind: 'aka', similarity: 1, bits: akaBits(a, b, aka) };
  const similar = a.titles.flatMap((title) => b.titles.map((other) => nearOf(title, other)));
  const near = similar.reduce((best, one) => (one.bits > best.bits ? one : best));
  const part = equalName(a.parts, b.titles) ?? equalName(a.titles, b.parts);
  return part === undefined || near.bits > PART
    ? near
    : { kind: 'part', similarity: near.similarity, bits: PART };
}

/** The longest name that both have, whatever its spaces: as that of both which has fewer words. */
function equalName(names: readonly string[], others: readonly string[]): string | undefined {
  const wanted = new Map(others.map((other) => [compactForm(other), other]));
  return names
    .flatMap((name) => {
      const other = wanted.get(compactForm(name));
      return other === undefined ? [] : [name.length < other.length ? name : other];
    })
    .toSorted((a, b) => b.length - a.length)[0];
}

function nearOf(a: string, b: string): PairParts['name'] {
  const similarity = similarityOf(a, b);
  const bits = Math.max(
    OTHER_NAME,
    NEAR -
      NEAR_LOSS * (1 - similarity) +
      (numbersOf(a) === numbersOf(b) || isPart(a, b) || isPart(b, a) ? 0 : OTHER_NUMBER),
  );
  return { kind: 'near', similarity: rounded(similarity), bits: rounded(bits) };
}

function akaBits(a: Description, b: Description, name: string): number {
  return a.source === 'imdb' || b.source === 'imdb'
    ? AKA_AT_IMDB + wordBits(name, PER_WORD_AT_IMDB)
    : AKA + wordBits(name);
}

function wordBits(name: string, perWord = PER_WORD): number {
  return perWord * (Math.min(name.split(' ').length, MOST_WORDS) - 1);
}

function yearOf(a: Description, b: Description): Part<number> {
  if (a.year === null || b.year === null) return { value: null, bits: unknownYear(a, b) };
  const value = Math.min(yearsFrom(a, b.year), yearsFrom(b, a.year));
  return { value, bits: YEARS[value] ?? LATER_YEAR };
}

function unknownYear(...both: readonly Description[]): number {
  const unknown = both.filter(({ year }) => year === null);
  if (unknown.some(({ source }) => source === 'imdb')) return UNKNOWN_YEAR_AT_IMDB;
  return unknown.length === 1 ? UNKNOWN_YEAR : 0;
}

/** Years between a year and those of a title: 0 for a series that ran in it. */
function yearsFrom({ kind, year, endYear }: Description, other: number): number {
  if (year === null) return 0;
  if (kind !== 'series' || other < year) return Math.abs(other - year);
  return endYear === null ? 0 : Math.max(0, other - endYear);
}

function dateOf(a: Description, b: Description): Part<boolean> {
  if (a.date === null || b.date === null) return { value: null, bits: 0 };
  const value = a.date === b.date;
  return { value, bits: value ? SAME_DATE : 0 };
}

function typeOf(a: Description, b: Description): Part<boolean> {
  if (a.kind !== null && b.kind !== null) {
    const value = a.kind === b.kind;
    return { value, bits: value ? 0 : OTHER_KIND };
  }
  const known = a.kind ?? b.kind;
  return { value: null, bits: known === null ? 0 : UNKNOWN_KIND[known] };
}

function runtimeOf(a: Description, b: Description): Part<number> {
  if (a.runtimeMinutes === null || b.runtimeMinutes === null) return { value: null, bits: 0 };
  const value = Math.abs(a.runtimeMinutes - b.runtimeMinutes);
  return { value, bits: RUNTIMES.find(([within]) => value <= within)?.[1] ?? 0 };
}

function genresOf(a: Description, b: Description): Part<number> {
  if (a.genres.size === 0 || b.genres.size === 0) return { value: null, bits: 0 };
  const value = [...a.genres].filter((genre) => b.genres.has(genre)).length;
  return { value, bits: value > 0 ? GENRES : NO_GENRE };
}

function directorOf(a: Description, b: Description): Part<boolean> {
  if (a.directors.length === 0 || b.directors.length === 0) return { value: null, bits: 0 };
  const value = a.directors.some((name) => b.directors.includes(name));
  return { value, bits: value ? SAME_DIRECTOR : OTHER_DIRECTOR };
}

/** Other sources tell of known titles, and IMDb has dozens of unknown ones of one name. */
function votesOf(a: Description, b: Description): Part<number> {
  const value = a.votes ?? b.votes;
  if (value === null) return { value, bits: 0 };
  return {
    value,
    bits: rounded(Math.min(MOST_VOTES, NO_VOTES + PER_TENFOLD * Math.log10(value + 1))),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
