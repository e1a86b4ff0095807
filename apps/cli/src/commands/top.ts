import { Chart } from '@marquee/contract';
import { count, counted } from '@marquee/terminal/format';
import type { Column } from '@marquee/terminal/table';
import type { Command } from 'commander';
import type { Context } from '../context/context.ts';
import { usageError } from '../context/errors.ts';
import { EXIT } from '../exit.ts';
import { examples, wholeNumber } from '../options/values.ts';
import { EPISODE_COLUMN, episodePosition } from '../output/episode.ts';
import { showAttribution } from './attribution.ts';
import { addListOptions, checkFormat, type ListOptions, nothingFound } from './list.ts';
import { offerUpdate } from './offer-update.ts';
import type { RunCommand } from './run-command.ts';

/** The longest chart that the API serves. */
const MAX_CHART = 250;

interface TopOptions extends ListOptions {
  readonly type: string;
  readonly genre?: string;
  readonly decade?: number;
  readonly minVotes?: number;
  readonly popular?: boolean;
}

export function defineTop(command: Command, run: RunCommand): void {
  command
    .option('--type <types>', 'only titles of these types', 'movie')
    .option('--genre <genre>', 'only titles of this genre')
    .option('--decade <year>', 'only titles of this decade, such as 1970', wholeNumber(0, 9999))
    .option(
      '--min-votes <votes>',
      'only titles with at least this many votes',
      wholeNumber(1, 2_147_483_647),
    )
    .option('--popular', 'order by votes instead of rating');
  addListOptions(command, 20, { maxLimit: MAX_CHART, isPaged: false }).action(
    async (options: TopOptions, self: Command) =>
      run(self, async (context) => top(context, options)),
  );
  examples(
    command,
    'top',
    'top --type tvSeries --decade 1990 -n 50',
    'top --genre Horror --popular --json',
  );
}

/** Shows the titles with the best rating or the most votes. @throws CliError 3 if there are none */
async function top(
  context: Context,
  { type, genre, decade, minVotes, popular = false, ...options }: TopOptions,
): Promise<number> {
  if (popular && minVotes !== undefined)
    throw usageError('--min-votes cannot be combined with --popular.');
  checkFormat(context, options);
  await offerUpdate(context);
  const { api, out } = context;
  const path = popular ? '/charts/popular' : '/charts/top';
  const limit = options.all === true ? MAX_CHART : options.limit;
  const query = { titleType: type, genre, decade, limit, ...(popular ? {} : { minVotes }) };
  if (options.format !== 'table') {
    await out.copy(await api.stream(path, { ...query, format: options.format }));
    return EXIT.ok;
  }
  const chart = await api.get(Chart, path, query);
  if (out.isJson) {
    out.json(chart);
    return chart.items.length > 0 ? EXIT.ok : EXIT.notFound;
  }
  if (chart.items.length === 0)
    throw nothingFound(
      'No title is in this chart.',
      `It lists titles with at least ${counted(chart.minVotes, 'vote')}: see --min-votes, --type and --genre.`,
    );
  out.table(COLUMNS, chart.items.map(rowOf));
  out.line(`By ${chart.rankedBy}`, 'dim');
  await showAttribution(context);
  return EXIT.ok;
}

const COLUMNS: readonly Column[] = [
  { head: '#', align: 'right', drop: 3 },
  { head: 'ID' },
  { head: 'TITLE', isFlexible: true },
  { ...EPISODE_COLUMN, drop: 5 },
  { head: 'YEAR', drop: 2 },
  { head: 'RATING', align: 'right', drop: 1 },
  { head: 'VOTES', align: 'right', drop: 4 },
];

function rowOf({
  rank,
  tconst,
  primaryTitle,
  episodeOf,
  startYear,
  averageRating,
  numVotes,
}: Chart['items'][number]) {
  return [
    rank,
    tconst,
    primaryTitle,
    episodePosition(episodeOf),
    startYear,
    averageRating?.toFixed(1),
    count(numVotes),
  ];
}
