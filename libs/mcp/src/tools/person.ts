import { CostarPage, Name, NameSummary, WORK_SORTS, WorkPage, type Work } from '@marquee/contract';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { clip, fitting } from '../answer-size.ts';
import {
  countsOf,
  PersonLine,
  personLine,
  PersonRef,
  personRef,
  TitleLine,
  titleLine,
  type Item,
} from '../lines.ts';
import { MORE, PERSON_ID, tool } from '../tool.ts';

const PARTS = ['overview', 'works', 'colleagues'] as const;

/** How many of the best known works an overview has. */
const SHOWN = 5;

/** A person with the counts of all credits. */
export const PersonCounts = PersonLine.extend({
  works: z.number().describe('Number of works; a series with all its episodes is one'),
  episodes: z.number(),
  roles: z.string().optional().describe('Works by role'),
  genres: z.string().optional().describe('Works by genre'),
  firstYear: z.number().optional(),
  lastYear: z.number().optional(),
  meanRating: z.number().optional().describe('Mean rating of their rated titles and episodes'),
  votes: z.number().describe('Votes for all of them'),
  best: z.array(TitleLine).describe('The works with the most votes'),
});

/** A person and their work. */
export const person = tool({
  name: 'person',
  title: 'Facts of a person',
  description:
    'Tells about one person by id. part: overview (default) has years of birth and death, professions, what they are known for, counts by role and genre, first and last year; works lists what they made, each once with all roles, where episodes count for their series, 10 at a time by year, votes, rating or weighted rating; colleagues are the people who share most titles with them, of their 150 most voted titles. No places, no awards, no biography: IMDb’s files have none. An unknown id is an error; no items: no credits.',
  input: z.strictObject({
    id: PERSON_ID,
    part: z.enum(PARTS).default('overview'),
    role: z
      .string()
      .max(200)
      .optional()
      .describe('For works: director, writer, actor, actress, producer … or cast'),
    sort: z.enum(WORK_SORTS).optional().describe('For works. Default: year, newest first'),
    order: z.enum(['asc', 'desc']).optional().describe('For works. Default: desc'),
    more: MORE,
  }),
  output: {
    person: PersonCounts.optional(),
    knownFor: z.array(TitleLine).optional(),
    works: z
      .array(TitleLine.extend({ roles: z.string(), episodes: z.number().optional() }))
      .optional(),
    colleagues: z.array(PersonRef.extend({ sharedTitles: z.number() })).optional(),
  },
  answer: async (api, { id, part, role, sort, order, more }) => {
    const path = `/names/${encodeURIComponent(id)}`;
    if (part === 'overview') return readPersonOverview(api, path);
    if (part === 'colleagues')
      return fitting(20, async (limit) => {
        const page = await api.get(CostarPage, `${path}/costars`, { limit, after: more });
        const colleagues = page.items.map((one) => ({
          ...personRef(one),
          sharedTitles: one.sharedTitles ?? 0,
        }));
        return { colleagues, more: page.next ?? undefined };
      });
    return fitting(10, async (limit) => {
      const query = { role, sort, order, limit, after: more };
      const page = await api.get(WorkPage, `${path}/works`, query);
      return {
        works: page.items.map(workLine),
        more: page.next ?? undefined,
        note: page.items.length === 0 ? 'No credits in this role are known.' : undefined,
      };
    });
  },
});

/** The overview of a person. @param path of the person in the API */
export async function readPersonOverview(api: Api, path: string) {
  const [name, summary] = await Promise.all([
    api.get(Name, path, { include: 'knownFor' }),
    api.get(NameSummary, `${path}/summary`),
  ]);
  return {
    person: { ...personLine(name), ...countsOfPerson(summary) },
    knownFor: name.knownFor?.slice(0, SHOWN).map(titleLine),
  };
}

/** The counts over all credits of a person. */
export function countsOfPerson({ titles, episodes, roles, genres, years, rated }: NameSummary) {
  const known = years.flatMap(({ year }) => year ?? []);
  const ratedTitles = years.reduce((sum, one) => sum + one.rated, 0);
  const points = years.reduce((sum, one) => sum + (one.averageRating ?? 0) * one.rated, 0);
  return {
    works: titles,
    episodes,
    roles: countsOf(roles.map(({ role, titles: count }) => ({ name: role, titles: count }))),
    genres: countsOf(genres.map(({ genre, titles: count }) => ({ name: genre, titles: count }))),
    firstYear: known.length === 0 ? undefined : Math.min(...known),
    lastYear: known.length === 0 ? undefined : Math.max(...known),
    meanRating: ratedTitles === 0 ? undefined : Math.round((100 * points) / ratedTitles) / 100,
    votes: years.reduce((sum, { numVotes }) => sum + numVotes, 0),
    best: rated.slice(0, SHOWN).map(titleLine),
  };
}

function workLine({ roles = [], episodes, ...work }: Item<Work>) {
  const texts = roles.map(({ role, characters, jobs }) => {
    const details = [...characters, ...jobs].slice(0, 3).join(', ');
    return details === '' ? role : `${role}: ${details}`;
  });
  return {
    ...titleLine(work),
    roles: clip(texts.join('; '), 160),
    episodes: episodes?.count,
  };
}
