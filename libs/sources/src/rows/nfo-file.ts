import { errorMessage } from '@marquee/process/error-message';
import { XMLParser } from 'fast-xml-parser';
import { SyntaxValidator } from 'fast-xml-validator';
import { cleanText, reject, type Reject, type Row } from './row.ts';

const LISTS = new Set([
  ...['genre', 'country', 'studio', 'director', 'credits', 'writer', 'actor', 'uniqueid'],
  ...['rating', 'thumb', 'tag', 'language'],
]);
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  isArray: (name: string) => LISTS.has(name),
});

/** Elements of movies, and what IMDb calls them. Others, such as songs, are no movies. */
const TYPES: Readonly<Record<string, string>> = {
  movie: 'movie',
  tvshow: 'tvSeries',
  episodedetails: 'tvEpisode',
};

/** Scales of ratings that have none; Kodi writes them on the scale of where they are from. */
const RATINGS_TO_100 = new Set(['metacritic', 'tomatometerallcritics', 'tomatometerallaudience']);

/** The most episodes of one file. */
const MAX_ROOTS = 1000;

type Element = Record<string, unknown>;

/**
 * The movies of a .nfo file of Kodi or Jellyfin. It is XML, with or without the URL of a web page
 * behind it, or such URLs alone. A file can have several episodes.
 *
 * @param path its path in the library
 * @param line the number of its first movie
 */
export function nfoMovies(path: string, content: Buffer, line: number): (Row | Reject)[] {
  const text = cleanText(decode(content));
  const [begin, end] = [text.indexOf('<'), text.lastIndexOf('>') + 1];
  const xml = text
    .slice(Math.max(begin, 0), end)
    .replace(/<\?xml[^<>]*\?>/giu, '')
    .replace(/<!DOCTYPE[^[>]*(?:\[[^\]]*\])?[^>]*>/giu, '');
  const around = begin === -1 ? text : `${text.slice(0, begin)}\n${text.slice(end)}`;
  const urls = idsOfUrls(around);
  if (xml.trim() === '') {
    if (Object.keys(urls).length === 0)
      return [reject(line, text, `${path} has neither XML nor the URL of a movie`)];
    return [
      rowOf(
        { path, line, element: /(?:^|\/)tvshow\.nfo$/iu.test(path) ? 'tvshow' : 'movie' },
        {},
        urls,
      ),
    ];
  }
  // a file of several episodes has several roots
  const whole = `<nfo>${xml}</nfo>`;
  let parsed: { readonly nfo: Element };
  try {
    SyntaxValidator.validate(whole);
    // it refuses what the validator takes: too many levels, and names such as __proto__
    parsed = parser.parse(whole) as typeof parsed;
  } catch (error) {
    return [reject(line, text, `${path} is not valid XML: ${errorMessage(error)}`)];
  }
  const roots = Object.entries(parsed.nfo).flatMap(([element, found]) =>
    (Array.isArray(found) ? found : [found]).map((one: unknown) => ({ element, one })),
  );
  if (roots.length > MAX_ROOTS)
    return [reject(line, text, `${path} has ${roots.length} elements, expected a movie`)];
  return roots.map(({ element, one }, i) => {
    if (!Object.hasOwn(TYPES, element) || typeof one !== 'object' || one === null)
      return reject(
        line + i,
        text,
        `${path} has <${element}>, expected <movie>, <tvshow> or <episodedetails>`,
      );
    const part = roots.length > 1 ? `${path}#${i + 1}` : path;
    return rowOf({ path: part, line: line + i, element }, one as Element, urls);
  });
}

function rowOf(
  { path, line, element }: { path: string; line: number; element: string },
  content: Element,
  urls: Readonly<Record<string, string>>,
): Row {
  return {
    line,
    columns: {
      ...content,
      path,
      ...nameOf(path),
      type: TYPES[element],
      ids: { ...urls, ...idsOf(content, element) },
      ratings: ratingsOf(content),
      watched: content['watched'] ?? content['playcount'],
    },
  };
}

function decode(content: Buffer): string {
  if (content[0] === 0xff && content[1] === 0xfe)
    return new TextDecoder('utf-16le').decode(content);
  const declared = /^[^<]*<\?xml[^>]*encoding=["']([\w-]+)["']/iu.exec(
    content.toString('latin1', 0, 200),
  )?.[1];
  try {
    return new TextDecoder(declared ?? 'utf-8', { fatal: true }).decode(content);
  } catch {
    return new TextDecoder('windows-1252').decode(content);
  }
}

const URLS: readonly (readonly [string, RegExp])[] = [
  ['imdb', /imdb\.com\/(?:[a-z]{2}\/)?title\/(tt\d{7,10})/iu],
  ['tmdb', /themoviedb\.org\/movie\/(\d+)/iu],
  ['tmdb-tv', /themoviedb\.org\/tv\/(\d+)/iu],
  ['tvdb', /thetvdb\.com\/(?:\S{0,200}[?&](?:series)?id=|dereferrer\/series\/)(\d+)/iu],
];

function idsOfUrls(text: string): Record<string, string> {
  return Object.fromEntries(
    URLS.flatMap(([kind, pattern]) => {
      const id = pattern.exec(text)?.[1];
      return id === undefined ? [] : [[kind, id]];
    }),
  );
}

/** Ids by who gives them. Those of series and episodes are others than those of movies. */
function idsOf(content: Element, element: string): Record<string, string> {
  const ids: Record<string, string> = {};
  const add = (kind: string, value: unknown) => {
    const id = wordOf(value) ?? '';
    if (id === '') return;
    if (/^tt\d{7,10}$/u.test(id)) ids['imdb'] ??= id;
    else if (kind !== 'imdb' && /^[\w-]+$/u.test(id)) ids[idKind(kind, element)] ??= id;
  };
  for (const given of (content['uniqueid'] ?? []) as (Element | string)[])
    if (typeof given === 'object')
      add((wordOf(given['@type']) ?? 'unknown').toLowerCase(), given['#text']);
  for (const kind of ['imdb', 'tmdb', 'tvdb']) add(kind, content[`${kind}id`]);
  add('imdb', content['imdb_id']);
  if (wordOf(content['id'])?.startsWith('tt') === true) add('imdb', content['id']);
  return ids;
}

function idKind(kind: string, element: string): string {
  if (element === 'movie') return kind === 'tvdb' ? 'tvdb-movie' : kind;
  if (element === 'tvshow') return kind === 'tmdb' ? 'tmdb-tv' : kind;
  return `${kind}-episode`;
}

/** A text without spaces around it, or a number as text; null for anything else. */
function wordOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** All ratings from 0 to 10, by name. */
function ratingsOf(content: Element): Element[] {
  const group = content['ratings'] as Element | undefined;
  const given = ((group?.['rating'] ?? []) as (Element | string)[]).filter(
    (rating) => typeof rating === 'object',
  );
  return given.map((rating) => {
    const name = (wordOf(rating['@name']) ?? 'default').toLowerCase();
    const max = Number(rating['@max'] ?? (RATINGS_TO_100.has(name) ? 100 : 10));
    const text = wordOf(rating['value']);
    const value = Number(text?.replace(',', '.'));
    return {
      name: name === 'themoviedb' ? 'tmdb' : name,
      value: value >= 0 && max > 0 ? Math.round((value / max) * 1000) / 100 : null,
      votes: rating['votes'] ?? null,
    };
  });
}

/** The name and year by that of the file, or of its folder where that of the file tells nothing. */
function nameOf(path: string): { name: string; nameYear: string | null } {
  const parts = path
    .replace(/#\d+$/u, '')
    .replace(/\.nfo$/iu, '')
    .split('/');
  const file = parts.at(-1) ?? '';
  const isUsual = /^(?:movie|tvshow|index|video_ts|bdmv)$/iu.test(file);
  const given = (isUsual ? parts.at(-2) : file) ?? file;
  const spaced = given.includes(' ') ? given : given.replace(/[._]+/gu, ' ');
  const [, name, nameYear] = /^(.+?)[ ([]+((?:19|20)\d{2})(?:[)\] ]|$)/u.exec(spaced) ?? [];
  return name === undefined || nameYear === undefined
    ? { name: spaced.replace(/\s*\[[^\]]*\]/gu, '').trim(), nameYear: null }
    : { name, nameYear };
}
