import { z } from 'zod';

const word = z.string().min(1).max(200);
const absent = <T extends z.ZodType>(type: T) => type.nullable().optional();

/** No movie costs a thousandth of it, in any currency; sums of much larger ones lose their cents. */
const MAX_AMOUNT = 1e15;

/** An amount of money. */
export const Money = z
  .strictObject({
    amount: z
      .number()
      .nonnegative()
      .max(MAX_AMOUNT)
      .meta({ description: 'The amount, in whole units of the currency', example: 12_000_000 }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/u, 'expected a currency of ISO 4217, such as USD')
      .meta({ description: 'Currency by ISO 4217', example: 'USD' }),
  })
  .meta({ id: 'Money' });
export type Money = z.infer<typeof Money>;

/** A name of a movie. */
export const MovieName = z
  .strictObject({
    name: z.string().min(1).max(1000).meta({ description: 'The name', example: 'Der Komet' }),
    language: z
      .string()
      .nullable()
      .meta({ description: 'Language by BCP 47; null if not known', example: 'de' }),
    region: z
      .string()
      .nullable()
      .meta({ description: 'Country by ISO 3166, or a region of IMDb', example: 'DE' }),
  })
  .meta({ id: 'MovieName' });
export type MovieName = z.infer<typeof MovieName>;

/** What a person does in a movie. */
export const MOVIE_ROLES = [
  'director',
  'writer',
  'actor',
  'producer',
  'composer',
  'cinematographer',
  'editor',
] as const;

/** Somebody who has worked on a movie. */
export const MoviePerson = z
  .strictObject({
    name: word.meta({ description: 'Their name', example: 'Ada Example' }),
    role: z.enum(MOVIE_ROLES).meta({ description: 'What they do', example: 'director' }),
    imdb: z
      .string()
      .regex(/^nm\d{7,10}$/u)
      .nullable()
      .meta({ description: 'Their id at IMDb; null if not known', example: 'nm0000001' }),
  })
  .meta({ id: 'MoviePerson' });
export type MoviePerson = z.infer<typeof MoviePerson>;

/** A company that has made a movie. */
export const MovieCompany = z
  .strictObject({
    id: z.string().max(100).nullable().meta({
      description:
        'Its id at a source; null if it has a name alone. Companies of one name may differ in it',
      example: 'tmdb:3',
    }),
    name: word.meta({ description: 'Its name', example: 'Example Pictures' }),
  })
  .meta({ id: 'MovieCompany' });
export type MovieCompany = z.infer<typeof MovieCompany>;

/** The scale of a rating. */
const scaleOf = (min: number, max: number) =>
  z
    .strictObject({
      min: z.number().meta({ description: 'Its lowest value', example: min }),
      max: z.number().meta({ description: 'Its highest value', example: max }),
    })
    .meta({ description: 'Its lowest and its highest value', example: { min, max } });

/** A rating as a source has it. */
export const SourceRating = z
  .strictObject({
    name: z.string().max(100).meta({ description: 'Name of the rating', example: 'tomatometer' }),
    value: z.number().meta({ description: 'Its value, on its scale', example: 83 }),
    scale: scaleOf(0, 100),
    votes: z.int().nonnegative().nullable().meta({
      description: 'Number of votes; null if not known',
      example: 120,
    }),
    kind: z
      .enum(['audience', 'critics', 'own'])
      .meta({ description: 'Who rates; own: the owner of this library', example: 'critics' }),
  })
  .meta({ id: 'SourceRating' });
export type SourceRating = z.infer<typeof SourceRating>;

/** The parts of a movie that C-ratings rate. */
export const C_RATING_PARTS = ['performance', 'soundtrack', 'screenplay'] as const;
export type CRatingPart = (typeof C_RATING_PARTS)[number];

const cRating = z.strictObject({
  value: z.number().meta({ description: 'Its value, on its scale', example: 7.5 }),
  scale: scaleOf(0, 10),
  votes: z.int().positive().meta({ description: 'Number of voices in it', example: 1 }),
});

/** Ids of a movie elsewhere. */
export const MOVIE_ID_KINDS = ['imdb', 'tmdb', 'tvdb', 'wikidata', 'rt', 'movielens'] as const;

/**
 * What a source tells of one movie: the canonical record, to which every definition maps its rows.
 * A field that a source does not have is absent; one that it has as empty is null or an empty list.
 */
export const SourceRecord = z
  .strictObject({
    title: absent(z.string().min(1).max(1000)).meta({
      description: 'Title, in the language of the source',
      example: 'The Comet',
    }),
    originalTitle: absent(z.string().min(1).max(1000)).meta({
      description: 'Title in its own language',
      example: 'Der Komet',
    }),
    names: z.array(MovieName).optional().meta({ description: 'Other names' }),
    type: absent(word).meta({
      description: 'Type, in IMDb’s words or those of the source',
      example: 'movie',
    }),
    year: absent(z.int().min(1800).max(2200)).meta({
      description: 'Year of release; of a series, its first',
      example: 1999,
    }),
    endYear: absent(z.int().min(1800).max(2200)).meta({
      description: 'Last year of a series',
      example: null,
    }),
    releaseDate: absent(z.iso.date()).meta({
      description: 'Date of the first release',
      example: '1999-03-31',
    }),
    runtimeMinutes: absent(z.int().positive().max(100_000)).meta({
      description: 'Length in minutes',
      example: 104,
    }),
    isAdult: absent(z.boolean()).meta({
      description: 'Whether it is for adults only',
      example: false,
    }),
    certificate: absent(word).meta({ description: 'Age rating', example: 'PG-13' }),
    genres: z
      .array(word)
      .optional()
      .meta({ description: 'Genres, in the words of the source', example: ['Drama'] }),
    countries: z
      .array(word)
      .optional()
      .meta({ description: 'Countries of production, by ISO 3166 or by name', example: ['US'] }),
    languages: z
      .array(word)
      .optional()
      .meta({ description: 'Spoken languages, by ISO 639 or by name', example: ['en'] }),
    ids: z
      .record(word, word)
      .optional()
      .meta({
        description: 'Its ids elsewhere, by who gives them',
        example: { imdb: 'tt0000001' },
      }),
    people: z.array(MoviePerson).optional().meta({ description: 'Who has worked on it' }),
    companies: z
      .array(MovieCompany)
      .optional()
      .meta({ description: 'Companies that have made it' }),
    budget: absent(Money).meta({ description: 'What it cost' }),
    revenue: absent(Money).meta({ description: 'What it earned, worldwide' }),
    ratings: z
      .array(SourceRating)
      .optional()
      .meta({ description: 'Ratings, each on its own scale' }),
    cRatings: z
      .partialRecord(z.enum(C_RATING_PARTS), z.array(cRating))
      .optional()
      .meta({
        description: 'Ratings of its parts',
        example: { screenplay: [{ value: 7.5, scale: { min: 0, max: 10 }, votes: 1 }] },
      }),
    overview: absent(z.string().max(100_000)).meta({
      description: 'What it is about',
      example: 'A comet comes near.',
    }),
    tagline: absent(z.string().max(10_000)).meta({
      description: 'Its slogan',
      example: 'Look up.',
    }),
    homepage: absent(z.string().max(2000)).meta({
      description: 'Its own page',
      example: 'https://comet.example.com/',
    }),
    watched: absent(z.boolean()).meta({
      description: 'Whether the owner of this library has watched it',
      example: true,
    }),
  })
  .meta({ id: 'SourceRecord' });
export type SourceRecord = z.infer<typeof SourceRecord>;

/** The fields of a record. */
export const RECORD_FIELDS = SourceRecord.keyof().options;
export type RecordField = (typeof RECORD_FIELDS)[number];
