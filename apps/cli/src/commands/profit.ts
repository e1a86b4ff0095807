import { PROFIT_KEYS, PROFIT_SORTS, ProfitPage, type ProfitGroup } from '@marquee/contract';
import { count, counted } from '@marquee/terminal/format';
import type { Cell, Column } from '@marquee/terminal/table';
import { type Command, Option } from 'commander';
import type { Context } from '../context/context.ts';
import { examples, wholeNumber } from '../options/values.ts';
import { dollars } from '../output/money.ts';
import type { Item } from '../output/title-table.ts';
import { addListOptions, type List, type ListOptions, nothingFound, showResults } from './list.ts';
import type { RunCommand } from './run-command.ts';

interface ProfitOptions extends ListOptions {
  readonly by: string;
  readonly attribution: string;
  readonly from?: number;
  readonly to?: number;
  readonly small?: boolean;
  readonly sort?: string;
  readonly order?: string;
}

export function defineProfit(command: Command, run: RunCommand): void {
  command
    .option('--by <keys>', `one or two of ${PROFIT_KEYS.join(', ')}`, 'year')
    .addOption(
      new Option(
        '--attribution <how>',
        'the whole amounts to each company, genre or country of a movie, or equal shares',
      )
        .choices(['full', 'shared'])
        .default('full'),
    )
    .option('--from <year>', 'only movies of this year or later', wholeNumber(0, 9999))
    .option('--to <year>', 'only movies of this year or earlier', wholeNumber(0, 9999))
    .option('--small', 'also movies with an amount under 1,000 dollars')
    .addOption(new Option('--sort <by>', 'the order').choices([...PROFIT_SORTS]))
    .addOption(
      new Option('--order <order>', 'lowest first, or highest first').choices(['asc', 'desc']),
    );
  addListOptions(command, 20).action(async (options: ProfitOptions, self: Command) =>
    run(self, async (context) => profit(context, options)),
  );
  examples(
    command,
    'profit --by company,year',
    'profit --by genre --attribution shared --from 1990',
    'profit --by decade --sort year --order asc --format csv --all > decades.csv',
  );
}

/** Shows sums of budgets and revenues. @throws CliError 3 if no movie has both */
async function profit(
  context: Context,
  { by, attribution, from, to, small, sort, order, ...options }: ProfitOptions,
): Promise<number> {
  const query = { by, attribution, yearFrom: from, yearTo: to, small, sort, order };
  let frame: ProfitPage | null = null;
  const list: List<Item<ProfitGroup>> = {
    path: '/aggregates/profit',
    query,
    // remembers what the page says besides its groups
    page: ProfitPage.transform((page) => (frame = page)),
    columns: COLUMNS,
    rowOf,
  };
  return showResults(context, list, options, {
    emptyError: () =>
      nothingFound(
        'No movie has a budget and a revenue.',
        'Sources with amounts bring them: marquee sources list.',
      ),
    note: () => {
      if (frame !== null && !context.out.isJson) context.out.line(footOf(frame), 'dim');
    },
  });
}

const COLUMNS: readonly Column[] = [
  { head: 'GROUP', isFlexible: true },
  { head: 'YEAR', isOptional: true },
  { head: 'MOVIES', align: 'right', drop: 3 },
  { head: 'BUDGET', align: 'right', drop: 2 },
  { head: 'REVENUE', align: 'right', drop: 1 },
  { head: 'PROFIT', align: 'right' },
];

function rowOf(group: Item<ProfitGroup>): Cell[] {
  const { company, companyName, genre, country, year, decade, movies } = group;
  return [
    companyName ?? company ?? genre ?? country ?? 'all',
    year ?? (decade === null || decade === undefined ? null : `${decade}s`),
    count(movies),
    dollars(group.budget),
    dollars(group.revenue),
    dollars(group.profit),
  ];
}

function footOf({ sum, attribution, leftOut }: ProfitPage): string {
  const { withoutBoth, withoutYear, tooSmall } = leftOut;
  return `${counted(sum.groups, 'group')}, ${dollars(sum.profit) ?? ''} in all with ${attribution} attribution. Left out: ${counted(withoutBoth, 'movie')} without both amounts, ${counted(withoutYear, 'movie')} without a year, ${counted(tooSmall, 'movie')} with an amount under $1,000.`;
}
