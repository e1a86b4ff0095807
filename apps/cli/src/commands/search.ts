import {
  FoundNamePage,
  type FoundTitle,
  FoundTitlePage,
  NAME_SORTS,
  type NameBasic,
  SEARCH_KINDS,
  SearchPage,
  TITLE_SORTS,
} from '@marquee/contract';
import { labelOf } from '@marquee/contract/title-facts';
import type { Cell, Column } from '@marquee/terminal/table';
import { type Command, Option } from 'commander';
import type { Context } from '../context/context.ts';
import { type CliError, usageError } from '../context/errors.ts';
import { addFilters, NAME_FILTERS, queryOf, TITLE_FILTERS } from '../options/filters.ts';
import { examples } from '../options/values.ts';
import { type Item, lifetime, TITLE_COLUMNS, titleRow } from '../output/title-table.ts';
import { addListOptions, type List, type ListOptions, nothingFound, showResults } from './list.ts';
import { offerUpdate } from './offer-update.ts';
import type { RunCommand } from './run-command.ts';

type SearchOptions = ListOptions &
  FilterOptions & {
    readonly kind?: 'title' | 'name';
    readonly sort?: string;
    readonly order?: 'asc' | 'desc';
  };

/** The values of the filters, by the names that the parser gives them. */
type FilterOptions = Readonly<Record<string, string | number | boolean | undefined>>;

export function defineSearch(command: Command, run: RunCommand): void {
  command.addOption(
    new Option('-k, --kind <kind>', 'only titles, or only names').choices([...SEARCH_KINDS]),
  );
  addFilters(command, TITLE_FILTERS);
  addFilters(command, NAME_FILTERS);
  command
    .addOption(
      new Option('--sort <by>', 'the order of filtered titles or names').choices([
        ...new Set([...TITLE_SORTS, ...NAME_SORTS]),
      ]),
    )
    .addOption(
      new Option('--order <order>', 'lowest first, or highest first').choices(['asc', 'desc']),
    );
  addListOptions(command, 20).action(
    async (words: string[], options: SearchOptions, self: Command) =>
      run(self, async (context) => search(context, words, options)),
  );
  examples(
    command,
    'search winter',
    'search winter --type movie --from 1970 --to 1979 --sort rating',
    'search --genre Drama --min-votes 1000 --all --format csv > dramas.csv',
    'search --kind name ada --json',
  );
}

/**
 * Searches titles and names by their text, by filters, or by both.
 *
 * @throws CliError 2 without either
 */
async function search(
  context: Context,
  words: readonly string[],
  options: SearchOptions,
): Promise<number> {
  const q = words.join(' ').trim();
  const show = chooseList(q, options);
  await offerUpdate(context);
  return show(context);
}

type Found = Item<SearchPage['items'][number]>;

/** Shows the results of one list of the API. @returns the exit code */
type Show = (context: Context) => Promise<number>;

/** The list of the API that has what is asked for. @throws CliError 2 for options of two lists */
function chooseList(q: string, options: SearchOptions): Show {
  const { kind, sort, order } = options;
  const titles = queryOf(TITLE_FILTERS, options);
  const names = queryOf(NAME_FILTERS, options);
  const [titleFilter] = Object.keys(titles);
  const [nameFilter] = Object.keys(names);
  const text = q === '' ? {} : { q };
  const isSorted = sort !== undefined || order !== undefined;
  if (nameFilter !== undefined || (kind === 'name' && (isSorted || q === ''))) {
    if (titleFilter !== undefined || kind === 'title') throw mixedFilters();
    return showing({ ...NAMES, query: { ...text, ...names, sort, order } }, q, options);
  }
  if (titleFilter !== undefined || isSorted || (kind === 'title' && q === '')) {
    if (kind === 'name') throw mixedFilters();
    return showing({ ...TITLES, query: { ...text, ...titles, sort, order } }, q, options);
  }
  if (q === '')
    throw usageError(
      'Give words to search for, or filters.',
      'For example: marquee search winter, or marquee search --genre Drama --from 1990',
    );
  return showing({ ...RESULTS, query: { q, kind } }, q, options, noteNearMatches);
}

function showing<T>(
  list: List<T>,
  q: string,
  options: ListOptions,
  note?: (context: Context, q: string, items: readonly T[]) => void,
): Show {
  return async (context) =>
    showResults(context, list, options, {
      emptyError: () => emptyError(q),
      note: (items) => note?.(context, q, items),
    });
}

function emptyError(q: string): CliError {
  return q === ''
    ? nothingFound('Nothing meets all of these filters.', 'Try fewer or wider ones.')
    : nothingFound(
        `Nothing was found for “${q}”.`,
        'Try fewer or other words; case, accents and punctuation do not matter.',
      );
}

function mixedFilters(): CliError {
  const names = Object.values(NAME_FILTERS).map(({ flags }) => flags.split(' ')[0]);
  return usageError(
    'These options do not go together: some filter names, others filter titles.',
    `Names have ${names.join(', ')}, and --kind name; all other filters are for titles.`,
  );
}

/** Says which results are only spelled similarly: the first ones are the best. */
function noteNearMatches({ out }: Context, q: string, items: readonly Found[]): void {
  const near = items.filter(({ match }) => match === 'near').length;
  if (near === 0) return;
  out.note(
    near === items.length
      ? `Nothing has all the words of “${q}”; these are spelled similarly.`
      : near === 1
        ? 'The last one is only spelled similarly.'
        : `The last ${near} are only spelled similarly.`,
  );
}

const NAME_COLUMNS: readonly Column[] = [
  { head: 'ID' },
  { head: 'NAME', isFlexible: true },
  { head: 'PROFESSIONS', isFlexible: true, drop: 2 },
  { head: 'LIVED', drop: 1 },
];

const TITLES: List<Item<FoundTitle>> = {
  path: '/titles',
  page: FoundTitlePage,
  columns: TITLE_COLUMNS,
  rowOf: titleRow,
};

const NAMES: List<Item<NameBasic>> = {
  path: '/names',
  page: FoundNamePage,
  columns: NAME_COLUMNS,
  rowOf: nameRow,
};

const RESULTS: List<Found> = {
  path: '/search',
  page: SearchPage,
  columns: TITLE_COLUMNS.map((column) =>
    column.head === 'TITLE' ? { ...column, head: 'TITLE OR NAME' } : column,
  ),
  rowOf: ({ id, title, name }) => {
    if (title) return titleRow(title);
    return name ? [...nameRow(name), null, null] : [id];
  },
};

function nameRow({
  nconst,
  primaryName,
  primaryProfession,
  birthYear,
  deathYear,
}: Item<NameBasic>): Cell[] {
  return [
    nconst,
    primaryName,
    primaryProfession?.map(labelOf).join(', '),
    lifetime(birthYear, deathYear),
  ];
}
