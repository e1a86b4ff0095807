import { XMLParser } from 'fast-xml-parser';
import { SyntaxValidator } from 'fast-xml-validator';

/**
 * What other programs take from a list, by the rules of their importers: Radarr's StevenLu and RSS
 * lists, Sonarr's custom lists and Plex watchlists, and Kometa's reciperr_list. Each throws where
 * the program would refuse the list.
 */

/** A film or a series as a program imports it. */
interface Imported {
  readonly title: string;
  readonly imdbId: string;
}

const IMDB_ID = /tt\d{7,8}/iu;

/** Radarr, list of the kind StevenLu: an array of `title` and `imdb_id`. */
export async function importIntoRadarr(url: string): Promise<Imported[]> {
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  expectOk(response, 'text/html');
  const items = (await response.json()) as { title: string; imdb_id: string }[];
  return items.map(({ title, imdb_id: imdbId }) => ({ title, imdbId }));
}

/** Sonarr, custom list: an array whose fields are found in any case; the id may be IMDb's. */
export async function importIntoSonarr(url: string): Promise<Imported[]> {
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  expectOk(response, 'text/html');
  return ((await response.json()) as Record<string, unknown>[]).map((item) => {
    const fields = new Map(
      Object.entries(item).map(([name, value]) => [name.toLowerCase(), value]),
    );
    // a text here would not fit its integer
    if (fields.has('tvdbid') || fields.has('tmdbid')) throw new Error('expected no other ids');
    return { title: String(fields.get('title')), imdbId: String(fields.get('imdbid')) };
  });
}

/** Kometa, `reciperr_list`: JSON whose first item has `imdb_id`. */
export async function importIntoKometa(url: string): Promise<string[]> {
  const response = await fetch(url);
  if (response.status >= 400) throw new Error(`JSON not found at ${url}`);
  const items = (await response.json()) as { imdb_id?: string }[];
  if (items[0]?.imdb_id === undefined) throw new Error('imdb_id not found in the JSON');
  return items.flatMap(({ imdb_id: id }) => id ?? []);
}

/** Radarr, RSS list: the id from each item's link, and the title without its year. */
export async function importRssIntoRadarr(url: string): Promise<(Imported & { year: number })[]> {
  return (await readRss(url, 'text/html')).flatMap(({ title, link }) => {
    // by these words it leaves out what is no film
    if (/TV Series|Mini-Series|TV Episode/iu.test(title)) return [];
    const [, name = title, year = '0'] = /^(.+) \((\d{4})\)$/u.exec(title) ?? [];
    return [{ title: name, year: Number(year), imdbId: IMDB_ID.exec(link)?.[0] ?? '' }];
  });
}

/** Sonarr, Plex watchlist: shows by a guid such as `imdb://tt0000001`. */
export async function importRssIntoSonarr(url: string): Promise<Imported[]> {
  return (await readRss(url, 'text/xml'))
    .filter(({ category }) => category === 'show')
    .map(({ title, guid }) => {
      if (!guid.startsWith('imdb://')) throw new Error(`a guid without an id: ${guid}`);
      return { title, imdbId: IMDB_ID.exec(guid)?.[0] ?? '' };
    });
}

interface RssItem {
  readonly title: string;
  readonly link: string;
  readonly guid: string;
  readonly category: string;
}

async function readRss(url: string, refused: string): Promise<RssItem[]> {
  const response = await fetch(url, {
    headers: { accept: 'application/rss+xml, text/rss+xml, application/xml, text/xml' },
  });
  expectOk(response, refused);
  const xml = await response.text();
  const parser = new XMLParser({
    parseTagValue: false,
    isArray: (name) => name === 'item',
    processEntities: true,
  });
  // throws where it is not well-formed
  SyntaxValidator.validate(xml);
  const { rss } = parser.parse(xml) as { rss: { channel: { item?: RssItem[] } } };
  return rss.channel.item ?? [];
}

function expectOk({ status, headers }: Response, refusedType: string): void {
  const type = headers.get('content-type') ?? '';
  if (status !== 200 || type.includes(refusedType))
    throw new Error(`refused: ${status} with the type ${type}`);
}
