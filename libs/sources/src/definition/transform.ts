import { z } from 'zod';

/** What a transform makes of a value. */
export interface TransformExample {
  /** The transform as a definition has it. */
  readonly by: unknown;
  readonly from: unknown;
  readonly to: unknown;
}

const TITLE_PARTS = { title: 'Comet, The', year: 1999, endYear: null, names: ['Komet, Der'] };
const SERIES_PARTS = { title: 'Star Days', year: 2006, endYear: 2008, names: [] };

/** The examples of each transform, by its name: shown in the schema and the reference, and tested. */
export const TRANSFORM_EXAMPLES = {
  first: [{ by: 'first', from: [null, 'The Comet'], to: 'The Comet' }],
  sum: [
    { by: 'sum', from: [20, 22], to: 42 },
    { by: 'sum', from: [20, null], to: null },
  ],
  number: [
    { by: 'number', from: '1,250.5', to: 1250.5 },
    { by: { number: { decimal: ',' } }, from: '7,5', to: 7.5 },
  ],
  integer: [
    { by: 'integer', from: '1994.0', to: 1994 },
    { by: 'integer', from: '1,250', to: 1250 },
  ],
  money: [
    { by: 'money', from: '$425,000,000', to: 425_000_000 },
    { by: { money: { decimal: ',' } }, from: '3.000,50 €', to: 3000.5 },
    { by: { money: { thousands: 1_000_000 } }, from: '1,131.6', to: 1_131_600_000 },
  ],
  scale: [{ by: { scale: 1_000_000 }, from: 1.5, to: 1_500_000 }],
  boolean: [
    { by: 'boolean', from: 'yes', to: true },
    { by: 'boolean', from: '0', to: false },
  ],
  date: [{ by: { date: 'MMM d, yyyy' }, from: 'Dec 8, 2009', to: '2009-12-08' }],
  year: [{ by: 'year', from: '2009-12-08', to: 2009 }],
  split: [{ by: { split: '|' }, from: 'Comedy| Drama', to: ['Comedy', 'Drama'] }],
  empty: [{ by: { empty: ['n/a'] }, from: 'n/a', to: null }],
  words: [
    { by: { words: { 'Sci-Fi': 'Science Fiction' } }, from: 'Sci-Fi', to: 'Science Fiction' },
  ],
  prefix: [{ by: { prefix: 'tmdb:' }, from: 3, to: 'tmdb:3' }],
  json: [{ by: 'json', from: '[{"name": "Drama"}]', to: [{ name: 'Drama' }] }],
  python: [
    {
      by: 'python',
      from: "[{'name': 'Drama', 'adult': False}]",
      to: [{ name: 'Drama', adult: false }],
    },
  ],
  pluck: [{ by: { pluck: 'name' }, from: [{ name: 'Drama' }], to: ['Drama'] }],
  'imdb-id': [
    { by: 'imdb-id', from: '0000001', to: 'tt0000001' },
    { by: 'imdb-id', from: 'https://www.imdb.com/title/tt0000001/', to: 'tt0000001' },
  ],
  article: [{ by: 'article', from: 'Comet, The', to: 'The Comet' }],
  'title-with-year': [
    { by: 'title-with-year', from: 'Comet, The (Komet, Der) (1999)', to: TITLE_PARTS },
    { by: 'title-with-year', from: 'Star Days (2006–2008)', to: SERIES_PARTS },
  ],
  unmojibake: [{ by: { unmojibake: 'latin1' }, from: 'PokÃ©mon', to: 'Pokémon' }],
  unescape: [{ by: 'unescape', from: "L\\'auberge &amp; moi", to: "L'auberge & moi" }],
} as const satisfies Record<string, readonly [TransformExample, ...TransformExample[]]>;

export type TransformName = keyof typeof TRANSFORM_EXAMPLES;

/** What each transform does. */
export const TRANSFORM_DESCRIPTIONS: Record<TransformName, string> = {
  first: 'The first element that is not empty',
  sum: 'The sum of all elements; empty if one of them is',
  number: 'A number, also with thousands separators',
  integer: 'An integer, also with thousands separators or a trailing .0',
  money: 'An amount, also with a currency symbol or code, and with thousands separators',
  scale: 'The number times this factor',
  boolean: 'true, yes, 1 or a higher number; false, no or 0',
  date: 'A date written in this form, or in one of these: yyyy, MM or M, MMM (Dec), MMMM (December), dd or d; other characters stand for themselves',
  year: 'The year of a date',
  split: 'A list of the parts between separators; empty parts are dropped',
  empty: 'Texts that stand for an empty value, besides the empty text',
  words: 'Other words for some texts; texts that it does not name stay as they are',
  prefix: 'The text with this before it',
  json: 'What is written as JSON',
  python: 'What is written as a Python literal: lists, dictionaries, texts, numbers, True, None',
  pluck: 'One property of an object; a path such as a.b leads deeper',
  'imdb-id': "IMDb's id of a title: digits alone, with tt before them, or in a URL",
  article: 'Puts the article of a title that is sorted by its second word to the front',
  'title-with-year':
    'Takes a title apart: {title, year, endYear, names}, with the other names that stand in brackets behind it. Remarks in brackets, such as (IMAX), are dropped',
  unmojibake: 'UTF-8 that was read as this encoding, mended where it is certain',
  unescape: 'Undoes backslashes before quotes, and entities of HTML',
};

function described<T extends z.ZodType>(name: TransformName, type: T): T {
  const { from, to } = TRANSFORM_EXAMPLES[name].at(-1) ?? { from: null, to: null };
  const example = `${JSON.stringify(from)} becomes ${JSON.stringify(to)}`;
  return type.meta({ description: `${TRANSFORM_DESCRIPTIONS[name]}. Example: ${example}` });
}

const column = z.string().min(1).max(200);
/** With a part twice, a date could be read in several ways, and time would grow without bound. */
const dateForm = column.refine(
  (form) => [/yyyy/gu, /M{1,4}/gu, /d{1,2}/gu].every((part) => (form.match(part)?.length ?? 0) < 2),
  'expected year, month and day once each',
);
const decimal = z.enum(['.', ',']).default('.').meta({ description: 'The decimal separator' });

/** Transforms that are a name alone. */
const PLAIN = [
  ...(['first', 'sum', 'number', 'integer', 'money', 'boolean', 'year', 'json', 'python'] as const),
  ...(['imdb-id', 'article', 'title-with-year', 'unescape'] as const),
];

/** Transforms that take an argument, by the same name. */
const WITH_ARGUMENT = [
  described('number', z.strictObject({ number: z.strictObject({ decimal }) })),
  described(
    'money',
    z.strictObject({
      money: z.strictObject({
        decimal,
        thousands: z.number().positive().optional().meta({
          description:
            'The factor of amounts that have thousands separators, where these alone are in millions',
        }),
      }),
    }),
  ),
  described('scale', z.strictObject({ scale: z.number() })),
  described(
    'date',
    z.strictObject({
      date: z.union(
        [dateForm, z.array(dateForm).min(1)],
        'expected a form of dates, or a list of forms',
      ),
    }),
  ),
  described('split', z.strictObject({ split: z.string().min(1) })),
  described('empty', z.strictObject({ empty: z.array(z.string()).min(1) })),
  described('words', z.strictObject({ words: z.record(z.string(), z.string()) })),
  described('prefix', z.strictObject({ prefix: z.string() })),
  described('pluck', z.strictObject({ pluck: column })),
  described(
    'unmojibake',
    z.strictObject({ unmojibake: z.enum(['latin1', 'windows-1252', 'macintosh']) }),
  ),
] as const;

/** One step on the way from a column to a value. It works on each element of a list. */
export const Transform = z
  .union([...PLAIN.map((name) => described(name, z.literal(name))), ...WITH_ARGUMENT], {
    error: `expected a transform: ${Object.keys(TRANSFORM_EXAMPLES).join(', ')}`,
  })
  .meta({ id: 'Transform', description: 'One step on the way from a column to a value' });
export type Transform = z.infer<typeof Transform>;
