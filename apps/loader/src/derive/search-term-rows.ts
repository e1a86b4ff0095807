import { normalForm, tierOf, votesOf, weightOf, type TierBounds } from '@marquee/search';
import type { TextRow } from './row-streams.ts';
import type { TitleWeights } from './title-weights.ts';

/** Votes from which a title's texts are in tiers a to d. */
const TITLE_BOUNDS = boundsOf(400_000, 40_000, 2000, 100);
/** The same for names: one well known title makes many people known. */
const NAME_BOUNDS = boundsOf(700_000, 200_000, 40_000, 2000);

/**
 * A title's other names count as much as a sixteenth of its votes would: they find it, and do not
 * hide what is called so first of all.
 */
const AKA_WEIGHT = weightOf(15);
/**
 * As many titles as a person can be known for: someone known for one has a quarter of its votes.
 */
const KNOWN_FOR = 4;
/**
 * From so many votes on an episode is found by its other names: the least that make the weight of
 * 1000, as texts are only made anew where a weight changes.
 */
const EPISODE_AKAS_FROM = Math.ceil(votesOf(weightOf(1000)));
/** Between a title's other names in {@link titlesQuery}. */
const SEPARATOR = '\u001f';

/** How an episode is called that has no name; of these there are millions. */
const NUMBERED = /^episode (\d+ \d+|dated .*)$/u;
const ARTICLE = /^(?:the|a|an) (?=.)/u;
const HYPHEN = /(?<=\p{L})[-‐‑·](?=\p{L})/gu;

/**
 * The rows that texts of titles are made of, in the columns that {@link titleTermLines} reads. An
 * episode's other names are left out unless the episode is well known: they are most of the 59
 * million, and say "Folge 1.4".
 */
export function titlesQuery(
  table: (dataset: 'title.basics' | 'title.akas' | 'title.ratings') => string,
  where: string,
): string {
  return `
    select b.tconst, b.title_type = 'tvEpisode', coalesce(r.num_votes, 0), b.primary_title, b.original_title,
      (select string_agg(a.title, chr(31)) from ${table('title.akas')} a
       where a.title_id = b.tconst and (b.title_type <> 'tvEpisode' or r.num_votes >= ${EPISODE_AKAS_FROM})
         and a.title is distinct from b.primary_title and a.title is distinct from b.original_title)
    from ${table('title.basics')} b left join ${table('title.ratings')} r on r.tconst = b.tconst
    ${where}`;
}

/**
 * The texts that find a title, as lines for COPY: id, weight, key. Its own titles; for those with
 * votes also without the article in front and with a hyphen's two words as one; and its other
 * names. Numbered episodes without votes have none.
 */
export function titleTermLines([id, isEpisode, votes, primary, original, akas]: TextRow): string {
  if (primary == null && original == null && akas == null) return '';
  const weight = weightOf(Number(votes));
  const own = new Set<string>();
  for (const title of primary === original ? [primary] : [primary, original]) {
    if (title == null) continue;
    const text = normalForm(title);
    own.add(text);
    if (weight === 0) continue;
    own.add(text.replace(ARTICLE, ''));
    if (title.includes('-') || title.includes('·')) own.add(normalForm(title.replace(HYPHEN, '')));
  }
  if (weight === 0 && isEpisode === 't' && [...own].every((text) => NUMBERED.test(text))) return '';
  let lines = linesOf(id, weight, TITLE_BOUNDS, own);
  if (akas == null) return lines;
  const others = new Set<string>();
  for (const aka of akas.split(SEPARATOR)) {
    const text = normalForm(aka);
    if (!own.has(text)) others.add(text);
  }
  lines += linesOf(id, Math.max(0, weight - AKA_WEIGHT), TITLE_BOUNDS, others);
  return lines;
}

/** The rows that texts of names are made of, in the columns that {@link nameTermLines} reads. */
export function namesQuery(table: (dataset: 'name.basics') => string, where: string): string {
  return `select n.nconst, n.primary_name, array_to_string(n.known_for_titles, ' ') from ${table('name.basics')} n ${where}`;
}

/**
 * The texts that find a name, as lines for COPY: id, weight, key. Well known people are found by
 * the last word of their names as well.
 */
export function nameTermLines([id, name, knownFor]: TextRow, weights: TitleWeights): string {
  if (name == null) return '';
  const weight = knownFor == null ? 0 : nameWeight(knownFor.split(' '), weights);
  const text = normalForm(name);
  const lastWord = text.slice(text.lastIndexOf(' ') + 1);
  return linesOf(
    id,
    weight,
    NAME_BOUNDS,
    weight >= NAME_BOUNDS[2] && lastWord !== text ? [text, lastWord] : [text],
  );
}

/**
 * The weight of the votes of the titles that somebody is known for. Made of their weights, so that
 * it only changes where one of these does.
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
): string {
  const tier = tierOf(weight, bounds);
  let lines = '';
  for (const text of texts)
    if (text !== '')
      lines += `${String(id)}\t${weight}\t${tier}${text.includes('\\') ? text.replaceAll('\\', '\\\\') : text}\n`;
  return lines;
}

function boundsOf(a: number, b: number, c: number, d: number): TierBounds {
  return [weightOf(a), weightOf(b), weightOf(c), weightOf(d)];
}
