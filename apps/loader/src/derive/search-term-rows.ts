import {
  normalForm,
  TIER_BOUNDS,
  tierOf,
  votesOf,
  weightOf,
  withoutArticle,
  type TierBounds,
} from '@marquee/search';
import type { TextRow } from './row-streams.ts';
import type { TitleWeights } from './title-weights.ts';

/**
 * Subtracted from the weight of a title's other names, so that they count as a sixteenth of its
 * votes: they find the title, but rank after titles that have this name as their own.
 */
const AKA_WEIGHT = weightOf(15);
/**
 * The most titles that a person is known for. A person known for one title gets a quarter of its
 * votes.
 */
const KNOWN_FOR = 4;
/**
 * The votes from which an episode is found by its other names: the fewest that give a weight of
 * 1000, since terms are made again only when a weight changes.
 */
const EPISODE_AKAS_FROM = Math.ceil(votesOf(weightOf(1000)));
/** Separates a title's other names in {@link titlesQuery}. */
const SEPARATOR = '\u001f';

/** A null in the text format of COPY. */
const NULL = '\\N';

/** The title of an episode without a name; there are millions. */
const NUMBERED = /^episode (\d+ \d+|dated .*)$/u;
/** The last word of a name with a suffix such as jr, and as its group that word alone. */
const LAST_NAME = /(\S+)(?: (?:jr|sr|ii|iii|iv))?$/u;
const HYPHEN = /(?<=\p{L})[-‐‑·](?=\p{L})/gu;

/**
 * The rows that terms of titles are made from, with the columns that {@link titleTermLines} reads.
 * The other names of an episode are left out unless it is well known: they are most of the 59
 * million names, and say "Folge 1.4". A title without an end ended when it began: few titles have
 * one, and an index entry without nulls is 8 bytes smaller.
 */
export function titlesQuery(
  table: (dataset: 'title.basics' | 'title.akas' | 'title.ratings') => string,
  where: string,
): string {
  return `
    select
      b.tconst,
      b.title_type = 'tvEpisode',
      coalesce(r.num_votes, 0),
      b.start_year,
      greatest(b.end_year, b.start_year),
      b.primary_title,
      b.original_title,
      (
        select string_agg(a.title, chr(31))
        from ${table('title.akas')} a
        where a.title_id = b.tconst
          and (b.title_type <> 'tvEpisode' or r.num_votes >= ${EPISODE_AKAS_FROM})
          and a.title is distinct from b.primary_title
          and a.title is distinct from b.original_title
      )
    from ${table('title.basics')} b
      left join ${table('title.ratings')} r on r.tconst = b.tconst
    ${where}`;
}

/**
 * The terms that find a title, as lines for COPY: id, weight, years, key. They are its own titles;
 * for a title with votes, also without the leading article, and with hyphenated words as one; and
 * its other names. Numbered episodes without votes have none.
 */
export function titleTermLines([
  id,
  isEpisode,
  votes,
  startYear,
  lastYear,
  primary,
  original,
  akas,
]: TextRow): string {
  if (primary == null && original == null && akas == null) return '';
  const weight = weightOf(Number(votes));
  const years = `${startYear ?? NULL}\t${lastYear ?? NULL}\t`;
  const own = new Set<string>();
  for (const title of primary === original ? [primary] : [primary, original]) {
    if (title == null) continue;
    const text = normalForm(title);
    own.add(text);
    if (weight === 0) continue;
    own.add(withoutArticle(text));
    if (title.includes('-') || title.includes('·')) own.add(normalForm(title.replace(HYPHEN, '')));
  }
  if (weight === 0 && isEpisode === 't' && [...own].every((text) => NUMBERED.test(text))) return '';
  let lines = linesOf(id, weight, TIER_BOUNDS.title, own, years);
  if (akas == null) return lines;
  const others = new Set<string>();
  for (const aka of akas.split(SEPARATOR)) {
    const text = normalForm(aka);
    if (!own.has(text)) others.add(text);
  }
  lines += linesOf(id, Math.max(0, weight - AKA_WEIGHT), TIER_BOUNDS.title, others, years);
  return lines;
}

/**
 * The rows that terms of names are made from, with the columns that {@link nameTermLines} reads.
 */
export function namesQuery(table: (dataset: 'name.basics') => string, where: string): string {
  return `
    select
      n.nconst,
      n.primary_name,
      array_to_string(n.known_for_titles, ' ')
    from ${table('name.basics')} n
    ${where}`;
}

/**
 * The terms that find a name, as lines for COPY: id, weight, key. Well known people are also found
 * by their last name, with and without a suffix.
 */
export function nameTermLines([id, name, knownFor]: TextRow, weights: TitleWeights): string {
  if (name == null) return '';
  const weight = knownFor == null ? 0 : nameWeight(knownFor.split(' '), weights);
  const text = normalForm(name);
  const isWellKnown = weight >= TIER_BOUNDS.name[2];
  const lastNames = isWellKnown ? (LAST_NAME.exec(text) ?? []) : [];
  return linesOf(id, weight, TIER_BOUNDS.name, new Set([text, ...lastNames]));
}

/**
 * The weight of a name, from the votes of the titles it is known for. Computed from their weights,
 * so that it changes only when one of these does.
 */
function nameWeight(titles: readonly string[], weights: TitleWeights): number {
  let votes = 0;
  for (const title of titles) {
    const weight = weights.get(title);
    if (weight !== undefined) votes += votesOf(weight);
  }
  return votes === 0 ? 0 : weightOf(votes / KNOWN_FOR);
}

function linesOf(
  id: string | null | undefined,
  weight: number,
  bounds: TierBounds,
  texts: Iterable<string>,
  years = '',
): string {
  const tier = tierOf(weight, bounds);
  let lines = '';
  for (const text of texts)
    if (text !== '')
      lines += `${String(id)}\t${weight}\t${years}${tier}${text.includes('\\') ? text.replaceAll('\\', '\\\\') : text}\n`;
  return lines;
}
