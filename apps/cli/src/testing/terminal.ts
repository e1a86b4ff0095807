import { WriteStream } from 'node:tty';
import { format } from 'node:util';
import { onTestFinished, vi } from 'vitest';

/** What has been written. */
export interface Written {
  stdout: string;
  stderr: string;
}

const STREAMS = ['stdout', 'stderr'] as const;
const OF_A_TERMINAL = ['isTTY', 'columns', 'getColorDepth'] as const;

/** What the streams of this process are by themselves. */
const OWN = STREAMS.flatMap((name) =>
  OF_A_TERMINAL.map((key) => ({
    stream: process[name],
    key,
    property: Object.getOwnPropertyDescriptor(process[name], key),
  })),
);

/**
 * Catches what is written to standard output and standard error until the test has ended.
 *
 * @param columns of the terminal that both are; they are pipes when left out
 */
export function catchOutput(columns?: number): Written {
  const written: Written = { stdout: '', stderr: '' };
  const isTTY = columns !== undefined;
  for (const name of STREAMS) {
    const stream = process[name];
    const write = vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    });
    Object.assign(stream, {
      isTTY,
      columns,
      // a pipe has none
      getColorDepth: WriteStream.prototype.getColorDepth.bind(stream),
    });
    onTestFinished(() => write.mockRestore());
  }
  onTestFinished(() => {
    for (const { stream, key, property } of OWN) {
      if (property === undefined) Reflect.deleteProperty(stream, key);
      else Object.defineProperty(stream, key, property);
    }
  });
  // the test runner has a console of its own
  const error = vi.spyOn(console, 'error').mockImplementation((...values: unknown[]) => {
    written.stderr += `${format(...values)}\n`;
  });
  onTestFinished(() => error.mockRestore());
  return written;
}
