import { RunAccepted, SnapshotList } from '@marquee/contract';
import { formatBytes } from '@marquee/process/format-bytes';
import { count, localTime } from '@marquee/terminal/format';
import type { Command } from 'commander';
import type { Context } from '../context/context.ts';
import { EXIT } from '../exit.ts';
import { examples } from '../options/values.ts';
import { followRun, reportEnd, reportStart } from './follow-run.ts';
import { addFormatOption, type ListOptions } from './list.ts';
import type { RunCommand } from './run-command.ts';
import { showWholeList } from './whole-list.ts';

export function defineSnapshots(snapshots: Command, run: RunCommand): void {
  const list = snapshots
    .command('list', { isDefault: true })
    .description('list them, newest first');
  addFormatOption(list).action(async (options: Pick<ListOptions, 'format'>, self: Command) =>
    run(self, async (context) => listSnapshots(context, options)),
  );
  snapshots
    .command('load <ids...>')
    .description('load these and publish them, at most one of each dataset')
    .option('-d, --detach', 'start the run and do not wait for its end')
    .action(async (ids: string[], options: { detach?: boolean }, self: Command) =>
      run(self, async (context) => loadSnapshots(context, ids, options)),
    );
  examples(snapshots, 'snapshots', 'snapshots load title.ratings-20260815T061500Z-0a1b2c3d');
}

/** Lists the snapshots that are kept. */
async function listSnapshots(
  context: Context,
  options: Pick<ListOptions, 'format'>,
): Promise<void> {
  const columns = [
    { head: 'ID' },
    { head: 'ROWS', align: 'right', drop: 2 },
    { head: 'SIZE', align: 'right', drop: 3 },
    { head: 'DOWNLOADED', drop: 4 },
    { head: 'STATE', drop: 1 },
  ] as const;
  const list = await context.api.get(SnapshotList, '/snapshots');
  showWholeList(
    context,
    list,
    options,
    'There are no snapshots yet. Download the first: marquee update',
    columns,
    ({ id, rows, bytes: size, fetchedAt, isPublished }) => [
      id,
      count(rows),
      formatBytes(size),
      localTime(fetchedAt),
      isPublished ? 'in use' : '',
    ],
  );
}

/**
 * Loads snapshots again and publishes them.
 *
 * @throws ApiProblemError if there is no such snapshot, or another run is in progress
 */
async function loadSnapshots(
  context: Context,
  ids: readonly string[],
  { detach = false }: { readonly detach?: boolean },
): Promise<number> {
  const accepted = await context.api.send('POST', RunAccepted, '/run-loader', { snapshots: ids });
  if (!detach) return reportEnd(context, await followRun(context, accepted.id));
  reportStart(context, 'load', accepted);
  return EXIT.ok;
}
