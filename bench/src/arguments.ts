import { parseArgs } from 'node:util';

/**
 * Whole numbers from the command line, such as `--titles 1200000`, with their defaults.
 *
 * @throws when one is none
 */
export function readNumbers<N extends Record<string, number>>(usual: N): N {
  return readArguments(usual, {});
}

/**
 * Whole numbers, and choices among words, such as `--order collated`. The first of the words is the
 * default.
 *
 * @throws when a number is none, or a word is none of the choice
 */
export function readArguments<
  N extends Record<string, number>,
  C extends Record<string, readonly string[]>,
>(numbers: N, choices: C): N & { [K in keyof C]: C[K][number] } {
  const wordsOf = new Map(Object.entries(choices));
  const usual = [
    ...Object.entries(numbers),
    ...Object.entries(choices).map(([name, words]) => [name, words[0] ?? ''] as const),
  ];
  const options = Object.fromEntries(
    usual.map(([name, value]) => [name, { type: 'string' as const, default: String(value) }]),
  );
  const { values } = parseArgs({ options });
  const read = Object.entries(values).map(([name, value]) => {
    const words = wordsOf.get(name);
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
