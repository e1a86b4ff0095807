import { MAX_LIMIT, SeasonPage, Title } from '@marquee/contract';
import { joinFacts, labelOf, years } from '@marquee/contract/title-facts';
import { count, counted } from '@marquee/terminal/format';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { Context } from '../context/context.ts';
import { parseId } from '../options/ids.ts';
import { examples, wholeNumber } from '../options/values.ts';
import { showAttribution } from './attribution.ts';
import { offerUpdate } from './offer-update.ts';
import type { RunCommand } from './run-command.ts';

type TitleAnswer = z.infer<typeof Title>;

interface TitleOptions {
  /** The number of people, and of alternative titles, to show. */
  readonly limit: number;
}

export function defineTitle(command: Command, run: RunCommand): void {
  command
    .option(
      '-n, --limit <count>',
      'the number of people and of alternative titles',
      wholeNumber(1, MAX_LIMIT),
      15,
    )
    .action(async (id: string, options: TitleOptions, self: Command) =>
      run(self, async (context) => title(context, id, options)),
    );
  examples(command, 'title tt0000001', 'title https://www.imdb.com/title/tt0000001/ --json');
}

/** Shows a title. @param given its id, or a URL at imdb.com that contains it */
async function title(context: Context, given: string, { limit }: TitleOptions): Promise<void> {
  const id = parseId(given, 'title');
  await offerUpdate(context);
  const { api, out } = context;
  const answer = await api.get(Title, `/titles/${id}`, {
    include: 'ratings,akas,principals,crew,episodes,series',
  });
  if (out.isJson) {
    out.json(answer);
    return;
  }
  showHeader(context, answer);
  showCredits(context, answer, limit);
  if ((answer.episodes?.items.length ?? 0) > 0) await showSeasons(context, id);
  const akas = answer.akas?.items ?? [];
  if (akas.length > 0) {
    out.line();
    out.table(
      [
        { head: 'ALSO KNOWN AS', isFlexible: true },
        { head: 'REGION', isFlexible: true, drop: 1 },
        { head: 'LANGUAGE', isFlexible: true, isOptional: true, drop: 2 },
      ],
      akas.slice(0, limit).map((aka) => [aka.title, regionOf(aka.region), aka.language]),
    );
  }
  noteHiddenRows(context, answer, limit);
  await showAttribution(context, `title/${id}`);
}

/** A region by its code. No region, and the whole world, are written in words. */
function regionOf(code: string | null | undefined): string {
  if (!code) return 'Unknown';
  return code === 'XWW' ? 'Worldwide' : code;
}

function showHeader(
  { out }: Context,
  {
    tconst,
    primaryTitle,
    originalTitle,
    titleType,
    startYear,
    endYear,
    runtimeMinutes,
    genres,
    ratings,
    series,
    crew,
  }: TitleAnswer,
): void {
  const shown = years(startYear, endYear);
  out.line([primaryTitle ?? tconst, shown && `(${shown})`].filter(Boolean).join(' '), 'bold');
  if (originalTitle !== null && originalTitle !== primaryTitle) out.line(originalTitle, 'italic');
  out.line(
    joinFacts(
      titleType && labelOf(titleType),
      runtimeMinutes === null ? null : `${runtimeMinutes} min`,
      genres?.join(', '),
    ),
  );
  if (ratings && ratings.averageRating !== null)
    out.line(
      `★ ${ratings.averageRating.toFixed(1)} from ${counted(ratings.numVotes ?? 0, 'vote')}`,
      'yellow',
    );
  if (series) {
    const position =
      series.seasonNumber === null
        ? ''
        : `, season ${series.seasonNumber}, episode ${series.episodeNumber ?? '?'}`;
    out.line(
      `Of ${series.series?.primaryTitle ?? 'a series'} (${series.series?.tconst ?? '?'})${position}`,
    );
  }
  for (const [role, people] of [
    ['Directed by', crew?.directors],
    ['Written by', crew?.writers],
  ] as const) {
    if (people && people.length > 0)
      out.line(
        `${role} ${people.map(({ primaryName, nconst }) => primaryName ?? nconst).join(', ')}`,
      );
  }
}

function showCredits({ out }: Context, { principals }: TitleAnswer, limit: number): void {
  const items = principals?.items ?? [];
  if (items.length === 0) return;
  out.line();
  const rows = items
    .slice(0, limit)
    .map(({ nconst, primaryName, category, job, characters }) => [
      nconst,
      primaryName,
      labelOf(category),
      characters?.join(', ') ?? job,
    ]);
  out.table(
    [
      { head: 'ID', drop: 3 },
      { head: 'WHO', isFlexible: true },
      { head: 'ROLE', drop: 1 },
      { head: 'AS', isFlexible: true, drop: 2 },
    ],
    rows,
  );
}

/** Notes how many people and alternative titles of how many are shown, if not all are. */
function noteHiddenRows({ out }: Context, { principals, akas }: TitleAnswer, limit: number): void {
  const lists = [
    ['people', principals],
    ['alternative titles', akas],
  ] as const;
  const sizes = lists.map(([what, page]) => ({
    what,
    total: page?.items.length ?? 0,
    orMore: page?.next ? ' or more' : '',
  }));
  const most = Math.max(...sizes.map(({ total }) => total));
  if (most <= limit) return;
  const shown = sizes
    .filter(({ total }) => total > 0)
    .map(({ what, total, orMore }) => `${Math.min(limit, total)} of ${total}${orMore} ${what}`);
  const larger = limit < MAX_LIMIT ? ` For more: --limit ${Math.min(MAX_LIMIT, most)}` : '';
  out.note(`Shown: ${shown.join(', ')}.${larger}`);
}

async function showSeasons({ api, out }: Context, id: string): Promise<void> {
  const { items } = await api.get(SeasonPage, `/titles/${id}/seasons`, { limit: MAX_LIMIT });
  const rows = items.map(({ seasonNumber, episodes, averageRating, numVotes }) => [
    seasonNumber ?? 'unknown',
    count(episodes),
    averageRating?.toFixed(2),
    count(numVotes),
  ]);
  out.line();
  out.table(
    [
      { head: 'SEASON' },
      { head: 'EPISODES', align: 'right' },
      { head: 'RATING', align: 'right', drop: 1 },
      { head: 'VOTES', align: 'right', drop: 2 },
    ],
    rows,
  );
  out.note(`Its episodes: marquee episodes ${id}`);
}
