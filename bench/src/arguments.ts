import { parseArgs } from 'node:util';

/**
 * Reads whole numbers from the command line, such as `--titles 1200000`, with defaults.
 *
 * @throws Error if a value is not a whole number
 */
export function readNumbers<N extends Record<string, number>>(defaults: N): N {
  return readArguments(defaults, {});
}

/**
 * Reads whole numbers and choices, such as `--order collated`. The first choice is the default.
 *
 * @throws Error if a value is not a whole number or not one of the choices
 */
export function readArguments<
  N extends Record<string, number>,
  C extends Record<string, readonly string[]>,
>(numbers: N, choices: C): N & { [K in keyof C]: C[K][number] } {
  const choicesByName = new Map(Object.entries(choices));
  const defaults = [
    ...Object.entries(numbers),
    ...Object.entries(choices).map(([name, words]) => [name, words[0] ?? ''] as const),
  ];
  const options = Object.fromEntries(
    defaults.map(([name, value]) => [name, { type: 'string' as const, default: String(value) }]),
  );
  const { values } = parseArgs({ options });
  const read = Object.entries(values).map(([name, value]) => {
    const words = choicesByName.get(name);
    if (words !== undefined) {
      if (!words.includes(value))
        throw new Error(`--${name} takes ${words.join(' or ')}, not ${value}`);
      return [name, value] as const;
    }
    const number = Number(value);
    if (!Number.isInteger(number) || number < 0)
      throw new Error(`--${name} takes a whole number, not ${value}`);
    return [name, number] as const;
  });
  return Object.fromEntries(read) as N & { [K in keyof C]: C[K][number] };
}
