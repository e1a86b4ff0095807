import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { MatchedLine } from '@marquee/contract';
import { counted } from '@marquee/terminal/format';
import type { Command } from 'commander';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import type { Context } from '../context/context.ts';
import { usageError } from '../context/errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { examples } from '../options/values.ts';
import {
  chooseColumns,
  descriptionOf,
  sniffDelimiter,
  type ColumnOptions,
} from './match-columns.ts';
import type { RunCommand } from './run-command.ts';

interface MatchOptions extends ColumnOptions {
  readonly delimiter?: string;
  readonly output?: string;
  readonly doubtful?: string;
}

/** Rows of a request: each is answered while the next are read. */
const BATCH_ROWS = 500;

const ADDED = ['match_movie', 'match_title', 'match_year', 'match_score', 'match_state'] as const;

/** How many rows have been matched, by state. */
type Counts = Record<'sure' | 'doubtful' | 'none' | 'faulty', number>;

export function defineMatch(command: Command, run: RunCommand): void {
  command
    .option('--title <column>', 'the column of titles (default: by its name)')
    .option('--year <column>', 'the column of years or dates')
    .option('--id <column>', 'the column of ids of IMDb, or with --id-of')
    .option('--id-of <source>', 'who gives the ids, such as tmdb')
    .option('--director <column>', 'the column of directors')
    .option('--runtime <column>', 'the column of lengths in minutes')
    .option('--type <column>', 'the column of types, in IMDb’s words')
    .option('--delimiter <sign>', 'what separates columns (default: as the first line has it)')
    .option('-o, --output <file>', 'write the rows to a file (default: standard output)')
    .option('--doubtful <file>', 'write doubtful rows to a file of their own')
    .action(async (path: string, options: MatchOptions, self: Command) =>
      run(self, async (context) => matchFile(context, path, options)),
    );
  examples(
    command,
    'match films.csv -o matched.csv',
    'match films.csv --title Name --year Released --doubtful check.csv -o matched.csv',
    'match links.csv --id tmdbId --id-of tmdb',
  );
}

/** Adds the movie of each row to a CSV file. @returns 3 if no row has one for sure */
async function matchFile(context: Context, path: string, options: MatchOptions): Promise<ExitCode> {
  const { out } = context;
  if (out.isJson && options.output === undefined)
    throw usageError('--json prints a summary; the rows need a file.', 'Add --output matched.csv');
  if ((await stat(path).catch(() => null))?.isFile() !== true)
    throw usageError(`There is no file ${path}.`);
  const delimiter = delimiterOf(options.delimiter) ?? (await sniffDelimiter(path));
  const rows = createReadStream(path).pipe(
    parse({
      bom: true,
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    }),
  );
  const counts: Counts = { sure: 0, doubtful: 0, none: 0, faulty: 0 };
  const writers = await openWriters(options, delimiter);
  try {
    for await (const { row, state, isHead } of matchedRows(context, rows, path, options)) {
      if (!isHead) counts[state]++;
      if (isHead || state !== 'doubtful' || writers.doubtful === null) await writers.main(row);
      if (isHead || state === 'doubtful') await writers.doubtful?.(row);
    }
  } finally {
    await writers.close();
  }
  const total = counts.sure + counts.doubtful + counts.none + counts.faulty;
  if (out.isJson) out.json({ rows: total, ...counts });
  out.note(
    `${counted(total, 'row')}: ${counts.sure} sure, ${counts.doubtful} doubtful, ${counts.none} without a movie${counts.faulty === 0 ? '' : `, ${counts.faulty} that could not be read`}.`,
  );
  return counts.sure === 0 ? EXIT.notFound : EXIT.ok;
}

interface MatchedRow {
  readonly row: readonly string[];
  readonly state: keyof Counts;
  readonly isHead: boolean;
}

async function* matchedRows(
  { api }: Context,
  rows: AsyncIterable<string[]>,
  path: string,
  options: ColumnOptions,
): AsyncGenerator<MatchedRow> {
  let columns: ReturnType<typeof chooseColumns> | null = null;
  let batch: string[][] = [];
  const answer = async () => {
    const wanted = batch.map((row) => descriptionOf(row, columns ?? {}, options));
    const answers = await api.sendLines(MatchedLine, '/match', wanted);
    return batch.map((row, i) => withAnswer(row, answers[i]));
  };
  for await (const row of rows) {
    if (columns === null) {
      columns = chooseColumns(row, options, path);
      yield { row: [...row, ...ADDED], state: 'none', isHead: true };
    } else if (batch.push(row) === BATCH_ROWS) {
      yield* await answer();
      batch = [];
    }
  }
  if (columns === null) throw usageError(`The file ${path} is empty.`);
  if (batch.length > 0) yield* await answer();
}

/** A row with the best candidate; without one that is worth a look, its cells are empty. */
function withAnswer(row: readonly string[], answer: MatchedLine | undefined): MatchedRow {
  const [best] = answer?.items ?? [];
  const state = answer?.state ?? 'faulty';
  const cells =
    best === undefined
      ? ['', '', '', '']
      : [best.movie, best.name ?? '', String(best.year ?? ''), String(best.score)];
  return {
    row: [...row, ...cells, state === 'faulty' ? (answer?.error?.detail ?? state) : state],
    state,
    isHead: false,
  };
}

type Write = (row: readonly string[]) => Promise<void>;

/** @throws CliError 2 for a file that cannot be written */
async function openWriters({ output, doubtful }: MatchOptions, delimiter: string) {
  const files = await Promise.all(
    [output, doubtful].map(async (path) => (path === undefined ? null : openForWriting(path))),
  );
  const writer =
    (stream: Writable): Write =>
    async (row) => {
      if (!stream.write(stringify([[...row]], { delimiter }))) await once(stream, 'drain');
    };
  const [main = null, apart = null] = files;
  return {
    main: writer(main ?? process.stdout),
    doubtful: apart === null ? null : writer(apart),
    close: async () => {
      for (const file of files)
        if (file !== null) {
          file.end();
          await finished(file);
        }
    },
  };
}

async function openForWriting(path: string): Promise<Writable> {
  const file = createWriteStream(path);
  // without it, the error of a folder that is not there would end the program
  await once(file, 'open').catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : null;
    throw usageError(`The file ${path} cannot be written.`, reason);
  });
  return file;
}

/** @throws CliError 2 for more than one sign */
function delimiterOf(given: string | undefined): string | undefined {
  const sign = given === '\\t' || given === 'tab' ? '\t' : given;
  if (sign !== undefined && sign.length !== 1)
    throw usageError(`--delimiter: “${sign}” is not one sign.`, 'Expected for example ; or tab');
  return sign;
}
