import { Dataset, Gate } from '@marquee/contract';
import { type Command, InvalidArgumentError } from 'commander';
import type { z } from 'zod';

/** A parser of whole numbers within bounds. */
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
  throw new InvalidArgumentError('Expected a rating from 0 to 10, with at most one decimal.');
}

/** A parser of words separated by commas, each one of the choices. */
export function choicesOf<T extends string>(choices: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(',').map((given) => {
      const choice = choices.find((one) => one === given.trim());
      if (choice !== undefined) return choice;
      throw new InvalidArgumentError(
        `“${given.trim()}” is unknown; expected some of ${choices.join(', ')}.`,
      );
    });
}

/** A parser of choices separated by commas. */
function listOf<T extends string>(
  schema: z.ZodType<T>,
  choices: readonly T[],
): (text: string) => T[] {
  return (text) => text.split(',').map((word) => choiceOf(schema, choices, word.trim(), 'some'));
}

/** Parses one of several choices. @throws InvalidArgumentError with all of them */
function choiceOf<T extends string>(
  schema: z.ZodType<T>,
  choices: readonly T[],
  word: string,
  howMany: 'one' | 'some',
): T {
  const result = schema.safeParse(word);
  if (result.success) return result.data;
  throw new InvalidArgumentError(
    `“${word}” is unknown; expected ${howMany} of ${choices.join(', ')}.`,
  );
}

export const dataset = (text: string) => choiceOf(Dataset, Dataset.options, text, 'one');
export const datasets = listOf(Dataset, Dataset.options);
export const gates = listOf(Gate, Gate.options);

/** Adds examples to the end of a command's help. */
export function examples(command: Command, ...lines: string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${lines.map((line) => `  $ marquee ${line}`).join('\n')}`,
  );
}
