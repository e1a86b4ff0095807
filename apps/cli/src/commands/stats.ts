import { Stats } from '@marquee/contract';
import { labelOf } from '@marquee/contract/title-facts';
import { count, localTime } from '@marquee/terminal/format';
import type { Command } from 'commander';
import type { Context } from '../context/context.ts';
import { examples } from '../options/values.ts';
import { showAttribution } from './attribution.ts';
import { offerUpdate } from './offer-update.ts';
import type { RunCommand } from './run-command.ts';

export function defineStats(command: Command, run: RunCommand): void {
  command.action(async (_options: object, self: Command) => run(self, stats));
  examples(command, 'stats', "stats --json | jq '.datasets[].rows'");
}

/** Shows statistics of the data in use: each dataset, and titles by type and by rating. */
async function stats(context: Context): Promise<void> {
  await offerUpdate(context);
  const { api, out } = context;
  const statistics = await api.get(Stats, '/stats');
  if (out.isJson) {
    out.json(statistics);
    return;
  }
  const { datasets, titlesByYear, ratings } = statistics;
  out.table(
    [
      { head: 'DATASET' },
      { head: 'ROWS', align: 'right' },
      { head: 'ORPHANS', align: 'right', drop: 3 },
      { head: 'REJECTS', align: 'right', drop: 2 },
      { head: 'DOWNLOADED', drop: 1 },
    ],
    datasets.map(({ dataset, rows, orphans, rejects, snapshotAt }) => [
      dataset,
      count(rows),
      count(orphans),
      count(rejects),
      localTime(snapshotAt),
    ]),
  );
  const types = Map.groupBy(titlesByYear, ({ titleType }) => labelOf(titleType));
  const byType = [...types]
    .map(([type, entries]) => ({
      type,
      titles: entries.reduce((sum, { titles }) => sum + titles, 0),
    }))
    .sort((a, b) => b.titles - a.titles);
  showShares(
    context,
    'TYPE',
    byType.map(({ type, titles }) => [type, titles]),
  );
  const steps = Map.groupBy(ratings, ({ averageRating }) => Math.floor(averageRating));
  const byRating = [...steps]
    .sort(([a], [b]) => b - a)
    .map(
      ([step, entries]) =>
        [
          step === 10 ? '10' : `${step}–${step}.9`,
          entries.reduce((sum, { titles }) => sum + titles, 0),
        ] as const,
    );
  showShares(context, 'RATING', byRating);
  await showAttribution(context);
}

/** Shows numbers of titles, with a bar for each. */
function showShares(
  { out }: Context,
  head: string,
  shares: readonly (readonly [string, number])[],
): void {
  const most = Math.max(...shares.map(([, titles]) => titles));
  if (shares.length === 0) return;
  out.line();
  out.table(
    [{ head }, { head: 'TITLES', align: 'right' }, { head: '', isFlexible: true, drop: 1 }],
    shares.map(([what, titles]) => [
      what,
      count(titles),
      '▇'.repeat(Math.ceil((titles / most) * 30)),
    ]),
  );
}
