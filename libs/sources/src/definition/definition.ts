import { MOVIE_ROLES } from '@marquee/contract';
import { z } from 'zod';
import { Transform } from './transform.ts';

const word = z.string().min(1).max(200);
/** Pages link to it: javascript: would run there. */
const webAddress = z.url({ protocol: /^https?$/u, error: 'expected a URL with http or https' });
const columnName = word.meta({ description: 'Name of a column; of JSON and XML, a path' });

const FromColumn = z.strictObject({
  column: z
    .union(
      [columnName, z.array(columnName).min(1)],
      'expected the name of a column, or a list of names',
    )
    .meta({ description: 'The column; several make a list' }),
  transforms: z
    .array(Transform)
    .default([])
    .meta({ description: 'What is done with it, in this order' }),
});

const Constant = z.strictObject({
  constant: z
    .union([z.string(), z.number(), z.boolean()], 'expected a text, a number, true or false')
    .meta({ description: 'The same value for all rows' }),
});

/** Where a value comes from. */
export const Value = z
  .union([columnName, FromColumn, Constant], {
    error: 'expected the name of a column, {"column": …, "transforms": […]} or {"constant": …}',
  })
  .meta({
    id: 'Value',
    description:
      'Where a value comes from: a column; a column with transforms; or a constant. Texts are trimmed, and an empty text is an empty value',
  });
export type Value = z.infer<typeof Value>;

const CURRENCY = 'expected a currency of ISO 4217, such as "USD", or {"column": …}';
const currency = z
  .union([z.string().regex(/^[A-Z]{3}$/u, CURRENCY), FromColumn], CURRENCY)
  .meta({ description: 'A currency of ISO 4217, or where it comes from' });
const Amount = z.strictObject({ amount: Value, currency });

const scaleName = word.meta({ description: 'Name of one of the rating scales' });
const listed = 'If a part is a list, there are as many entries as it has elements';

/** The fields of the canonical record, each with where its value comes from. */
export const Fields = z
  .strictObject({
    title: Value,
    originalTitle: Value,
    type: Value,
    year: Value,
    endYear: Value,
    releaseDate: Value,
    runtimeMinutes: Value,
    isAdult: Value,
    certificate: Value,
    overview: Value,
    tagline: Value,
    homepage: Value,
    watched: Value,
    genres: Value,
    countries: Value,
    languages: Value,
    ids: z
      .record(z.string().regex(/^[a-z][a-z0-9-]*$/u), Value)
      .meta({ description: 'Ids elsewhere, by who gives them: imdb, tmdb …' }),
    names: z
      .array(z.strictObject({ name: Value, language: Value.optional(), region: Value.optional() }))
      .meta({ description: `Other names. ${listed}` }),
    people: z
      .array(z.strictObject({ name: Value, role: z.enum(MOVIE_ROLES), imdb: Value.optional() }))
      .meta({ description: `Who has worked on it. ${listed}` }),
    companies: z
      .array(z.strictObject({ name: Value, id: Value.optional() }))
      .meta({ description: `Who has made it. ${listed}` }),
    budget: Amount,
    revenue: Amount,
    ratings: z
      .array(
        z.strictObject({
          name: z
            .union([word, FromColumn], 'expected a name, such as "critics", or {"column": …}')
            .meta({ description: 'Name of the rating' }),
          scale: scaleName
            .optional()
            .meta({ description: 'Its scale; by default that of its name' }),
          value: Value,
          votes: Value.optional(),
        }),
      )
      .meta({
        description: `Ratings; one without a value, or with 0 votes, is left out. ${listed}`,
      }),
    cRatings: z
      .partialRecord(
        z.enum(['performance', 'soundtrack', 'screenplay']),
        z.strictObject({ scale: scaleName, value: Value, votes: Value.optional() }),
      )
      .meta({ description: 'Ratings of parts of it; without votes, a value counts as one voice' }),
  })
  .partial()
  .meta({ id: 'Fields' });
export type Fields = z.infer<typeof Fields>;

const Scale = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    kind: z
      .enum(['audience', 'critics', 'own'])
      .meta({ description: 'Who rates; own: the owner of this library' }),
  })
  .refine(({ min, max }) => min < max, 'expected max above min');

const Join = z
  .strictObject({
    on: z
      .array(z.strictObject({ here: Value, there: Value }))
      .min(1)
      .meta({
        description:
          'What must be equal: values of this file, and of the first file. Rows whose values are empty, or not the only ones in either file, have no partner',
      }),
    many: z.boolean().default(false).meta({
      description:
        'Whether many rows belong to one of the first file: their ratings become a mean, with the number of rows as votes',
    }),
    otherwise: z.enum(['reject', 'record']).default('reject').meta({
      description: 'What a row without partner is: a reject, or a record of its own',
    }),
  })
  .meta({ id: 'Join' });

/** One file of a source. */
export const FileDefinition = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,49}$/u)
      .meta({ description: 'Name of the file in commands and in the API', examples: ['movies'] }),
    pattern: z
      .string()
      .min(1)
      .max(200)
      .meta({
        description: 'Pattern of its file names; * stands for any characters',
        examples: ['movies*.csv', 'movies*.csv.gz'],
      }),
    format: z.enum(['csv', 'tsv', 'json', 'ndjson', 'nfo']).meta({
      description:
        'csv and tsv: the first line has the names of the columns; json: a list of objects; ndjson: an object a line; nfo: a tar of .nfo files of Kodi or Jellyfin with their pictures, or one .nfo file. All may be compressed by gzip',
    }),
    delimiter: z.string().length(1).optional().meta({
      description: 'What separates columns; by default a comma, in tsv a tab',
    }),
    quote: z
      .union([z.string().length(1), z.literal(false)], 'expected one character, or false')
      .default('"')
      .meta({ description: 'What stands around texts with separators in them; false: nothing' }),
    encoding: z
      .enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-2', 'macintosh'])
      .default('utf-8')
      .meta({ description: 'Encoding of the text; a byte order mark is skipped' }),
    columns: z.array(columnName).default([]).meta({
      description: 'Columns that a file must have, besides those that the definition uses',
    }),
    id: Value.optional().meta({
      description:
        'Id of the movie at the source; of several columns, a hash. Without it, a hash of title, year and date',
    }),
    join: Join.optional().meta({
      description: 'How its rows belong to those of the first file, which has none',
    }),
    fields: Fields,
  })
  .meta({ id: 'FileDefinition' });
export type FileDefinition = z.infer<typeof FileDefinition>;

/** How an API lists what has changed since a cursor. Paths name a value in its answers: `page.next`. */
const Changes = z
  .strictObject({
    first: z.string().max(500).default('').meta({ description: 'The cursor of the first request' }),
    items: columnName.meta({ description: 'Path of the list of changed items' }),
    id: columnName.meta({ description: 'Path of the id in an item' }),
    removed: columnName.optional().meta({
      description: 'Path of a value in an item; if it is true, the item was removed',
    }),
    cursor: columnName.meta({ description: 'Path of the next cursor' }),
    more: columnName.optional().meta({
      description:
        'Path of a value that says whether there are more; without it, requests go on until the list is empty or the cursor stays',
    }),
  })
  .meta({ id: 'Changes' });
export type Changes = z.infer<typeof Changes>;

/** Where a file is fetched from, and how often. */
const Schedule = z
  .strictObject({
    url: webAddress.meta({
      description: 'URL of the file; with changes, of an API, in which {cursor} is the cursor',
    }),
    everyMinutes: z.int().min(1).max(10_080).default(60).meta({ description: 'How often' }),
    file: z.string().optional().meta({
      description: 'Which file of the definition it is; by default the first',
    }),
    changes: Changes.optional().meta({
      description: 'How the API lists changes; without it, the URL is the whole file',
    }),
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.infer<typeof Schedule>;

/** A source: who it is, and how its files are read. */
export const SourceDefinition = z
  .strictObject({
    $schema: z.string().optional().meta({ description: 'Where editors find this schema' }),
    schema: z.literal(1).meta({ description: 'Version of this schema' }),
    id: z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,49}$/u)
      .meta({ description: 'Id of the source', examples: ['my-ratings'] }),
    name: word.meta({ description: 'Name of the source', examples: ['My ratings'] }),
    description: z.string().max(2000).optional().meta({ description: 'What it is' }),
    homepage: webAddress.optional().meta({ description: 'Its page' }),
    licence: z
      .strictObject({
        name: word.meta({ description: 'Name of the licence, or of the terms' }),
        url: webAddress.optional().meta({ description: 'Where they are' }),
        attribution: z
          .string()
          .max(2000)
          .optional()
          .meta({ description: 'What must stand wherever its data is shown' }),
        republish: z.boolean().meta({ description: 'Whether its data may be published again' }),
      })
      .meta({ description: 'What may be done with its data' }),
    priority: z
      .int()
      .min(0)
      .max(1000)
      .default(100)
      .meta({ description: 'Rules prefer sources with a lower number; IMDb has 0' }),
    scales: z
      .record(word, Scale)
      .default({})
      .meta({ description: 'Rating scales, by the names of ratings' }),
    folder: z.string().min(1).max(1000).optional().meta({
      description:
        'Folder whose files are delivered when they change; relative to the folder of definitions, where it is by default the one of the name of the id',
    }),
    schedule: Schedule.optional().meta({
      description: 'Where a file is fetched from when it changes',
    }),
    files: z
      .array(FileDefinition)
      .max(20)
      .meta({ description: 'Its files. The first has a row for each movie' }),
  })
  .meta({ id: 'SourceDefinition', title: 'Definition of a source of marquee' });
export type SourceDefinition = z.infer<typeof SourceDefinition>;
