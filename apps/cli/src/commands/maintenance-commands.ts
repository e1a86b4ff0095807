import { ROLES } from '@marquee/contract';
import { type Command, Option } from 'commander';
import { MAX_LIMIT } from '../output/output.ts';
import { dataset, datasets, examples, gates, wholeNumber } from './arguments.ts';
import { doctor, type DoctorOptions } from './doctor.ts';
import { createKey, type KeyOptions, listKeys, revokeKey } from './keys.ts';
import { listRejects, type RejectOptions } from './rejects.ts';
import type { RunCommand } from './run-command.ts';
import { cancelRun, listRuns, watchRun } from './runs.ts';
import { listSnapshots, loadSnapshots } from './snapshots.ts';
import { update, type UpdateOptions } from './update.ts';

/** The commands that maintain the data, the keys and the system. */
export function addMaintenanceCommands(program: Command, run: RunCommand): void {
  addUpdate(program, run);
  addRuns(program, run);
  addRejects(program, run);
  addSnapshots(program, run);
  addKeys(program, run);
  const command = program
    .command('doctor')
    .description('check API, database, queue, disk, snapshots, versions and configuration')
    .option('--checksums', 'read all snapshots to the end, which takes a minute or two')
    .action(async (options: DoctorOptions, self: Command) =>
      run(self, async (context) => doctor(context, options)),
    );
  examples(command, 'doctor', 'doctor --checksums', 'doctor --json');
}

function addUpdate(program: Command, run: RunCommand): void {
  const command = program
    .command('update')
    .description('download IMDb’s files, load and publish them')
    .addOption(
      new Option(
        '--force [how]',
        'update even if today’s update is done; full: also load every dataset in full',
      ).choices(['full']),
    )
    .option(
      '--datasets <names>',
      'only these datasets, such as title.basics,title.ratings',
      datasets,
    )
    .option(
      '--ignore-gates <gates>',
      'publish even if these quality gates fail: rejects, row-loss',
      gates,
    )
    .option('-d, --detach', 'start the run and do not wait for its end')
    .action(async (options: UpdateOptions, self: Command) =>
      run(self, async (context) => update(context, options)),
    );
  examples(
    command,
    'update',
    'update --datasets title.ratings --force',
    'update --detach --json',
  ).addHelpText(
    'after',
    '\nCtrl-C ends the display; the update continues. To cancel it: marquee runs cancel',
  );
}

function addRuns(program: Command, run: RunCommand): void {
  const runs = program.command('runs').description('list, watch and cancel runs');
  runs
    .command('list', { isDefault: true })
    .description('list runs, newest first')
    .option('-n, --limit <count>', 'the number of results', wholeNumber(1, 100), 20)
    .action(async (options: { limit: number }, self: Command) =>
      run(self, async (context) => listRuns(context, options)),
    );
  runs
    .command('watch [id]')
    .description(
      'show the progress of a run (default: the last one); with --json, a line at each change',
    )
    .action(async (id: string | undefined, _options: object, self: Command) =>
      run(self, async (context) => watchRun(context, id)),
    );
  runs
    .command('cancel [id]')
    .description('cancel a run (default: the one in progress); none of it is published')
    .action(async (id: string | undefined, _options: object, self: Command) =>
      run(self, async (context) => cancelRun(context, id)),
    );
  examples(runs, 'runs', 'runs watch', 'runs cancel', "runs list --json | jq '.items[0].state'");
}

function addRejects(program: Command, run: RunCommand): void {
  const command = program
    .command('rejects [run]')
    .description('show the rejected lines of a run, and why (default: the newest run with rejects)')
    .option('--dataset <name>', 'only rejects of this dataset, such as title.akas', dataset)
    .option('-n, --limit <count>', 'the number of results', wholeNumber(1, MAX_LIMIT), 20)
    .action(async (id: string | undefined, options: RejectOptions, self: Command) =>
      run(self, async (context) => listRejects(context, id, options)),
    );
  examples(
    command,
    'rejects',
    'rejects --dataset title.akas -n 100',
    'rejects 0199aaaa-0000-7000-8000-000000000000 --json',
  );
}

function addSnapshots(program: Command, run: RunCommand): void {
  const snapshots = program
    .command('snapshots')
    .description('list the downloaded versions of datasets, and load one again');
  snapshots
    .command('list', { isDefault: true })
    .description('list them, newest first')
    .action(async (_options: object, self: Command) => run(self, listSnapshots));
  snapshots
    .command('load <ids...>')
    .description('load these and publish them, at most one of each dataset')
    .option('-d, --detach', 'start the run and do not wait for its end')
    .action(async (ids: string[], options: { detach?: boolean }, self: Command) =>
      run(self, async (context) => loadSnapshots(context, ids, options)),
    );
  examples(snapshots, 'snapshots', 'snapshots load title.ratings-20260815T061500Z-0a1b2c3d');
}

function addKeys(program: Command, run: RunCommand): void {
  const keys = program
    .command('keys')
    .description('create, list and revoke API keys; this needs an admin’s key');
  keys
    .command('list', { isDefault: true })
    .description('list all keys, also expired and revoked ones')
    .action(async (_options: object, self: Command) => run(self, listKeys));
  keys
    .command('create <name>')
    .description('create a key, named after its user; its secret is shown once')
    .addOption(
      new Option('--role <role>', 'what the key permits').choices([...ROLES]).default('reader'),
    )
    .option('--expires <time>', 'when it expires, such as 2030-01-31T00:00:00Z')
    .option('--requests-per-minute <count>', 'its rate limit', wholeNumber(1, 1_000_000))
    .action(async (name: string, options: KeyOptions, self: Command) =>
      run(self, async (context) => createKey(context, name, options)),
    );
  keys
    .command('revoke <id>')
    .description('revoke a key: requests with it are rejected from now on')
    .action(async (id: string, _options: object, self: Command) =>
      run(self, async (context) => revokeKey(context, id)),
    );
  examples(
    keys,
    'keys',
    "keys create 'the website'",
    'keys create ada --role operator --expires 2030-01-31T00:00:00Z',
    'keys revoke 0199aaaa-0000-7000-8000-000000000000',
  );
}
