import { WriteStream } from 'node:tty';
import { format } from 'node:util';
import { onTestFinished, vi } from 'vitest';

/** The captured output. */
interface CapturedOutput {
  stdout: string;
  stderr: string;
}

const STREAMS = ['stdout', 'stderr'] as const;
const TERMINAL_PROPERTIES = ['isTTY', 'columns', 'getColorDepth'] as const;

/** The original properties of the streams of this process. */
const ORIGINAL_PROPERTIES = STREAMS.flatMap((name) =>
  TERMINAL_PROPERTIES.map((key) => ({
    stream: process[name],
    key,
    property: Object.getOwnPropertyDescriptor(process[name], key),
  })),
);

/**
 * Captures standard output and standard error until the test has ended.
 *
 * @param columns makes both a terminal of this width; without it they are pipes
 */
export function captureOutput(columns?: number): CapturedOutput {
  const written: CapturedOutput = { stdout: '', stderr: '' };
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
      // a pipe does not have it
      getColorDepth: WriteStream.prototype.getColorDepth.bind(stream),
    });
    onTestFinished(() => write.mockRestore());
  }
  onTestFinished(() => {
    for (const { stream, key, property } of ORIGINAL_PROPERTIES) {
      if (property === undefined) Reflect.deleteProperty(stream, key);
      else Object.defineProperty(stream, key, property);
    }
  });
  // the test runner replaces the console
  const error = vi.spyOn(console, 'error').mockImplementation((...values: unknown[]) => {
    written.stderr += `${format(...values)}\n`;
  });
  onTestFinished(() => error.mockRestore());
  return written;
}
