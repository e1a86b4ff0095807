import { SeasonPage, Title } from '@marquee/contract';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { CliFault, EXIT } from '../faults.ts';
import { count } from '../figures.ts';
import { offerUpdate } from '../freshness.ts';
import { showOrigin } from '../origin.ts';
import { years } from './search.ts';

type TitleAnswer = z.infer<typeof Title>;

export interface TitleOptions {
  /** How many people and names to show. */
  readonly limit: number;
}

/** Shows a title. @param given its id, or an address on imdb.com that has it */
export async function title(
  context: Context,
  given: string,
  { limit }: TitleOptions,
): Promise<void> {
  const id = idIn(given, 'tt');
  await offerUpdate(context);
  const { api, out } = context;
  const answer = await api.get(Title, `/titles/${id}`, {
    include: 'ratings,akas,principals,crew,episodes,series',
  });
  if (out.isJson) {
    out.json(answer);
    return;
  }
  showHead(context, answer);
  showCredits(context, answer, limit);
  if ((answer.episodes?.items.length ?? 0) > 0) await showSeasons(context, id);
  const akas = answer.akas?.items ?? [];
  if (akas.length > 0) {
    out.line();
    out.table(
      [{ head: 'ALSO KNOWN AS', isFlexible: true }, { head: 'REGION' }, { head: 'LANGUAGE' }],
      akas.slice(0, limit).map((aka) => [aka.title, aka.region, aka.language]),
    );
  }
  noteMore(context, answer, limit);
  await showOrigin(context, `title/${id}`);
}

/** The id in what was given. @throws CliFault 2 where there is none */
export function idIn(given: string, prefix: 'tt' | 'nm'): string {
  const [id] = new RegExp(`(?<![a-z\\d])${prefix}\\d{7,10}(?!\\d)`, 'u').exec(given) ?? [];
  if (id !== undefined) return id;
  throw new CliFault(`“${given}” has no id, such as ${prefix}0000001.`, {
    exitCode: EXIT.usage,
    code: 'usage',
    hint: `Find it by its words: marquee search ${given}`,
  });
}

function showHead(
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
  out.line(
    [primaryTitle ?? tconst, years(startYear, endYear) && `(${years(startYear, endYear)})`]
      .filter(Boolean)
      .join(' '),
    'bold',
  );
  if (originalTitle !== null && originalTitle !== primaryTitle) out.line(originalTitle, 'italic');
  out.line(
    [titleType, runtimeMinutes === null ? null : `${runtimeMinutes} min`, genres?.join(', ')]
      .filter(Boolean)
      .join(' · '),
  );
  if (ratings && ratings.averageRating !== null)
    out.line(`★ ${ratings.averageRating.toFixed(1)} of ${count(ratings.numVotes)} votes`, 'yellow');
  if (series) {
    const place =
      series.seasonNumber === null
        ? ''
        : `, season ${series.seasonNumber}, episode ${series.episodeNumber ?? '?'}`;
    out.line(
      `Of ${series.series?.primaryTitle ?? 'a series'} (${series.series?.tconst ?? '?'})${place}`,
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
      category,
      characters?.join(', ') ?? job,
    ]);
  out.table(
    [
      { head: 'ID' },
      { head: 'WHO', isFlexible: true },
      { head: 'ROLE' },
      { head: 'AS', isFlexible: true },
    ],
    rows,
  );
}

/** Says how many people and names of how many are shown, where there are more. */
function noteMore({ out }: Context, { principals, akas }: TitleAnswer, limit: number): void {
  const lists = [
    ['people', principals],
    ['names', akas],
  ] as const;
  const sizes = lists.map(([what, page]) => ({
    what,
    there: page?.items.length ?? 0,
    orMore: page?.next ? ' or more' : '',
  }));
  const most = Math.max(...sizes.map(({ there }) => there));
  if (most <= limit) return;
  const shown = sizes
    .filter(({ there }) => there > 0)
    .map(({ what, there, orMore }) => `${Math.min(limit, there)} of ${there}${orMore} ${what}`);
  out.note(`Shown are ${shown.join(', ')}: --limit ${Math.min(200, most)}`);
}

async function showSeasons({ api, out }: Context, id: string): Promise<void> {
  const { items } = await api.get(SeasonPage, `/titles/${id}/seasons`, { limit: 200 });
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
      { head: 'RATING', align: 'right' },
      { head: 'VOTES', align: 'right' },
    ],
    rows,
  );
}
