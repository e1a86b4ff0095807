import {
  ATTRIBUTION,
  FEED_FORMATS,
  type FeedFormat,
  type FoundTitle,
  type StevenLuList,
} from '@marquee/contract';
import type { StreamableFile } from '@nestjs/common';
import XMLBuilder from 'fast-xml-builder';
import type { FastifyReply } from 'fastify';
import { faultyInput } from '../../problems/bad-input.ts';

/** The fields that a feed needs of a title. */
export const FEED_FIELDS = [
  'tconst',
  'titleType',
  'primaryTitle',
  'startYear',
  'genres',
  'averageRating',
  'numVotes',
] as const satisfies readonly (keyof FoundTitle)[];

type FeedTitle = Pick<FoundTitle, (typeof FEED_FIELDS)[number]>;

/** A list of titles as JSON, a file or a feed. */
export type FeedAnswer<T> = T | StreamableFile | StevenLuList | string;

/** Whether a format is one that other programs import. */
export function isFeed(format: string): format is FeedFormat {
  return (FEED_FORMATS as readonly string[]).includes(format);
}

/** @throws ProblemException 400 for fields with a feed: its format says which it has */
export function checkFeed(format: FeedFormat, fields: readonly string[] | undefined): void {
  if (fields !== undefined)
    throw faultyInput([{ where: 'fields', what: `expected none, as format is ${format}` }]);
}

/**
 * Titles as a feed: JSON as StevenLu's list has it, or RSS 2.0.
 *
 * @param name what the list is
 * @param items of {@link FEED_FIELDS}
 */
export function feedOf(
  format: FeedFormat,
  name: string,
  items: readonly object[],
  reply: FastifyReply,
): StevenLuList | string {
  const titles = items as readonly FeedTitle[];
  if (format === 'stevenlu')
    return titles.map(({ tconst, primaryTitle }) => ({
      title: primaryTitle ?? tconst,
      imdb_id: tconst,
      imdbId: tconst,
      poster_url: null,
    }));
  void reply.type('application/rss+xml; charset=utf-8');
  return RSS.build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    rss: {
      '@_version': '2.0',
      channel: {
        title: name,
        link: 'https://www.imdb.com/',
        description: `${name}, from IMDb's datasets`,
        copyright: ATTRIBUTION,
        item: titles.map(itemOf),
      },
    },
  });
}

const RSS = new XMLBuilder({ ignoreAttributes: false, format: true });

/** Radarr and Sonarr take the id from the link, or from a guid as Plex's watchlists have it. */
function itemOf({ tconst, titleType, primaryTitle, startYear, ...facts }: FeedTitle): object {
  return {
    title: withoutControls(
      `${primaryTitle ?? tconst}${startYear === null ? '' : ` (${startYear})`}`,
    ),
    link: `https://www.imdb.com/title/${tconst}/`,
    guid: { '@_isPermaLink': 'false', '#text': `imdb://${tconst}` },
    category: CATEGORIES[titleType ?? ''] ?? 'movie',
    description: describe(facts),
  };
}

/** Categories as Plex calls them, by title type; any other is a movie. */
const CATEGORIES: Readonly<Record<string, string>> = {
  tvSeries: 'show',
  tvMiniSeries: 'show',
  tvEpisode: 'episode',
  videoGame: 'game',
};

function describe({
  genres,
  averageRating,
  numVotes,
}: Pick<FeedTitle, 'genres' | 'averageRating' | 'numVotes'>): string {
  const rating =
    averageRating === null
      ? 'not rated'
      : `rated ${averageRating} by ${(numVotes ?? 0).toLocaleString('en')}`;
  return [...(genres ?? []), rating].join(', ');
}

/** A text without the characters that XML 1.0 cannot hold. */
function withoutControls(text: string): string {
  return text.toWellFormed().replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '');
}
