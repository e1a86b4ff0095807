import { Name, NameSummary, SharedTitlePage } from '@marquee/contract';
import { z } from 'zod';
import { fitting } from '../answer-size.ts';
import { personLine, TitleLine, titleLine } from '../lines.ts';
import { PERSON_ID, tool } from '../tool.ts';
import { countsOfPerson, PersonCounts } from './person.ts';

/** How many titles an answer has at most that all worked on, and best works of each. */
const SHOWN = { shared: 5, best: 3 };

/** Several people side by side. */
export const comparePeople = tool({
  name: 'compare_people',
  title: 'Compare people',
  description:
    'Puts two to five people side by side: years, works, episodes, roles, genres, first and last year, mean rating, votes, up to three most voted works; and how many titles all of them worked on, the most voted first, up to five. Counts are over all credits. An unknown id is an error; no shared titles: they never worked on one title together.',
  input: z.strictObject({
    people: z.array(PERSON_ID).min(2).max(5).describe('Ids of the people'),
  }),
  output: {
    people: z.array(PersonCounts),
    shared: z.object({ total: z.number(), titles: z.array(TitleLine) }),
  },
  answer: async (api, { people: ids }) => {
    const [first = '', ...others] = ids.map((id) => encodeURIComponent(id));
    const [people, shared] = await Promise.all([
      Promise.all(
        [first, ...others].map(async (id) => {
          const [name, summary] = await Promise.all([
            api.get(Name, `/names/${id}`),
            api.get(NameSummary, `/names/${id}/summary`),
          ]);
          return { ...personLine(name), ...countsOfPerson(summary) };
        }),
      ),
      api.get(SharedTitlePage, `/names/${first}/shared`, {
        with: ids.slice(1).join(','),
        limit: SHOWN.shared,
        total: 'exact',
      }),
    ]);
    const { items, total = items.length } = shared;
    // of five people with long titles, fewer fit
    return fitting(SHOWN.shared, (limit) =>
      Promise.resolve({
        people: people.map(({ best, ...person }) => ({
          ...person,
          best: best.slice(0, Math.min(SHOWN.best, limit)),
        })),
        shared: { total, titles: items.slice(0, limit).map(titleLine) },
      }),
    );
  },
});
