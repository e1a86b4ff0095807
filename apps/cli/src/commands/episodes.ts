import { EpisodePage, type Episode } from '@marquee/contract';
import { count } from '@marquee/terminal/format';
import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context/context.ts';
import { parseId } from '../options/ids.ts';
import { examples } from '../options/values.ts';
import type { Item } from '../output/title-table.ts';
import { addListOptions, type List, type ListOptions, nothingFound, showResults } from './list.ts';
import { offerUpdate } from './offer-update.ts';
import type { RunCommand } from './run-command.ts';

interface EpisodeOptions extends ListOptions {
  /** A number, or `unknown`. */
  readonly season?: string;
}

export function defineEpisodes(command: Command, run: RunCommand): void {
  command.option(
    '--season <season>',
    'only this season: its number, or unknown for episodes without one',
    season,
  );
  addListOptions(command, 50).action(async (id: string, options: EpisodeOptions, self: Command) =>
    run(self, async (context) => episodes(context, id, options)),
  );
  examples(
    command,
    'episodes tt0000001',
    'episodes tt0000001 --season 2',
    'episodes tt0000001 --all --format csv',
  );
}

/** Lists the episodes of a series by season and number. @throws CliError 3 if it has none */
async function episodes(
  context: Context,
  given: string,
  { season: only, ...options }: EpisodeOptions,
): Promise<number> {
  const id = parseId(given, 'title');
  await offerUpdate(context);
  const list: List<Item<Episode>> = {
    path: `/titles/${id}/episodes`,
    query: { season: only },
    page: EpisodePage,
    columns: [
      { head: 'EPISODE' },
      { head: 'ID', drop: 4 },
      { head: 'TITLE', isFlexible: true },
      { head: 'YEAR', drop: 2 },
      { head: 'RATING', align: 'right', drop: 1 },
      { head: 'VOTES', align: 'right', drop: 3 },
    ],
    rowOf: ({ tconst, seasonNumber, episodeNumber, primaryTitle, startYear, ...rated }) => [
      positionOf(seasonNumber, episodeNumber),
      tconst,
      primaryTitle,
      startYear,
      rated.averageRating?.toFixed(1),
      count(rated.numVotes),
    ],
  };
  return showResults(context, list, options, {
    emptyError: () =>
      nothingFound(
        only === undefined ? `${id} has no episodes.` : `${id} has no episodes of season ${only}.`,
        `See what it is, and its seasons: marquee title ${id}`,
      ),
    imdbPath: `title/${id}/episodes`,
  });
}

/** `S1 E3`; a part that is unknown is `?`. */
function positionOf(
  seasonNumber: number | null | undefined,
  episodeNumber: number | null | undefined,
): string {
  return `S${seasonNumber ?? '?'} E${episodeNumber ?? '?'}`;
}

function season(text: string): string {
  if (text === 'unknown' || /^\d{1,5}$/u.test(text)) return text;
  throw new InvalidArgumentError('Expected a whole number from 0 to 99999, or unknown.');
}
