import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  watch,
} from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DataPaths } from '@marquee/stack';
import { makeDataFolder } from './data-folder.ts';
import { type LogLine, readableLine, readableLines } from './log-lines.ts';

/** A larger log file is renamed to `.log.1` when its process is started again. */
const MAX_BYTES = 20 * 2 ** 20;

/** Opens a process's log file for appending. @returns its file descriptor */
export function openLog(paths: DataPaths, name: string): number {
  mkdirSync(paths.log, { recursive: true });
  const file = join(paths.log, `${name}.log`);
  if (existsSync(file) && statSync(file).size > MAX_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o640);
}

/** The last lines of a log file, of those after a byte offset. */
export function tailFrom(file: string, from: number, lines: number): string {
  return readFileSync(file)
    .subarray(from)
    .toString()
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .join('\n');
}

/**
 * Prints the last lines of all processes in the order of time.
 *
 * @param isRaw prints them as they were written, each after its process's name
 */
export function printLogs(paths: DataPaths, isRaw: boolean, limit = 200): void {
  const lines = logNames(paths).flatMap((name) => {
    let time = '';
    return readFileSync(join(paths.log, `${name}.log`), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .slice(-limit)
      .map((text) => {
        // a line without a time belongs to the one before it
        time = /"time":"([^"]+)"/u.exec(text)?.[1] ?? time;
        return { time, name, text };
      });
  });
  lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  const last = lines.slice(-limit);
  for (const text of isRaw ? last.map(rawLine) : readableLines(last)) console.log(text);
}

/** Prints what the processes log from now on, until this process ends. */
export function followLogs(paths: DataPaths, isRaw: boolean): void {
  const format = isRaw ? rawLine : readableLine;
  makeDataFolder(paths);
  mkdirSync(paths.log, { recursive: true });
  const offsets = new Map(
    logNames(paths).map((name) => [name, statSync(join(paths.log, `${name}.log`)).size]),
  );
  let queue = Promise.resolve();
  watch(paths.log, () => {
    queue = queue.then(async () => {
      for (const name of logNames(paths)) {
        const file = join(paths.log, `${name}.log`);
        offsets.set(
          name,
          await printFrom(file, (text) => format({ name, text }), offsets.get(name) ?? 0),
        );
      }
    });
  });
}

async function printFrom(
  file: string,
  format: (text: string) => string,
  from: number,
): Promise<number> {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const start = size < from ? 0 : from;
    if (size === start) return size;
    const input = createReadStream(file, {
      fd: descriptor,
      start,
      end: size - 1,
      autoClose: false,
    });
    for await (const line of createInterface({ input })) console.log(format(line));
    return size;
  } finally {
    closeSync(descriptor);
  }
}

function logNames(paths: DataPaths): string[] {
  if (!existsSync(paths.log)) return [];
  return readdirSync(paths.log)
    .filter((file) => file.endsWith('.log'))
    .map((file) => basename(file, '.log'))
    .sort();
}

function rawLine({ name, text }: LogLine): string {
  return `${name.padEnd(10)} | ${text}`;
}
