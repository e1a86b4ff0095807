import type { EpisodeOf } from '@marquee/contract';

const WHOLE = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** A number with separators; a dash for none. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : WHOLE.format(value);
}

/** A number of things, such as 1 title or 2,000 titles; a dash for none. */
export function quantity(value: number | null | undefined, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? '' : 's'}`;
}

/** A number in few characters, such as 1.2M. */
export function shortCount(value: number): string {
  return SHORT.format(value);
}

/** A size in bytes, to be read. */
export function bytes(value: number): string {
  const [unit, size] =
    value >= 1e9 ? ['GB', 1e9] : value >= 1e6 ? ['MB', 1e6] : value >= 1e3 ? ['kB', 1e3] : ['B', 1];
  return `${(value / size).toFixed(size === 1 ? 0 : 1)} ${unit}`;
}

/** A point in time, in the reader's zone; a dash for none. */
export function dateTime(time: string | null | undefined): string {
  return time ? MOMENT.format(new Date(time)) : '–';
}

/** A length of time, from seconds. */
export function duration(seconds: number): string {
  // rounded before it is taken apart: there are no 60 seconds, nor 60 minutes
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A running time, from minutes. */
export function runtime(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 && `${hours} h`, (rest > 0 || hours === 0) && `${rest} min`]
    .filter(Boolean)
    .join(' ');
}

/** The years of a title: 1977, or 1977–1981. */
export function years(start: number | null | undefined, end?: number | null): string {
  if (start === null || start === undefined) return '';
  return end === null || end === undefined || end === start ? String(start) : `${start}–${end}`;
}

/**
 * Where an episode stands: The Long Winter · Season 1, episode 3; nothing for what is no episode.
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

/**
 * IMDb's word for a type, category or profession, to be read: archive_footage becomes Archive
 * footage.
 */
export function labelOf(term: string | null | undefined): string {
  if (!term) return 'Unknown';
  return LABELS[term] ?? term.charAt(0).toUpperCase() + term.slice(1).replaceAll('_', ' ');
}

const NAME_TYPES: Readonly<Record<string, string>> = { imdbDisplay: '', dvd: 'DVD', tv: 'TV' };

/**
 * IMDb's word for a kind of name, to be read: working title; nothing for imdbDisplay, which says
 * where IMDb shows the name.
 */
export function nameTypeLabel(type: string): string {
  const word = NAME_TYPES[type] ?? type;
  return word && `${word} title`;
}

const REGIONS = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });
const LANGUAGES = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });

/** The name of a region; IMDb has codes of its own beside ISO's, which stay as they are. */
export function regionName(code: string | null | undefined): string {
  if (!code) return 'Everywhere';
  return /^[A-Z]{2}$/u.test(code) ? (REGIONS.of(code) ?? code) : code;
}

/** The name of a language. */
export function languageName(code: string): string {
  return /^[a-z]{2,3}$/u.test(code) ? (LANGUAGES.of(code) ?? code) : code;
}

/** The most telling of a few facts, with dots between. */
export function joinFacts(...parts: (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join(' · ');
}
