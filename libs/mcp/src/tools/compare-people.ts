import { Name, NameSummary, SharedTitlePage } from '@marquee/contract';
import { z } from 'zod';
import { personLine, TitleLine, titleLine } from '../lines.ts';
import { PERSON_ID, tool } from '../tool.ts';
import { countsOfPerson, PersonCounts } from './person.ts';

/** Several people side by side. */
export const comparePeople = tool({
  name: 'compare_people',
  title: 'Compare people',
  description:
    'Puts two to five people side by side: years, works, episodes, roles, genres, first and last year, mean rating, votes, the three most voted works; and the titles on which all of them worked. Counts are over all credits. An unknown id is an error; no shared titles: they never worked on one title together.',
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
          const counts = countsOfPerson(summary);
          return { ...personLine(name), ...counts, best: counts.best.slice(0, 3) };
        }),
      ),
      api.get(SharedTitlePage, `/names/${first}/shared`, {
        with: ids.slice(1).join(','),
        limit: 5,
        total: 'exact',
      }),
    ]);
    const { items, total = items.length } = shared;
    return { people, shared: { total, titles: items.map(titleLine) } };
  },
});
