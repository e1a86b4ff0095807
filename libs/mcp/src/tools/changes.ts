import { ChangePage, Movers, NewTitles, type ChangeEntry } from '@marquee/contract';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { clip, fitting } from '../answer-size.ts';
import { TitleLine, titleLine, type Item } from '../lines.ts';
import { MORE, tool } from '../tool.ts';

const KINDS = ['new', 'movers', 'rows'] as const;

const INPUT = z.strictObject({
  what: z.enum(KINDS).default('movers').describe('new titles, movers, or changed rows'),
  days: z.int().min(1).max(90).default(7).describe('For new and movers: of so many days'),
  by: z.enum(['votes', 'rating']).default('votes').describe('For movers: what moved most'),
  titleType: z.string().max(200).optional().describe('For new and movers. Default: no episodes'),
  minVotes: z.int().min(0).optional().describe('For new and movers'),
  id: z.string().max(200).optional().describe('For rows: of this title or person'),
  dataset: z.string().max(200).optional().describe('For rows: title.ratings, title.basics …'),
  since: z.string().max(100).optional().describe('For rows: published after this day or time'),
  more: MORE,
});

const OUTPUT = {
  titles: z
    .array(
      TitleLine.extend({
        added: z.string().optional(),
        before: z.string().optional().describe('Rating and votes at the start'),
      }),
    )
    .optional(),
  since: z.string().optional().describe('Start of the time that the titles are of'),
  rows: z
    .array(
      z.object({
        day: z.string(),
        dataset: z.string(),
        kind: z.string(),
        id: z.string().optional(),
        change: z.string().describe('Field: before → after'),
      }),
    )
    .optional(),
};

type Changes = z.infer<z.ZodObject<typeof OUTPUT>> & { more?: string | undefined; note?: string };
type ReadChanges = (api: Api, input: z.infer<typeof INPUT>) => Promise<Changes>;

/** What updates have changed. */
export const changes = tool({
  name: 'changes',
  title: 'Changes of the data',
  description:
    'Tells what updates have changed. what: new are the titles that were added in the last days, by votes; movers are those whose votes or rating moved most, with the rating before; rows are changed rows, oldest first, of one id or dataset, 20 at a time. Changes are kept for a month or so, and of a dataset that was loaded in full a single row tells so. No items: nothing changed in that time, or there was one update only.',
  input: INPUT,
  output: OUTPUT,
  answer: async (api, input) => READERS[input.what](api, input),
});

const READERS: Readonly<Record<(typeof KINDS)[number], ReadChanges>> = {
  new: async (api, { days, titleType, minVotes }) =>
    fitting(15, async (limit) => {
      const chart = await api.get(NewTitles, '/charts/new', { days, titleType, minVotes, limit });
      const titles = chart.items.map((one) => ({
        ...titleLine(one),
        added: one.addedAt?.slice(0, 10),
      }));
      return { titles, ...sinceAndNote(chart.since, titles) };
    }),
  movers: async (api, { days, by, titleType, minVotes }) =>
    fitting(15, async (limit) => {
      const query = { days, by, titleType, minVotes, limit };
      const chart = await api.get(Movers, '/charts/movers', query);
      const titles = chart.items.map(({ previous, ...one }) => ({
        ...titleLine(one),
        before: previous
          ? `${previous.averageRating ?? '?'} of ${previous.numVotes ?? 0} votes`
          : undefined,
      }));
      return { titles, ...sinceAndNote(chart.since, titles) };
    }),
  rows: async (api, { id, dataset, since, more }) =>
    fitting(20, async (limit) => {
      const page = await api.get(ChangePage, '/changes', {
        id,
        dataset,
        since: more ?? since,
        limit,
      });
      return {
        rows: page.items.map(rowLine),
        ...(page.next === null ? {} : { more: page.next }),
        ...(page.items.length === 0 ? { note: 'No row has changed since then.' } : {}),
      };
    }),
};

function sinceAndNote(since: string | null, titles: readonly unknown[]) {
  return {
    ...(since === null ? {} : { since: since.slice(0, 10) }),
    ...(titles.length === 0 ? { note: 'No update has changed such a title in that time.' } : {}),
  };
}

function rowLine({ publishedAt = '', dataset, kind, id, before, after }: Item<ChangeEntry>) {
  const fields = Object.keys(after ?? before ?? {}).filter(
    (name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
  );
  const value = (row: ChangeEntry['before'] | undefined, name: string) =>
    row ? JSON.stringify(row[name]) : 'none';
  const change = fields.map((name) => `${name}: ${value(before, name)} → ${value(after, name)}`);
  return {
    day: publishedAt.slice(0, 10),
    dataset: dataset ?? '',
    kind: kind ?? '',
    id: id ?? undefined,
    change: kind === 'reload' ? 'loaded in full' : clip(change.join('; '), 300),
  };
}
