import { ROLES } from '@marquee/contract';
import { Option, type Command } from 'commander';
import { dataset, datasets, examples, gates, wholeNumber } from './arguments.ts';
import type { Does } from './command-work.ts';
import { doctor, type DoctorOptions } from './commands/doctor.ts';
import { createKey, listKeys, revokeKey, type KeyOptions } from './commands/keys.ts';
import { listRejects, type RejectOptions } from './commands/rejects.ts';
import { cancelRun, listRuns, watchRun } from './commands/runs.ts';
import { listSnapshots, loadSnapshots } from './commands/snapshots.ts';
import { update, type UpdateOptions } from './commands/update.ts';

/** The commands that see to the data, the keys and the system. */
export function addUpkeepCommands(program: Command, does: Does): void {
  addUpdate(program, does);
  addRuns(program, does);
  addRejects(program, does);
  addSnapshots(program, does);
  addKeys(program, does);
  const command = program
    .command('doctor')
    .description('check API, database, queue, disk, snapshots, versions and configuration')
    .option('--checksums', 'read all snapshots to the end, which takes a minute or two')
    .action(async (options: DoctorOptions, self: Command) =>
      does(self, async (context) => doctor(context, options)),
    );
  examples(command, 'doctor', 'doctor --checksums', 'doctor --json');
}

function addUpdate(program: Command, does: Does): void {
  const command = program
    .command('update')
    .description('fetch IMDb’s files, load and publish them')
    .addOption(
      new Option(
        '--force [how]',
        'though it was done today; full: and load everything anew',
      ).choices(['full']),
    )
    .option('--datasets <names>', 'only these, such as title.basics,title.ratings', datasets)
    .option('--ignore-gates <gates>', 'publish in spite of rejects, row-loss', gates)
    .option('-d, --detach', 'start it, and do not wait for its end')
    .action(async (options: UpdateOptions, self: Command) =>
      does(self, async (context) => update(context, options)),
    );
  examples(
    command,
    'update',
    'update --datasets title.ratings --force',
    'update --detach --json',
  ).addHelpText(
    'after',
    '\nCtrl-C ends what is shown; the update goes on. marquee runs cancel ends it.',
  );
}

function addRuns(program: Command, does: Does): void {
  const runs = program.command('runs').description('list, watch and cancel runs');
  runs
    .command('list', { isDefault: true })
    .description('list runs, newest first')
    .option('-n, --limit <count>', 'how many', wholeNumber(1, 100), 20)
    .action(async (options: { limit: number }, self: Command) =>
      does(self, async (context) => listRuns(context, options)),
    );
  runs
    .command('watch [id]')
    .description('show how a run goes (default: the last one); with --json, a line at each change')
    .action(async (id: string | undefined, _options: object, self: Command) =>
      does(self, async (context) => watchRun(context, id)),
    );
  runs
    .command('cancel [id]')
    .description('end a run (default: the one that goes); nothing of it is published')
    .action(async (id: string | undefined, _options: object, self: Command) =>
      does(self, async (context) => cancelRun(context, id)),
    );
  examples(runs, 'runs', 'runs watch', 'runs cancel', "runs list --json | jq '.items[0].state'");
}

function addRejects(program: Command, does: Does): void {
  const command = program
    .command('rejects [run]')
    .description('show the lines that a run could not take, and why (default: the newest with any)')
    .option('--dataset <name>', 'only of this dataset, such as title.akas', dataset)
    .option('-n, --limit <count>', 'how many', wholeNumber(1, 200), 20)
    .action(async (run: string | undefined, options: RejectOptions, self: Command) =>
      does(self, async (context) => listRejects(context, run, options)),
    );
  examples(
    command,
    'rejects',
    'rejects --dataset title.akas -n 100',
    'rejects 0199aaaa-0000-7000-8000-000000000000 --json',
  );
}

function addSnapshots(program: Command, does: Does): void {
  const snapshots = program
    .command('snapshots')
    .description('list the downloaded versions of datasets, and load one again');
  snapshots
    .command('list', { isDefault: true })
    .description('list them, newest first')
    .action(async (_options: object, self: Command) => does(self, listSnapshots));
  snapshots
    .command('load <ids...>')
    .description('load these and publish them, one of each dataset at the most')
    .option('-d, --detach', 'start it, and do not wait for its end')
    .action(async (ids: string[], options: { detach?: boolean }, self: Command) =>
      does(self, async (context) => loadSnapshots(context, ids, options)),
    );
  examples(snapshots, 'snapshots', 'snapshots load title.ratings-20260815T061500Z-0a1b2c3d');
}

function addKeys(program: Command, does: Does): void {
  const keys = program
    .command('keys')
    .description('make, list and revoke keys of the API; an admin’s key is needed');
  keys
    .command('list', { isDefault: true })
    .description('list all there have been')
    .action(async (_options: object, self: Command) => does(self, listKeys));
  keys
    .command('create <name>')
    .description('make one, named after who uses it; its secret is shown once')
    .addOption(new Option('--role <role>', 'what it may').choices([...ROLES]).default('reader'))
    .option('--expires <time>', 'until when it is good, such as 2030-01-31T00:00:00Z')
    .option('--requests-per-minute <count>', 'its limit', wholeNumber(1, 1_000_000))
    .action(async (name: string, options: KeyOptions, self: Command) =>
      does(self, async (context) => createKey(context, name, options)),
    );
  keys
    .command('revoke <id>')
    .description('no request with it is answered from now on')
    .action(async (id: string, _options: object, self: Command) =>
      does(self, async (context) => revokeKey(context, id)),
    );
  examples(
    keys,
    'keys',
    "keys create 'the website'",
    'keys create ada --role operator --expires 2030-01-31T00:00:00Z',
    'keys revoke 0199aaaa-0000-7000-8000-000000000000',
  );
}
