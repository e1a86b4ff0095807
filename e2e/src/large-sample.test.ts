import { expect, it } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const days = useDays({ titles: 100_000, days: 1 });
const system = useSharedSystem(() => ({ files: days.day(0) }));

it(
  'publishes 100,000 titles with all their rows, equal in every column',
  { tags: ['long'] },
  async () => {
    const run = await system.run('/updatedata');
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    await expectAllPublished(system.database.pool, days.day(0));
    // edge cases of the sample that a careless loader loses
    const { rows } = await system.database.pool.query<Record<string, boolean>>(`
    select
      exists (select from imdb.title_basics where primary_title like '%"%') as quotes,
      exists (select from imdb.title_basics where primary_title like '%\\\\%') as backslashes,
      exists (select from imdb.title_basics where primary_title ~ '[^\\u0020-\\u024f]') as scripts,
      exists (select from imdb.title_akas where cardinality(types) > 1 or cardinality(attributes) > 1) as lists,
      exists (select from imdb.title_akas where region = 'NA') as namibia,
      exists (select from imdb.title_principals p, unnest(p.characters) as c where c like '%"%') as quoted_characters,
      exists (select from imdb.name_basics where primary_profession = '{}') as empty_lists,
      exists (select from imdb.name_basics where primary_profession is null) as nulls,
      exists (select from imdb.title_basics where length(tconst) = 10) as long_ids`);
    expect(Object.entries(rows[0] ?? {}).filter(([, there]) => !there)).toEqual([]);
  },
);
