import type { EpisodeOf } from '@marquee/contract';

const WHOLE = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** A number with thousands separators; a dash for null. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : WHOLE.format(value);
}

/** A number with its noun, such as `1 title` or `2,000 titles`; a dash for null. */
export function quantity(value: number | null | undefined, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? '' : 's'}`;
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

/** A duration in seconds, such as `3 min 20 s`. */
export function duration(seconds: number): string {
  // round first: otherwise 59.6 s would show as 60 s
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A runtime in minutes, such as `1 h 41 min`. */
export function runtime(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 && `${hours} h`, (rest > 0 || hours === 0) && `${rest} min`]
    .filter(Boolean)
    .join(' ');
}

/** The years of a title: `1977`, `1977–1981`, or `?–1981` if only the end is known. */
export function years(start: number | null | undefined, end?: number | null): string {
  const isEnd = end !== null && end !== undefined && end !== start;
  if (start === null || start === undefined) return isEnd ? `?–${end}` : '';
  return isEnd ? `${start}–${end}` : String(start);
}

/**
 * Position of an episode, such as `The Long Winter · Season 1, episode 3`; empty for other titles.
 */
export function episodePosition(episodeOf: EpisodeOf | null | undefined): string {
  if (!episodeOf) return '';
  const { tconst, primaryTitle, seasonNumber, episodeNumber } = episodeOf;
  const numbers = [
    seasonNumber !== null && `season ${seasonNumber}`,
    episodeNumber !== null && `episode ${episodeNumber}`,
  ]
    .filter(Boolean)
    .join(', ');
  return joinFacts(primaryTitle ?? tconst, numbers.charAt(0).toUpperCase() + numbers.slice(1));
}

const LABELS: Readonly<Record<string, string>> = {
  movie: 'Film',
  tvSeries: 'TV series',
  tvMiniSeries: 'TV mini-series',
  tvEpisode: 'TV episode',
  tvMovie: 'TV film',
  tvShort: 'TV short',
  tvSpecial: 'TV special',
  tvPilot: 'TV pilot',
  videoGame: 'Video game',
  self: 'As themselves',
};

/** Label of a type, category or profession of IMDb: `archive_footage` becomes `Archive footage`. */
export function labelOf(term: string | null | undefined): string {
  if (!term) return 'Unknown';
  return LABELS[term] ?? term.charAt(0).toUpperCase() + term.slice(1).replaceAll('_', ' ');
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

/** English name of a region. IMDb's own codes, which ISO lacks, stay unchanged. */
export function regionName(code: string | null | undefined): string {
  if (!code) return 'Everywhere';
  return /^[A-Z]{2}$/u.test(code) ? (REGIONS.of(code) ?? code) : code;
}

/** English name of a language; unknown codes stay unchanged. */
export function languageName(code: string): string {
  return /^[a-z]{2,3}$/u.test(code) ? (LANGUAGES.of(code) ?? code) : code;
}

/** Joins the parts that are not empty, separated by dots. */
export function joinFacts(...parts: (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join(' · ');
}
