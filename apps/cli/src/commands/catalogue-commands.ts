import { SEARCH_KINDS, NAME_SORTS, TITLE_SORTS } from '@marquee/contract';
import { type Command, Option } from 'commander';
import { MAX_LIMIT } from '../output/output.ts';
import { examples, rating, wholeNumber } from './arguments.ts';
import { type ChangeOptions, changes } from './changes.ts';
import { name, type NameOptions } from './name.ts';
import type { RunCommand } from './run-command.ts';
import { search, type SearchOptions } from './search.ts';
import { sql, type SqlOptions } from './sql.ts';
import { stats } from './stats.ts';
import { title, type TitleOptions } from './title.ts';
import { top, type TopOptions } from './top.ts';

const LIMIT = '-n, --limit <count>';
const count = wholeNumber(1, MAX_LIMIT);
const year = wholeNumber(0, 9999);
const votes = wholeNumber(1, 2_147_483_647);

/** The commands that read the catalogue. */
export function addCatalogueCommands(program: Command, run: RunCommand): void {
  addSearch(program, run);
  addDetails(program, run);
  addStatistics(program, run);
  addRawData(program, run);
}

function addSearch(program: Command, run: RunCommand): void {
  const command = program
    .command('search <words...>')
    .description('find titles and people, also with spelling mistakes')
    .addOption(
      new Option('-k, --kind <kind>', 'only titles, or only names').choices([...SEARCH_KINDS]),
    )
    .option('--type <types>', 'only titles of these types, such as movie,tvSeries')
    .option('--genre <genres>', 'only titles that have all of these genres, such as Drama,History')
    .option('--from <year>', 'only titles of this year or later', year)
    .option('--to <year>', 'only titles of this year or earlier', year)
    .option('--min-rating <rating>', 'only titles with this rating or a better one', rating)
    .option('--min-votes <votes>', 'only titles with at least this many votes', votes)
    .option('--profession <professions>', 'only people who have all of these professions')
    .addOption(
      new Option('--sort <by>', 'the order of filtered titles or names').choices([
        ...new Set([...TITLE_SORTS, ...NAME_SORTS]),
      ]),
    )
    .option(LIMIT, 'the number of results', count, 20)
    .action(async (words: string[], options: SearchOptions, self: Command) =>
      run(self, async (context) => search(context, words, options)),
    );
  examples(
    command,
    'search winter',
    'search winter --type movie --from 1970 --to 1979 --sort rating',
    'search --kind name ada --json',
  );
}

function addDetails(program: Command, run: RunCommand): void {
  const titleCommand = program
    .command('title <id>')
    .description('show a title: rating, people, seasons, alternative titles')
    .option(LIMIT, 'the number of people and of alternative titles', count, 15)
    .action(async (id: string, options: TitleOptions, self: Command) =>
      run(self, async (context) => title(context, id, options)),
    );
  examples(titleCommand, 'title tt0000001', 'title https://www.imdb.com/title/tt0000001/ --json');
  const nameCommand = program
    .command('name <id>')
    .description('show a person and the filmography')
    .option('--category <categories>', 'only these roles, such as director,writer')
    .addOption(
      new Option('--sort <by>', 'the order: latest or most votes first').choices(['year', 'votes']),
    )
    .option(LIMIT, 'the number of credits', count, 30)
    .action(async (id: string, options: NameOptions, self: Command) =>
      run(self, async (context) => name(context, id, options)),
    );
  examples(nameCommand, 'name nm0000001', 'name nm0000001 --category director --sort votes');
}

function addStatistics(program: Command, run: RunCommand): void {
  const topCommand = program
    .command('top')
    .description('show the best rated titles, or those with the most votes')
    .option('--type <types>', 'only titles of these types', 'movie')
    .option('--genre <genre>', 'only titles of this genre')
    .option('--decade <year>', 'only titles of this decade, such as 1970', year)
    .option('--min-votes <votes>', 'only titles with at least this many votes', votes)
    .option('--popular', 'order by votes instead of rating')
    .option(LIMIT, 'the number of results', wholeNumber(1, 250), 20)
    .action(async (options: TopOptions, self: Command) =>
      run(self, async (context) => top(context, options)),
    );
  examples(
    topCommand,
    'top',
    'top --type tvSeries --decade 1990 -n 50',
    'top --genre Horror --popular --json',
  );
  const statsCommand = program
    .command('stats')
    .description('show statistics of the published data')
    .action(async (_options: object, self: Command) => run(self, stats));
  examples(statsCommand, 'stats', "stats --json | jq '.datasets[].rows'");
}

function addRawData(program: Command, run: RunCommand): void {
  const changesCommand = program
    .command('changes')
    .description('show the changes of rows by updates')
    .option('--since <point>', 'only changes after this cursor, time or run')
    .option('--dataset <datasets>', 'only changes of these datasets')
    .option('--id <id>', 'only changes of this title or name')
    .option('--kind <kinds>', 'only these kinds: insert, update, delete')
    .option('-f, --follow', 'wait for new changes, until Ctrl-C')
    .option(LIMIT, 'the number of results', wholeNumber(1, 1000), 50)
    .action(async (options: ChangeOptions, self: Command) =>
      run(self, async (context) => changes(context, options)),
    );
  examples(
    changesCommand,
    'changes --dataset title.ratings',
    'changes --follow --json',
    'changes --since 2026-08-15T00:00:00Z --id tt0000001',
  );
  const sqlCommand = program
    .command('sql [statement]')
    .description('open psql on the database, or run a statement')
    .option('--database-url <url>', 'the database (default: DATABASE_URL, or this machine’s stack)')
    .action(async (statement: string | undefined, options: SqlOptions, self: Command) =>
      run(self, async (context) => sql(context, statement, options)),
    );
  examples(
    sqlCommand,
    'sql',
    "sql 'select count(*) from imdb.title_basics'",
    "sql --json 'select * from imdb.title_ratings limit 3'",
  );
}
