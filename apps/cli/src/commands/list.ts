import { MAX_LIMIT } from '@marquee/contract';
import type { Cell, Column } from '@marquee/terminal/table';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { wholeNumber } from '../options/values.ts';
import type { Context } from '../context/context.ts';
import { CliError, usageError } from '../context/errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { showAttribution } from './attribution.ts';

/** The formats of lists besides JSON. */
export const FORMATS = ['table', 'csv', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

/** The options of all commands that list something. */
export interface ListOptions {
  readonly limit: number;
  readonly after?: string;
  readonly all?: boolean;
  readonly format: Format;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A list of the API, and how it is shown as a table. */
export interface List<T> {
  readonly path: string;
  readonly query?: Query;
  readonly page: z.ZodType<Page<T>>;
  readonly columns: readonly Column[];
  readonly rowOf: (item: T) => readonly Cell[];
  /** Whether an empty line separates it from what is above it. */
  readonly isBelow?: boolean;
  /** The largest page of this list. */
  readonly maxLimit?: number;
  /** The parameter that continues the list. */
  readonly cursor?: 'after' | 'since';
}

/** Adds the format of the output: for a list that has no pages. */
export function addFormatOption(command: Command): Command {
  return command.addOption(
    new Option('--format <format>', 'a table, or all fields as CSV or NDJSON')
      .choices([...FORMATS])
      .default('table'),
  );
}

/** Adds the options of a list. @param limit its default; @param maxLimit its largest page */
export function addListOptions(
  command: Command,
  limit: number,
  { maxLimit = MAX_LIMIT, isPaged = true } = {},
): Command {
  command.option('-n, --limit <count>', 'the number of results', wholeNumber(1, maxLimit), limit);
  command.addOption(new Option('--all', 'all results, however many').conflicts('limit'));
  if (isPaged)
    command.option('--after <cursor>', 'continue after a page, by the cursor that it ends with');
  return addFormatOption(command);
}

/** Checks the format. @throws CliError 2 for two formats */
export function checkFormat({ out }: Context, { format }: Pick<ListOptions, 'format'>): void {
  if (out.isJson && format !== 'table') throw twoFormats(format);
}

/** The error for a format beside --json. */
export function twoFormats(format: Format): CliError {
  return usageError(`--json and --format ${format} are two formats: choose one.`);
}

/**
 * Shows a list: as a table, as a JSON document, or as CSV or NDJSON, which the API streams. With
 * `all`, tables and JSON are written page by page, in the memory of one.
 *
 * @returns the items of the first page; null if they were only copied
 * @throws CliError 2 for two formats
 */
export async function showList<T>(
  context: Context,
  list: List<T>,
  options: ListOptions,
): Promise<readonly T[] | null> {
  checkFormat(context, options);
  const { out } = context;
  const { format, all = false } = options;
  if (format !== 'table') {
    await copyList(context, list, options, format);
    return null;
  }
  if (out.isJson && all) return (await out.jsonList(itemsOf(context, list, options))) ? null : [];
  let first: readonly T[] | null = null;
  for await (const page of pagesOf(context, list, options)) {
    if (first === null && list.isBelow && page.items.length > 0) out.line();
    first ??= page.items;
    if (out.isJson) out.json(page);
    else if (page.items.length > 0) out.table(list.columns, page.items.map(list.rowOf));
    if (!all && page.next !== null) out.note(moreNote(list, options, page.next));
  }
  return first ?? [];
}

/** How the output ends after a list of results. */
interface ResultsEnd<T> {
  /** The error for a list without items. */
  readonly emptyError: () => CliError;
  /** Adds notes on the items of the first page. */
  readonly note?: (items: readonly T[]) => void;
  /** The path of the list's page at IMDb. */
  readonly imdbPath?: string;
}

/**
 * Shows a list of results, and below it where the data is from. CSV and NDJSON are the list alone.
 *
 * @returns the exit code: with --json, 3 if the list is empty
 * @throws the error for an empty list, without --json
 */
export async function showResults<T>(
  context: Context,
  list: List<T>,
  options: ListOptions,
  { emptyError, note, imdbPath }: ResultsEnd<T>,
): Promise<ExitCode> {
  const items = await showList(context, list, options);
  if (items === null) return EXIT.ok;
  if (items.length === 0) {
    if (context.out.isJson) return EXIT.notFound;
    throw emptyError();
  }
  note?.(items);
  await showAttribution(context, imdbPath);
  return EXIT.ok;
}

/** The error for a list without items. */
export function nothingFound(message: string, hint: string | null = null): CliError {
  return new CliError(message, { exitCode: EXIT.notFound, code: 'nothing-found', hint });
}

/** A page of a list, or with `all` the whole list as one page. */
export async function readList<T>(
  context: Context,
  list: List<T>,
  options: ListOptions,
): Promise<Page<T>> {
  const items: T[] = [];
  let next: string | null = null;
  for await (const page of pagesOf(context, list, options)) {
    items.push(...page.items);
    ({ next } = page);
  }
  return { items, next };
}

async function copyList<T>(
  { api, out }: Context,
  { path, query, cursor = 'after' }: List<T>,
  { all = false, limit, after }: ListOptions,
  format: string,
): Promise<void> {
  const asked = { ...query, [cursor]: after, limit: all ? undefined : limit, format };
  await out.copy(await api.stream(path, asked));
}

/** The pages of a list: all of them, or the one that is asked for. */
async function* pagesOf<T>(
  { api }: Context,
  { path, query, page, maxLimit = MAX_LIMIT, cursor = 'after' }: List<T>,
  { all = false, limit, after }: ListOptions,
): AsyncGenerator<Page<T>> {
  let next: string | null | undefined = after;
  do {
    const asked = { ...query, limit: all ? maxLimit : limit, [cursor]: next ?? undefined };
    const answer: Page<T> = await api.get(page, path, asked);
    yield answer;
    next = answer.next;
  } while (all && next !== null);
}

async function* itemsOf<T>(
  context: Context,
  list: List<T>,
  options: ListOptions,
): AsyncGenerator<T> {
  for await (const { items } of pagesOf(context, list, options)) yield* items;
}

/** The note that a list has more items, and the options that show them. */
function moreNote<T>(
  { maxLimit = MAX_LIMIT, cursor = 'after' }: List<T>,
  { limit }: ListOptions,
  next: string,
): string {
  const larger = limit < maxLimit ? [`--limit ${Math.min(maxLimit, limit * 5)}`] : [];
  return `There are more: ${[...larger, '--all'].join(', ')}, or --${cursor} ${next}`;
}
