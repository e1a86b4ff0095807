import { z } from 'zod';
import { text } from './parameter.ts';
import { USUAL_WORDS } from './usual-words.ts';

/**
 * The sets of words that some parameters take. `role` is `category` with the word `cast`. Newer files
 * may add words, so that the published data, not a schema, says which exist.
 */
export const VOCABULARIES = [
  'titleType',
  'genre',
  'region',
  'language',
  'category',
  'role',
  'profession',
] as const;
export type Vocabulary = (typeof VOCABULARIES)[number];

/** How the files spell the words of a vocabulary, whatever case they are given in. */
const SPELLING: Readonly<Record<Vocabulary, (word: string) => string>> = {
  titleType: withKnownCase(USUAL_WORDS.titleType),
  genre: withKnownCase(USUAL_WORDS.genre),
  region: (word) => word.toUpperCase(),
  language: lowerCase,
  category: lowerCase,
  role: lowerCase,
  profession: lowerCase,
};

function lowerCase(word: string): string {
  return word.toLowerCase();
}

/** An unknown word is returned unchanged: newer files may contain it. */
function withKnownCase(known: readonly string[]): (word: string) => string {
  const byLowerCase = new Map(known.map((word) => [word.toLowerCase(), word]));
  return (word) => byLowerCase.get(word.toLowerCase()) ?? word;
}

/** The vocabulary of each parameter schema that {@link wordOf} and {@link wordsOf} have made. */
const REGISTRY = z.registry<{ readonly vocabulary: Vocabulary }>();

/** A parameter of one word of a vocabulary. The API checks it against what is published. */
export function wordOf(vocabulary: Vocabulary) {
  return text(50)
    .regex(/^[^,]*$/u, 'expected one value, without commas')
    .transform(SPELLING[vocabulary])
    .register(REGISTRY, { vocabulary });
}

/** A parameter of one or more comma-separated words of a vocabulary, without duplicates. */
export function wordsOf(vocabulary: Vocabulary) {
  return text(500)
    .transform((value) =>
      value
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    )
    .refine((given) => given.length > 0, 'expected at least one word')
    .transform((given) => [...new Set(given.map(SPELLING[vocabulary]))])
    .register(REGISTRY, { vocabulary });
}

/** The vocabularies of each schema that was asked for: every request asks for those of its own. */
const BY_SCHEMA = new WeakMap<z.ZodObject, ReadonlyMap<string, Vocabulary>>();

/** The vocabularies of an object's parameters, by name. */
export function vocabulariesOf(schema: unknown): ReadonlyMap<string, Vocabulary> {
  if (!(schema instanceof z.ZodObject)) return new Map();
  const known = BY_SCHEMA.get(schema);
  if (known !== undefined) return known;
  const vocabularies = new Map(
    Object.entries(schema.shape as z.core.$ZodShape).flatMap(([name, field]) => {
      const vocabulary = REGISTRY.get(unwrap(field))?.vocabulary;
      return vocabulary === undefined ? [] : [[name, vocabulary] as const];
    }),
  );
  BY_SCHEMA.set(schema, vocabularies);
  return vocabularies;
}

/** A schema without what makes it optional. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? unwrap(schema.unwrap())
    : schema;
}
