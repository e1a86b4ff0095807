import type { MatchCandidate, TitleMatchKind, ListedTitle } from '@marquee/contract';
import { normalForm, withoutArticle } from '@marquee/search';
import { personForm } from './description.ts';
import { similarityOf } from './name-similarity.ts';

/** The description that titles are compared with. */
export interface Wanted {
  /** In normal form: see titleReadings. */
  readonly texts: readonly string[];
  readonly year: number | null;
  readonly director: string | null;
  readonly runtimeMinutes: number | null;
}

/** A candidate with its score. */
export interface Scored extends Pick<MatchCandidate, 'score' | 'reasons'> {
  readonly title: ListedTitle;
}

/** A title that may be the wanted one. */
export interface Candidate {
  readonly title: ListedTitle;
  /** The text that a search found it by, in normal form; an id if the query contains one. */
  readonly matched: string;
  readonly isById: boolean;
  /** Names of its directors; empty if none are known, or none is wanted. */
  readonly directors: readonly string[];
}

/** The factor of each kind of match; that of `near` is its similarity, less than all others. */
const TITLE_FACTORS = { id: 1, exact: 1, article: 0.98, aka: 0.96, near: 0.9 } as const;

/** The factor of a difference of years: more than 5 years get that of 5. */
const YEAR_FACTORS = [1, 0.93, 0.72, 0.6, 0.5, 0.4] as const;
/** A series that ran in the year, but began before. */
const LATER_YEAR = 0.98;
const UNKNOWN_YEAR = 0.7;

/** Other types of title are seldom meant where no type is requested. */
const TYPE_FACTORS: Readonly<Record<string, number>> = {
  movie: 1,
  tvSeries: 1,
  tvMiniSeries: 1,
  tvMovie: 0.97,
  videoGame: 0.85,
  tvEpisode: 0.8,
  musicVideo: 0.8,
};
const OTHER_TYPE = 0.93;

/** Other cuts of a film differ by up to half an hour, other films by any time. */
const SAME_RUNTIME_MINUTES = 5;
const OTHER_CUT_MINUTES = 30;
const OTHER_CUT = 0.95;
const OTHER_RUNTIME = 0.8;

const OTHER_DIRECTOR = 0.5;
const UNKNOWN_DIRECTOR = 0.95;

/** The share of the votes: it decides between titles of one name. */
const VOTES_SHARE = 0.1;
/** Votes that count as all of the share, as a power of ten. */
const ALL_VOTES = 6;

/** How well a candidate matches: the product of a factor for each reason. */
export function scoreOf(
  { title, matched, isById, directors }: Candidate,
  wanted: Wanted,
  isTypeWanted: boolean,
): Scored {
  const name = isById
    ? { kind: 'id' as const, similarity: 1, matched }
    : nameMatch(title, matched, wanted.texts);
  const yearDifference = wanted.year === null ? null : yearsFrom(title, wanted.year);
  const runtimeDifference =
    wanted.runtimeMinutes === null || title.runtimeMinutes === null
      ? null
      : wanted.runtimeMinutes - title.runtimeMinutes;
  const director =
    wanted.director === null || directors.length === 0
      ? null
      : directors.some((one) => isSamePerson(one, wanted.director ?? ''));
  const factors = [
    TITLE_FACTORS[name.kind] * name.similarity,
    isById ? 1 : yearFactor(title, wanted.year, yearDifference),
    isTypeWanted || isById ? 1 : (TYPE_FACTORS[title.titleType ?? ''] ?? OTHER_TYPE),
    wanted.director === null || director === true || isById
      ? 1
      : director === null
        ? UNKNOWN_DIRECTOR
        : OTHER_DIRECTOR,
    isById ? 1 : runtimeFactor(runtimeDifference),
    isById ? 1 : votesFactor(title.numVotes ?? 0),
  ];
  return {
    score: Math.round(factors.reduce((product, factor) => product * factor) * 1000) / 1000,
    reasons: {
      title: name.kind,
      similarity: Math.round(name.similarity * 1000) / 1000,
      matched: name.matched,
      yearDifference,
      runtimeDifference,
      director,
    },
    title,
  };
}

interface NameMatch {
  readonly kind: TitleMatchKind;
  readonly similarity: number;
  readonly matched: string;
}

/** Compares all names of a title that are known here with all wanted texts. */
function nameMatch(title: ListedTitle, matched: string, wanted: readonly string[]): NameMatch {
  const own = [title.primaryTitle, title.originalTitle].map((text) => normalForm(text ?? ''));
  const exact = own.find((text) => wanted.includes(text));
  if (exact !== undefined) return { kind: 'exact', similarity: 1, matched: exact };
  const bare = wanted.map(withoutArticle);
  const article = own.find((text) => bare.includes(withoutArticle(text)));
  if (article !== undefined) return { kind: 'article', similarity: 1, matched: article };
  if (wanted.includes(matched)) return { kind: 'aka', similarity: 1, matched };
  const [best = { kind: 'near', similarity: 0, matched }] = [...own, matched]
    .flatMap((text) =>
      wanted.map((one): NameMatch => {
        const similarity = similarityOf(withoutArticle(text), withoutArticle(one));
        return { kind: 'near', similarity, matched: text };
      }),
    )
    .sort((a, b) => b.similarity - a.similarity);
  return best;
}

/** Years between a year and those of a title: 0 for a series that ran in it; null if unknown. */
function yearsFrom({ titleType, startYear, endYear }: ListedTitle, year: number): number | null {
  if (startYear === null) return null;
  if (year < startYear || !isSeries(titleType)) return year - startYear;
  return endYear === null ? 0 : Math.max(0, year - endYear);
}

function yearFactor({ startYear }: ListedTitle, year: number | null, difference: number | null) {
  if (year === null) return 1;
  if (difference === null) return UNKNOWN_YEAR;
  if (difference === 0 && year !== startYear) return LATER_YEAR;
  return YEAR_FACTORS[Math.min(Math.abs(difference), YEAR_FACTORS.length - 1)] ?? 0;
}

function runtimeFactor(difference: number | null): number {
  const minutes = Math.abs(difference ?? 0);
  if (minutes <= SAME_RUNTIME_MINUTES) return 1;
  return minutes <= OTHER_CUT_MINUTES ? OTHER_CUT : OTHER_RUNTIME;
}

function votesFactor(votes: number): number {
  return 1 - VOTES_SHARE * (1 - Math.min(1, Math.log10(votes + 1) / ALL_VOTES));
}

function isSeries(titleType: string | null): boolean {
  return titleType === 'tvSeries' || titleType === 'tvMiniSeries';
}

/** Whether two names are the same, in any order of their words. */
function isSamePerson(a: string, b: string): boolean {
  return personForm(a) === personForm(b);
}
