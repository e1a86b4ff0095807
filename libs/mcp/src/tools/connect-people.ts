import { Connection, MAX_DEGREES, SharedTitlePage, type SharedTitle } from '@marquee/contract';
import { z } from 'zod';
import { fitting } from '../answer-size.ts';
import { PersonRef, personRef, TitleLine, titleLine, type Item } from '../lines.ts';
import { PERSON_ID, tool } from '../tool.ts';

/** How many titles an answer has at most that both worked on. */
const SHOWN = 5;

/** How two people are connected. */
export const connectPeople = tool({
  name: 'connect_people',
  title: 'Connect two people',
  description: `Finds the shortest path between two people by titles that each two neighbours worked on (degrees of separation), and the titles that both worked on, most voted first, up to five of them. By movies and all credits unless titleType or role is given; role cast is the usual game. Up to ${MAX_DEGREES} titles. isExhaustive false: a limit ended the search, and a shorter path may exist. No degrees: no path was found; allow more types.`,
  input: z.strictObject({
    from: PERSON_ID,
    to: PERSON_ID,
    titleType: z.string().max(200).optional().describe('Types, comma-separated. Default: movie'),
    role: z.string().max(200).optional().describe('Only credits of these roles, such as cast'),
  }),
  output: {
    degrees: z.number().optional().describe('Number of titles on the path; 0: the same person'),
    isExhaustive: z.boolean(),
    path: z.array(z.object({ from: PersonRef, title: TitleLine, to: PersonRef })),
    shared: z.object({
      total: z.number().describe('Titles of any type that both worked on'),
      titles: z.array(TitleLine.extend({ roles: z.string().describe('Of each, by id') })),
    }),
  },
  answer: async (api, { from, to, titleType, role }) => {
    const path = `/names/${encodeURIComponent(from)}`;
    const [connection, { items, total = items.length }] = await Promise.all([
      api.get(Connection, `${path}/connection`, { to, titleType, role }),
      api.get(SharedTitlePage, `${path}/shared`, { with: to, limit: SHOWN, total: 'exact' }),
    ]);
    const { degrees, isExhaustive } = connection;
    const found = {
      degrees: degrees ?? undefined,
      isExhaustive,
      path: connection.path.map((step) => ({
        from: personRef(step.from),
        title: titleLine(step.title),
        to: personRef(step.to),
      })),
      note:
        degrees !== null
          ? undefined
          : isExhaustive
            ? 'No path exists by these titles.'
            : 'No path was found within the limits.',
    };
    return fitting(SHOWN, (limit) =>
      Promise.resolve({
        ...found,
        shared: { total, titles: items.slice(0, limit).map(sharedLine) },
      }),
    );
  },
});

function sharedLine({ people = [], ...title }: Item<SharedTitle>) {
  const roles = people.map((one) => `${one.nconst}: ${one.roles.join(', ')}`);
  return { ...titleLine(title), roles: roles.join('; ') };
}
