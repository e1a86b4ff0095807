import { z } from 'zod';

/** What a transform makes, as an example in the reference. */
interface Example {
  readonly from: unknown;
  readonly to: unknown;
}

/** The examples of each transform, by its name: shown in the reference, and tested. */
export const TRANSFORM_EXAMPLES: Record<TransformName, readonly [Example, ...Example[]]> = {
  empty: [{ from: 'n/a', to: null }],
  words: [{ from: 'Sci-Fi', to: 'Science Fiction' }],
  split: [{ from: 'Comedy| Drama', to: ['Comedy', 'Drama'] }],
  first: [{ from: [null, 'The Comet'], to: 'The Comet' }],
  sum: [
    { from: [20, 22], to: 42 },
    { from: [20, null], to: null },
  ],
  scale: [{ from: 1.5, to: 1_500_000 }],
  prefix: [{ from: 3, to: 'tmdb:3' }],
  number: [{ from: '7,5', to: 7.5 }],
  integer: [
    { from: '1994.0', to: 1994 },
    { from: '1,250', to: 1250 },
  ],
  money: [
    { from: '$425,000,000', to: 425_000_000 },
    { from: '1,131.6', to: 1_131_600_000 },
  ],
  boolean: [
    { from: 'yes', to: true },
    { from: '0', to: false },
  ],
  date: [{ from: 'Dec 8, 2009', to: '2009-12-08' }],
  year: [{ from: '2009-12-08', to: 2009 }],
  json: [{ from: '[{"name": "Drama"}]', to: [{ name: 'Drama' }] }],
  python: [{ from: "[{'name': 'Drama', 'adult': False}]", to: [{ name: 'Drama', adult: false }] }],
  pluck: [{ from: [{ name: 'Drama' }], to: ['Drama'] }],
  'imdb-id': [
    { from: '0000001', to: 'tt0000001' },
    { from: 'https://www.imdb.com/title/tt0000001/', to: 'tt0000001' },
  ],
  article: [{ from: 'Comet, The', to: 'The Comet' }],
  'title-with-year': [
    {
      from: 'Comet, The (Komet, Der) (1999)',
      to: { title: 'Comet, The', year: 1999, endYear: null, names: ['Komet, Der'] },
    },
    {
      from: 'Star Days (2006–2008)',
      to: { title: 'Star Days', year: 2006, endYear: 2008, names: [] },
    },
  ],
  unmojibake: [{ from: 'PokÃ©mon', to: 'Pokémon' }],
  unescape: [{ from: "L\\'auberge &amp; moi", to: "L'auberge & moi" }],
};

const described = <T extends z.ZodType>(type: T, description: string): T =>
  type.meta({ description }) as T;

const column = z.string().min(1).max(200);

/** Transforms that take no argument, with what each does. */
const PLAIN = {
  first: 'The first element that is not empty',
  sum: 'The sum of all elements; empty if one of them is',
  integer: 'A whole number, also with separators of thousands, and with .0 behind it',
  boolean: 'true, yes, 1 or a higher number; false, no or 0',
  year: 'The year of a date',
  json: 'What is written as JSON',
  python: 'What is written as a Python literal: lists, dictionaries, texts, numbers, True, None',
  'imdb-id': "IMDb's id of a title: digits alone, with tt before them, or in a URL",
  article: 'Puts the article of a title that is sorted by its second word to the front',
  'title-with-year':
    'Takes a title apart: {title, year, endYear, names}, with the other names that stand in brackets behind it. Remarks in brackets, such as (IMAX), are dropped',
  unescape: 'Undoes backslashes before quotes, and entities of HTML',
} as const;

/** Transforms that take one, by the same name. */
const WITH_ARGUMENT = {
  empty: described(
    z.strictObject({ empty: z.array(z.string()).min(1) }),
    'Texts that stand for an empty value, besides the empty text',
  ),
  words: described(
    z.strictObject({ words: z.record(z.string(), z.string()) }),
    'Other words for some texts; texts that it does not name stay as they are',
  ),
  split: described(
    z.strictObject({ split: z.string().min(1) }),
    'A list of the parts between separators; empty parts are dropped',
  ),
  scale: described(z.strictObject({ scale: z.number() }), 'The number times this factor'),
  prefix: described(z.strictObject({ prefix: z.string() }), 'The text with this before it'),
  number: described(
    z.strictObject({ number: z.strictObject({ decimal: z.enum(['.', ',']).default('.') }) }),
    'A number, also with separators of thousands',
  ),
  money: described(
    z.strictObject({
      money: z.strictObject({
        decimal: z.enum(['.', ',']).default('.'),
        thousands: z.number().positive().optional().meta({
          description:
            'The factor of amounts that have separators of thousands, where these alone are in millions',
        }),
      }),
    }),
    'An amount, also with the sign or code of a currency and separators of thousands',
  ),
  date: described(
    z.strictObject({ date: z.union([column, z.array(column).min(1)]) }),
    'A date written in this form, or in one of these: yyyy, MM or M, MMM (Dec), MMMM (December), dd or d; other signs stand for themselves',
  ),
  pluck: described(
    z.strictObject({ pluck: column }),
    'One property of an object; a path such as a.b leads deeper',
  ),
  unmojibake: described(
    z.strictObject({
      unmojibake: z.enum(['latin1', 'windows-1252', 'macintosh']),
    }),
    'UTF-8 that was read as this encoding, mended where it is certain',
  ),
} as const;

type PlainName = keyof typeof PLAIN | 'number' | 'money';
type ArgumentName = keyof typeof WITH_ARGUMENT;
export type TransformName = keyof typeof PLAIN | ArgumentName;

const plain = Object.entries({
  ...PLAIN,
  number: 'A number, also with separators of thousands: as {"number": {}}',
  money: 'An amount: as {"money": {}}',
}).map(([name, description]) => described(z.literal(name as PlainName), description));

/** One step on the way from a column to a value. It works on each element of a list. */
export const Transform = z
  .union([...plain, ...Object.values(WITH_ARGUMENT)], {
    error: `expected a transform: ${[...new Set([...Object.keys(PLAIN), ...Object.keys(WITH_ARGUMENT)])].join(', ')}`,
  })
  .meta({ id: 'Transform', description: 'One step on the way from a column to a value' });
export type Transform = z.infer<typeof Transform>;

/** The name of a transform. */
export function nameOf(transform: Transform): TransformName {
  return (typeof transform === 'string' ? transform : Object.keys(transform)[0]) as TransformName;
}

/** What each transform does, by its name. */
export const TRANSFORM_DESCRIPTIONS: Record<TransformName, string> = {
  ...PLAIN,
  ...(Object.fromEntries(
    Object.entries(WITH_ARGUMENT).map(([name, type]) => [name, type.meta()?.description ?? '']),
  ) as Record<ArgumentName, string>),
};
