import { parseArgs } from 'node:util';

/**
 * Whole numbers from the command line, such as `--titles 1200000`, with their defaults.
 *
 * @throws when one is none
 */
export function readNumbers<T extends Record<string, number>>(usual: T): T {
  const options = Object.fromEntries(
    Object.entries(usual).map(([name, value]) => [
      name,
      { type: 'string' as const, default: String(value) },
    ]),
  );
  const { values } = parseArgs({ options });
  const numbers = Object.entries(values).map(([name, value]) => {
    const number = Number(value);
    if (!Number.isInteger(number) || number < 0)
      throw new Error(`--${name} takes a whole number, not ${value}`);
    return [name, number] as const;
  });
  return Object.fromEntries(numbers) as T;
}
