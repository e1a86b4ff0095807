import { InvalidArgumentError, type Command } from 'commander';
import { Dataset, Gate } from '@marquee/contract';
import type { z } from 'zod';

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/u.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

export function rating(text: string): number {
  const value = Number(text);
  if (/^\d+(?:\.\d)?$/u.test(text) && value <= 10) return value;
  throw new InvalidArgumentError('Expected a rating from 0 to 10, of one decimal at the most.');
}

/** Known words with commas between them. */
function listOf<T extends string>(shape: z.ZodType<T>, known: readonly T[]): (text: string) => T[] {
  return (text) => text.split(',').map((word) => wordOf(shape, known, word.trim(), 'some'));
}

/** A known word. @throws InvalidArgumentError for another one, with those that are known */
function wordOf<T extends string>(
  shape: z.ZodType<T>,
  known: readonly T[],
  word: string,
  howMany: 'one' | 'some',
): T {
  const result = shape.safeParse(word);
  if (result.success) return result.data;
  throw new InvalidArgumentError(
    `There is no “${word}”; expected ${howMany} of ${known.join(', ')}.`,
  );
}

export const dataset = (text: string) => wordOf(Dataset, Dataset.options, text, 'one');
export const datasets = listOf(Dataset, Dataset.options);
export const gates = listOf(Gate, Gate.options);

/** Examples at the end of a command's help. */
export function examples(command: Command, ...lines: string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${lines.map((line) => `  $ marquee ${line}`).join('\n')}`,
  );
}
