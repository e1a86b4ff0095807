import type { PopularQuery } from '@marquee/contract';
import type { FastifyReply } from 'fastify';
import { chooseFormat, fileOf } from '../../http/formats/formats.ts';
import { checkFeed, type FeedAnswer, feedOf, isFeed } from '../../http/formats/title-feeds.ts';
import { picker } from '../../read-models/lists/list.ts';

/** How a chart is shown. */
interface ChartLayout extends Pick<PopularQuery, 'format' | 'csv'> {
  /** Names of the fields to show; all when left out. */
  readonly fields?: readonly string[] | undefined;
  /** Names of all fields. */
  readonly names: readonly string[];
  /** The name of a feed. */
  readonly name: string;
}

/**
 * Answers with a chart in the requested format, its titles ranked.
 *
 * @param read the chart with all fields of its titles but the rank
 * @throws ProblemException 400 for fields with a feed
 */
export async function answerChart<C extends { readonly items: readonly object[] }>(
  { format, csv, fields, names, name }: ChartLayout,
  reply: FastifyReply,
  read: () => Promise<C>,
): Promise<FeedAnswer<C & { items: object[] }>> {
  const chosen = chooseFormat({ format, csv }, reply);
  if (isFeed(chosen)) checkFeed(chosen, fields);
  const chart = await read();
  if (isFeed(chosen)) return feedOf(chosen, name, chart.items, reply);
  const shown = fields ?? names;
  const items = chart.items.map((title, i) => ({ rank: i + 1, ...title })).map(picker(shown));
  return chosen === 'json'
    ? { ...chart, items }
    : fileOf({ format: chosen, fields: shown, csv }, [items]);
}
