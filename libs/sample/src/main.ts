import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { errorMessage } from '@marquee/process/error-message';
import { generateSample } from './generate.ts';
import { DEFAULT_ORDER, isLineOrder, LINE_ORDERS, type LineOrder } from './line-order.ts';
import { serveSample } from './server.ts';

const USAGE = `Sample datasets: made-up titles and people with the files, columns and proportions of IMDb's datasets.

  generate --out FOLDER [--titles 50000] [--seed 1] [--day 0] [--order ${DEFAULT_ORDER}]
      Writes the seven files. --titles 1000 to 13000000 (12717779 is the size of the official files),
      --day 0 to 365: a later day of the same sample. --order text: by id, then by ordering, both as
      text; collated: by the line without tabs, as in the official files of 2017 to 2023.

  serve --folder FOLDER [--port 8088] [--host 127.0.0.1]
      Serves them over HTTP like IMDb until stopped. The files may be replaced meanwhile.
`;

/** The command line is invalid. */
class UsageError extends Error {}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const isUsage =
    error instanceof UsageError ||
    error instanceof RangeError ||
    (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${errorMessage(error)}\n${isUsage ? `\n${USAGE}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}

async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      titles: { type: 'string', default: '50000' },
      seed: { type: 'string', default: '1' },
      day: { type: 'string', default: '0' },
      order: { type: 'string', default: DEFAULT_ORDER },
      folder: { type: 'string' },
      port: { type: 'string', default: '8088' },
      host: { type: 'string', default: '127.0.0.1' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const [command] = positionals;
  if (positionals.length !== 1 || (command !== 'generate' && command !== 'serve')) {
    throw new UsageError(`Expected one command, generate or serve, not "${positionals.join(' ')}"`);
  }
  if (command === 'serve')
    await serve(given('folder', values.folder), {
      port: wholeNumber('port', values.port),
      host: values.host,
    });
  else {
    await generate({
      folder: given('out', values.out),
      titles: wholeNumber('titles', values.titles),
      seed: wholeNumber('seed', values.seed),
      day: wholeNumber('day', values.day),
      order: lineOrder(values.order),
    });
  }
}

async function generate(options: Parameters<typeof generateSample>[0]): Promise<void> {
  await generateSample(options, ({ dataset, rows, rawBytes, finished }) => {
    if (finished)
      process.stdout.write(
        `${dataset.padEnd(16)} ${String(rows).padStart(11)} rows ${(rawBytes / 1e6).toFixed(1).padStart(9)} MB\n`,
      );
  });
}

async function serve(
  folder: string,
  { port, host }: { port: number; host: string },
): Promise<void> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new Error(
      `There is no folder ${folder} to serve; make one with: generate --out ${folder}`,
    );
  const server = await serveSample({ folder, port, host });
  process.stdout.write(`Serving ${folder} at ${server.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void server.close());
}

function given(name: string, value: string | undefined): string {
  if (value === undefined || value === '')
    throw new UsageError(`--${name} is missing; it names a folder`);
  return value;
}

function lineOrder(text: string): LineOrder {
  if (!isLineOrder(text))
    throw new UsageError(`--order must be ${LINE_ORDERS.join(' or ')}, not "${text}"`);
  return text;
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/u.test(text)) throw new UsageError(`--${name} must be a whole number, not "${text}"`);
  return Number(text);
}
