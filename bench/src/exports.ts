import { readFileSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { Export, ExportDetails, type ExportFormat } from '@marquee/contract';
import { DATASET_NAMES, definitionOf, fileNameOf, type DatasetName } from '@marquee/datasets';
import { readNumbers } from './arguments.ts';
import { BENCH_FOLDER } from './folders.ts';
import { loadSeconds, secondsBetween } from './runs.ts';
import { sampleFolder } from './sample-folder.ts';
import { startBenchStack, type BenchStack } from './stack.ts';
import { printTable } from './table.ts';

/**
 * `npm run bench:exports -- --titles N [--sqlite 0]`: measures an export of a sample as Parquet, as
 * a DuckDB and as an SQLite file, and DuckDB's reading of the same snapshots without PostgreSQL.
 */

const { titles, sqlite } = readNumbers({ titles: 100_000, sqlite: 1 });

/** DuckDB's types of those that are no text. */
const TYPES = { integer: 'INTEGER', decimal: 'DECIMAL(3,1)', boolean: 'BOOLEAN' } as const;

const files = await sampleFolder(titles, 0);
await measureExports();
await measureDuckDbAlone();

async function measureExports(): Promise<void> {
  const stack = await startBenchStack(files);
  try {
    const run = await stack.run('/updatedata');
    await stack.settled();
    console.log(`load      ${loadSeconds(run).toFixed(1)} s`);
    const rows = [await measure(stack, 'parquet'), await measure(stack, 'duckdb')];
    if (sqlite > 0) rows.push(await measure(stack, 'sqlite'));
    printTable(['made', 'seconds', 'rows', 'MB', 'peak MB'], rows);
  } finally {
    await stack.stop();
  }
}

/** Makes an export. Parquet files of an earlier one are used again, so only one format counts. */
async function measure(stack: BenchStack, format: ExportFormat): Promise<string[]> {
  const response = await fetch(`${stack.apiUrl}/exports`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ formats: [format], again: true }),
  });
  const { url } = Export.parse(await response.json());
  for (let peak = 0; ;) {
    peak = Math.max(peak, stack.peakMemoryOfChildren('loader'));
    const made = ExportDetails.parse(await (await fetch(stack.apiUrl + url)).json());
    if (made.state === 'failed') throw new Error(made.error?.message);
    if (made.manifest === null) {
      await sleep(100);
      continue;
    }
    const counted = made.manifest.files.filter((file) => file.format === format);
    const sum = (of: 'rows' | 'bytes') => counted.reduce((total, file) => total + file[of], 0);
    return [
      format,
      secondsBetween(made.startedAt, made.endedAt).toFixed(1),
      sum('rows').toLocaleString('en-US'),
      (sum('bytes') / 1e6).toFixed(1),
      String(peak),
    ];
  }
}

/** What DuckDB makes of a snapshot by itself: lists are split, and nothing is checked. */
async function measureDuckDbAlone(): Promise<void> {
  const folder = join(BENCH_FOLDER, 'duckdb-alone');
  await mkdir(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: '200MB',
    threads: '2',
    temp_directory: join(folder, 'spill'),
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const startedAt = performance.now();
  let bytes = 0;
  for (const dataset of DATASET_NAMES) {
    const to = join(folder, `${dataset}.parquet`);
    await connection.run(`
      copy (${selectOf(dataset)}) to '${to}' (format parquet, compression zstd)`);
    bytes += statSync(to).size;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  instance.closeSync();
  await rm(folder, { recursive: true });
  const [, peak = ''] =
    /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  console.log(
    `DuckDB alone, from the snapshots: ${seconds.toFixed(1)} s, ${(bytes / 1e6).toFixed(1)} MB, at most ${Math.round(Number(peak) / 1024)} MB with this process`,
  );
}

function selectOf(dataset: DatasetName): string {
  const { columns, key } = definitionOf(dataset);
  const selected = columns.map(({ name, sql, type, list }) => {
    if (list === 'json') return `from_json("${name}", '["VARCHAR"]') as ${sql}`;
    if (list !== undefined)
      return `string_split("${name}", ${list === 'comma' ? `','` : 'chr(2)'}) as ${sql}`;
    return type in TYPES
      ? `"${name}"::${TYPES[type as keyof typeof TYPES]} as ${sql}`
      : `"${name}" as ${sql}`;
  });
  return `
    select ${selected.join(', ')}
    from read_csv('${join(files, fileNameOf(dataset))}', delim = '\t', quote = '', escape = '', nullstr = '\\N', header = true, all_varchar = true)
    order by ${key.map((name) => columns.find((column) => column.name === name)?.sql).join(', ')}`;
}
