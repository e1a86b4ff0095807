import { LANGUAGE_NAMES, REGION_NAMES } from './region-names.ts';

export { episodePosition, joinFacts, labelOf, runtime, years } from '@marquee/contract/title-facts';

const WHOLE = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const DAY = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const DAY_ALONE = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });

/** A number with thousands separators; a dash for null. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : WHOLE.format(value);
}

/** A number with its noun, such as `1 title` or `2,000 titles`; a dash for null. */
export function quantity(value: number | null | undefined, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? '' : 's'}`;
}

/** A rating with its votes, such as `★ 7.1, 12,345 votes`; `not rated` without one. */
export function ratingText({
  averageRating,
  numVotes,
}: {
  readonly averageRating: number | null;
  readonly numVotes: number | null;
}): string {
  return averageRating === null
    ? 'not rated'
    : `★ ${averageRating.toFixed(1)}, ${quantity(numVotes ?? 0, 'vote')}`;
}

/** A number in compact notation, such as 1.2M. */
export function shortCount(value: number): string {
  return SHORT.format(value);
}

/** A size in bytes with its unit, such as `1.5 GB`. Units are decimal. */
export function bytes(value: number): string {
  const [unit, size] =
    value >= 1e9 ? ['GB', 1e9] : value >= 1e6 ? ['MB', 1e6] : value >= 1e3 ? ['kB', 1e3] : ['B', 1];
  return `${(value / size).toFixed(size === 1 ? 0 : 1)} ${unit}`;
}

/** Date and time in the reader's time zone; a dash for null. */
export function dateTime(time: string | null | undefined): string {
  return time ? MOMENT.format(new Date(time)) : '–';
}

/** The day of a time in the reader's time zone, or a day without a time; a dash for null. */
export function date(time: string | null | undefined): string {
  if (!time) return '–';
  return (time.includes('T') ? DAY : DAY_ALONE).format(new Date(time));
}

/** A duration in seconds, such as `3 min 20 s`. */
export function duration(seconds: number): string {
  // round first: otherwise 59.6 s would show as 60 s
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const NAME_TYPES: Readonly<Record<string, string>> = { imdbDisplay: '', dvd: 'DVD', tv: 'TV' };

/**
 * Label of a type of title.akas, such as `working title`. Empty for imdbDisplay, which only says
 * where IMDb shows the name.
 */
export function nameTypeLabel(type: string): string {
  const word = NAME_TYPES[type] ?? type;
  return word && `${word} title`;
}

const REGIONS = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });
const LANGUAGES = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });

/** English name of a region; `Unknown` for null. Unknown codes stay unchanged. */
export function regionName(code: string | null | undefined): string {
  if (!code) return 'Unknown';
  const own = REGION_NAMES[code];
  return own ?? (/^[A-Z]{2}$/u.test(code) ? (REGIONS.of(code) ?? code) : code);
}

/** English name of a language; unknown codes stay unchanged. */
export function languageName(code: string): string {
  const own = LANGUAGE_NAMES[code];
  return own ?? (/^[a-z]{2,3}$/u.test(code) ? (LANGUAGES.of(code) ?? code) : code);
}
