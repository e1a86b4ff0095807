import {
  AkaPage,
  CreditPage,
  MovieAnswer,
  RatingHistory,
  SeasonPage,
  SimilarPage,
  Title,
  type EpisodePosition,
} from '@marquee/contract';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { clip, fitting } from '../answer-size.ts';
import { PersonRef, personRef, TitleLine, titleLine } from '../lines.ts';
import { MORE, tool } from '../tool.ts';

const PARTS = ['overview', 'cast', 'names', 'similar', 'ratings', 'sources'] as const;

/** How many people of a kind an overview names. */
const SHOWN = 8;

const SERIES = new Set(['tvSeries', 'tvMiniSeries']);

const Credit = PersonRef.extend({ did: z.string(), as: z.string().optional() });
const Amount = z.object({ amount: z.number(), currency: z.string() });

const OUTPUT = {
  title: TitleLine.extend({
    originalTitle: z.string().optional(),
    isAdult: z.boolean().optional(),
    seasons: z.number().optional(),
    episodes: z.number().optional(),
  }).optional(),
  directors: z.array(PersonRef).optional(),
  writers: z.array(PersonRef).optional(),
  cast: z.array(Credit).optional().describe('People in the order of billing'),
  names: z
    .array(
      z.object({
        name: z.string(),
        region: z.string().optional(),
        language: z.string().optional(),
        types: z.string().optional(),
      }),
    )
    .optional(),
  similar: z.array(TitleLine.extend({ sharedPeople: z.number() })).optional(),
  ratings: z
    .array(
      z.object({ day: z.string(), rating: z.number().optional(), votes: z.number().optional() }),
    )
    .optional(),
  sources: z
    .object({
      overview: z.string().optional(),
      released: z.string().optional(),
      certificate: z.string().optional(),
      countries: z.string().optional(),
      languages: z.string().optional(),
      companies: z.string().optional(),
      budget: Amount.optional(),
      revenue: Amount.optional(),
      ratings: z.array(z.string()).optional(),
      watched: z.boolean().optional(),
      sources: z.string().optional(),
    })
    .optional(),
};

type TitleAnswer = z.infer<z.ZodObject<typeof OUTPUT>> & {
  more?: string | undefined;
  note?: string;
};

/** A title and its parts. */
export const title = tool({
  name: 'title',
  title: 'Facts of a title',
  description:
    'Tells the facts of one title by its id. part: overview (default) has years, runtime, genres, rating, directors, writers, the first of the cast, and for an episode its series; cast lists everybody with characters; names are its names by region; similar are titles that share people and genres; ratings are those that were published over time; sources adds what other sources tell: plot, budget, revenue, their ratings. IMDb’s files have no plots and no awards. An absent field is unknown. An unknown id is an error.',
  input: z.strictObject({
    id: z.string().max(200).describe('Id of a title: tt0000001, or mq1 for part sources'),
    part: z.enum(PARTS).default('overview'),
    more: MORE,
  }),
  output: OUTPUT,
  answer: async (api, { id, part, more }) => READERS[part](api, encodeURIComponent(id), more),
});

const READERS: Readonly<
  Record<
    (typeof PARTS)[number],
    (api: Api, id: string, more: string | undefined) => Promise<TitleAnswer>
  >
> = {
  overview: async (api, id) => readTitleOverview(api, id),
  cast: async (api, id, after) =>
    fitting(25, async (limit) => {
      const page = await api.get(CreditPage, `/titles/${id}/credits`, { limit, after });
      const note = page.items.length === 0 ? 'No credits are known.' : undefined;
      return answerOf({ cast: page.items.map(creditOf) }, page.next, note);
    }),
  names: async (api, id, after) =>
    fitting(30, async (limit) => {
      const page = await api.get(AkaPage, `/titles/${id}/akas`, { limit, after });
      const names = page.items.map(({ title: name, region, language, types }) => ({
        name: clip(name ?? '', 120),
        region: region ?? undefined,
        language: language ?? undefined,
        types: types?.join(', '),
      }));
      const note = names.length === 0 ? 'No other names are known.' : undefined;
      return answerOf({ names }, page.next, note);
    }),
  similar: async (api, id, after) =>
    fitting(10, async (limit) => {
      const page = await api.get(SimilarPage, `/titles/${id}/similar`, { limit, after });
      const similar = page.items.map((one) => ({
        ...titleLine(one),
        sharedPeople: one.sharedPeople ?? 0,
      }));
      const note = similar.length === 0 ? 'No title shares people with it.' : undefined;
      return answerOf({ similar }, page.next, note);
    }),
  ratings: async (api, id) => {
    const { items } = await api.get(RatingHistory, `/titles/${id}/rating-history`);
    const ratings = items.slice(-30).map(({ at, averageRating, numVotes }) => ({
      day: at.slice(0, 10),
      rating: averageRating ?? undefined,
      votes: numVotes ?? undefined,
    }));
    return answerOf({ ratings }, null, ratings.length === 0 ? 'It was never rated.' : undefined);
  },
  sources: readSources,
};

/** The overview of a title. @param id encoded for a path */
export async function readTitleOverview(api: Api, id: string): Promise<TitleAnswer> {
  const read = await api.get(Title, `/titles/${id}`, {
    include: 'ratings,crew,series,principals',
  });
  const { titleType, originalTitle, primaryTitle, isAdult, ratings, crew, series } = read;
  const seasons = SERIES.has(titleType ?? '')
    ? (await api.get(SeasonPage, `/titles/${id}/seasons`, { limit: 200 })).items
    : null;
  return {
    title: {
      ...titleLine({ ...read, ...ratings, episodeOf: episodeOf(series) }),
      originalTitle:
        originalTitle === null || originalTitle === primaryTitle
          ? undefined
          : clip(originalTitle, 120),
      isAdult: isAdult === true ? true : undefined,
      seasons: seasons?.filter(({ seasonNumber }) => seasonNumber !== null).length,
      episodes: seasons?.reduce((sum, { episodes = 0 }) => sum + episodes, 0),
    },
    directors: crew?.directors.slice(0, SHOWN).map(personRef),
    writers: crew?.writers.slice(0, SHOWN).map(personRef),
    cast: read.principals?.items.slice(0, SHOWN).map(creditOf),
  };
}

function episodeOf(position: EpisodePosition | null | undefined) {
  if (!position?.series) return null;
  const { series, seasonNumber, episodeNumber } = position;
  const { tconst, primaryTitle } = series;
  return { tconst, primaryTitle, seasonNumber, episodeNumber };
}

function creditOf({
  category,
  job,
  characters,
  ...person
}: z.infer<typeof CreditPage>['items'][number]): z.infer<typeof Credit> {
  const played = characters?.join(', ') ?? '';
  const as = played === '' ? job : played;
  return {
    ...personRef(person),
    did: category ?? 'unknown',
    as: as ? clip(as, 80) : undefined,
  };
}

/** What all sources together tell of a title. */
async function readSources(api: Api, id: string): Promise<TitleAnswer> {
  const movie = await api.get(MovieAnswer, `/movies/${id}`);
  const joined = (values: readonly string[] | undefined) =>
    values === undefined || values.length === 0 ? undefined : values.join(', ');
  const { sources = [], ratings = [] } = movie;
  return answerOf(
    {
      title: titleLine({
        tconst: movie.id ?? id,
        primaryTitle: movie.title ?? null,
        titleType: movie.type ?? null,
        startYear: movie.year ?? null,
        endYear: movie.endYear ?? null,
        runtimeMinutes: movie.runtimeMinutes ?? null,
        genres: movie.genres ?? null,
      }),
      sources: {
        overview: movie.overview ? clip(movie.overview, 1500) : undefined,
        released: movie.releaseDate ?? undefined,
        certificate: movie.certificate ?? undefined,
        countries: joined(movie.countries?.slice(0, 20)),
        languages: joined(movie.languages?.slice(0, 20)),
        companies: joined(movie.companies?.slice(0, 8).map(({ name }) => name)),
        budget: movie.budget ?? undefined,
        revenue: movie.revenue ?? undefined,
        ratings: ratings
          .slice(0, 12)
          .map(
            ({ source, name, value, scale, votes }) =>
              `${source} ${name}: ${value} of ${scale.max}${votes === null ? '' : ` (${votes} votes)`}`,
          ),
        watched: movie.watched ?? undefined,
        sources: joined(sources),
      },
    },
    null,
    sources.some((source) => source !== 'imdb')
      ? undefined
      : 'Only IMDb tells of it: plot, budget and revenue are not in its files.',
  );
}

function answerOf(parts: TitleAnswer, next: string | null, note: string | undefined): TitleAnswer {
  return {
    ...parts,
    ...(next === null ? {} : { more: next }),
    ...(note === undefined ? {} : { note }),
  };
}
