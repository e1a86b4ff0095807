import { type HashRandom, Purpose } from '../hash-random.ts';
import type { Film } from './films.ts';

/** How often another source tells of a film by other words than IMDb: shares of its rows. */
const OTHER_TITLE = 0.08;
const MISSPELT = 0.04;
const ARTICLE_MOVED = 0.7;
const YEAR_OFF = 0.1;

/** The title of a film as a critic writes it: the article at the end, misspelt, or another title. */
export function toldTitle(random: HashRandom, film: Film, row: number): string {
  const chosen = random.fraction(Purpose.toldTitle, row);
  const other = film.otherTitles[row % Math.max(1, film.otherTitles.length)];
  if (chosen < OTHER_TITLE && other !== undefined) return other;
  if (chosen > 1 - MISSPELT) return misspelt(film.title);
  const [, article, rest] = /^(The|A|An) (.+)$/u.exec(film.title) ?? [];
  return rest !== undefined && chosen < ARTICLE_MOVED ? `${rest}, ${article ?? ''}` : film.title;
}

/** Its year as a critic has it: now and then that of another country's release. */
export function toldYear(random: HashRandom, { year }: Film, row: number): number {
  const chosen = random.fraction(Purpose.toldYear, row);
  return chosen < YEAR_OFF ? year + (chosen < YEAR_OFF / 2 ? 1 : -1) : year;
}

/** Swaps two letters of the longest word. */
function misspelt(title: string): string {
  const longest = title.split(' ').reduce((a, b) => (b.length > a.length ? b : a));
  const middle = Math.floor(longest.length / 2);
  const swapped =
    longest.slice(0, middle - 1) +
    longest.slice(middle, middle + 1) +
    longest.slice(middle - 1, middle) +
    longest.slice(middle + 1);
  return longest.length < 5 ? title : title.replace(longest, swapped);
}

const HALVES = [
  ['Glass', 'Paper', 'Salt', 'Copper', 'Borrowed', 'Inland', 'Ninth', 'Quiet'],
  ['Ferry', 'Orchard', 'Ledger', 'Lantern', 'Causeway', 'Almanac', 'Tollgate', 'Kiln'],
] as const;

/** The title of a film that IMDb does not know. */
export function unknownTitle(number: number): string {
  const [adjectives, nouns] = HALVES;
  const adjective = adjectives[number % adjectives.length] ?? '';
  const noun = nouns[Math.floor(number / adjectives.length) % nouns.length] ?? '';
  return `${adjective} ${noun}, Uncatalogued`;
}
