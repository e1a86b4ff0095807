import { z } from 'zod';
import { ABOUT_FORMATS, LIST_FORMATS } from './lists.ts';
import { TitleId } from './row.ts';

/** Formats of lists of titles that other programs import. */
export const FEED_FORMATS = ['stevenlu', 'rss'] as const;
export type FeedFormat = (typeof FEED_FORMATS)[number];

/** Maximum number of titles of a feed. */
export const MAX_FEED = 1000;

/** The parameter `format` of lists that are feeds too. */
export const feedFormat = z
  .enum([...LIST_FORMATS, ...FEED_FORMATS], 'expected json, ndjson, csv, stevenlu or rss')
  .optional();

/** The parameter `format` of charts. */
export const CHART_FORMAT = feedFormat.meta({
  description: `${ABOUT_FORMATS}. stevenlu and rss: for other programs, as JSON and RSS`,
  example: 'json',
});

/**
 * A list of titles as StevenLu's list of popular movies has them, which Radarr and Kometa read.
 * Sonarr's custom lists read `imdbId`.
 */
export const StevenLuList = z
  .array(
    z
      .object({
        title: z.string().meta({
          description: 'Primary title; the id if it is unknown',
          example: 'The Long Winter',
        }),
        imdb_id: TitleId,
        imdbId: TitleId.meta({ description: 'The same, for Sonarr', example: 'tt0000001' }),
        poster_url: z
          .null()
          .meta({ description: "Always null: IMDb's datasets have no images", example: null }),
      })
      .meta({ id: 'StevenLuTitle' }),
  )
  .meta({ id: 'StevenLuList', description: 'With format=stevenlu: the titles in their order' });
export type StevenLuList = z.infer<typeof StevenLuList>;
