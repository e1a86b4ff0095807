import { SEARCH_KINDS, NAME_SORTS, TITLE_SORTS } from '@marquee/contract';
import { Option, type Command } from 'commander';
import { examples, rating, wholeNumber } from './arguments.ts';
import type { Does } from './command-work.ts';
import { changes, type ChangeOptions } from './commands/changes.ts';
import { name, type NameOptions } from './commands/name.ts';
import { search, type SearchOptions } from './commands/search.ts';
import { sql, type SqlOptions } from './commands/sql.ts';
import { stats } from './commands/stats.ts';
import { title, type TitleOptions } from './commands/title.ts';
import { top, type TopOptions } from './commands/top.ts';

const LIMIT = '-n, --limit <count>';
const count = wholeNumber(1, 200);
const year = wholeNumber(0, 9999);
const votes = wholeNumber(1, 2_147_483_647);

/** The commands that read the catalogue. */
export function addCatalogueCommands(program: Command, does: Does): void {
  addSearch(program, does);
  addPages(program, does);
  addFigures(program, does);
  addRows(program, does);
}

function addSearch(program: Command, does: Does): void {
  const command = program
    .command('search <words...>')
    .description('find titles and people; near misses too')
    .addOption(
      new Option('-k, --kind <kind>', 'only titles, or only names').choices([...SEARCH_KINDS]),
    )
    .option('--type <types>', 'only titles of these types, such as movie,tvSeries')
    .option('--genre <genres>', 'only titles that have all of these genres, such as Drama,History')
    .option('--from <year>', 'only titles of this year or later', year)
    .option('--to <year>', 'only titles of this year or earlier', year)
    .option('--min-rating <rating>', 'only titles rated so or better', rating)
    .option('--min-votes <votes>', 'only titles with so many votes', votes)
    .option('--profession <professions>', 'only people who have all of these professions')
    .addOption(
      new Option('--sort <by>', 'titles and names that pass the filters, by').choices([
        ...new Set([...TITLE_SORTS, ...NAME_SORTS]),
      ]),
    )
    .option(LIMIT, 'how many', count, 20)
    .action(async (words: string[], options: SearchOptions, self: Command) =>
      does(self, async (context) => search(context, words, options)),
    );
  examples(
    command,
    'search winter',
    'search winter --type movie --from 1970 --to 1979 --sort rating',
    'search --kind name ada --json',
  );
}

function addPages(program: Command, does: Does): void {
  const titleCommand = program
    .command('title <id>')
    .description('show a title: rating, people, seasons, other names')
    .option(LIMIT, 'how many people and names', count, 15)
    .action(async (id: string, options: TitleOptions, self: Command) =>
      does(self, async (context) => title(context, id, options)),
    );
  examples(titleCommand, 'title tt0000001', 'title https://www.imdb.com/title/tt0000001/ --json');
  const nameCommand = program
    .command('name <id>')
    .description('show a person with the filmography')
    .option('--category <categories>', 'only these roles, such as director,writer')
    .addOption(new Option('--sort <by>', 'latest or most voted first').choices(['year', 'votes']))
    .option(LIMIT, 'how many credits', count, 30)
    .action(async (id: string, options: NameOptions, self: Command) =>
      does(self, async (context) => name(context, id, options)),
    );
  examples(nameCommand, 'name nm0000001', 'name nm0000001 --category director --sort votes');
}

function addFigures(program: Command, does: Does): void {
  const topCommand = program
    .command('top')
    .description('show the best rated titles, or the most voted ones')
    .option('--type <types>', 'titles of these types', 'movie')
    .option('--genre <genre>', 'only of this genre')
    .option('--decade <year>', 'only of this decade, such as 1970', year)
    .option('--min-votes <votes>', 'only with so many votes', votes)
    .option('--popular', 'by votes instead of the rating')
    .option(LIMIT, 'how many', wholeNumber(1, 250), 20)
    .action(async (options: TopOptions, self: Command) =>
      does(self, async (context) => top(context, options)),
    );
  examples(
    topCommand,
    'top',
    'top --type tvSeries --decade 1990 -n 50',
    'top --genre Horror --popular --json',
  );
  const statsCommand = program
    .command('stats')
    .description('show what is published in figures')
    .action(async (_options: object, self: Command) => does(self, stats));
  examples(statsCommand, 'stats', "stats --json | jq '.datasets[].rows'");
}

function addRows(program: Command, does: Does): void {
  const changesCommand = program
    .command('changes')
    .description('show what updates have done to rows')
    .option('--since <point>', 'only after this cursor, time or run')
    .option('--dataset <datasets>', 'only of these datasets')
    .option('--id <id>', 'only of this title or name')
    .option('--kind <kinds>', 'only insert, update, delete')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option(LIMIT, 'how many', wholeNumber(1, 1000), 50)
    .action(async (options: ChangeOptions, self: Command) =>
      does(self, async (context) => changes(context, options)),
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
    .option('--database-url <url>', 'which database (default: this machine’s stack; DATABASE_URL)')
    .action(async (statement: string | undefined, options: SqlOptions, self: Command) =>
      does(self, async (context) => sql(context, statement, options)),
    );
  examples(
    sqlCommand,
    'sql',
    "sql 'select count(*) from imdb.title_basics'",
    "sql --json 'select * from imdb.title_ratings limit 3'",
  );
}
