import type { FilmographyPage } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { FILM, freshApi, PERSON } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

type Credit = z.infer<typeof FilmographyPage>['items'][number];

const { weightedRating: _, ...RATED } = FILM;
const CREDIT: Credit = { ...RATED, ordering: 1, category: 'actress', job: null, characters: null };
const PILOT = {
  ...RATED,
  tconst: 'tt0000002',
  primaryTitle: 'Pilot',
  episodeOf: { tconst: 'tt0000009', primaryTitle: null, seasonNumber: 1, episodeNumber: 1 },
};

async function show(
  person: object,
  items: readonly Credit[],
  args: readonly string[] = [],
  next: string | null = null,
) {
  return marquee(
    {
      ...freshApi(),
      '/names/nm0000001': { ...PERSON, ...person },
      '/names/nm0000001/filmography': { items, next },
    },
    ['name', 'https://www.imdb.com/name/nm0000001/', ...args],
  );
}

const linesOf = ({ stdout }: { readonly stdout: string }) =>
  stdout.trimEnd().split('\n').slice(0, -2);

it('shows a person with all details, and each credit', async () => {
  expect(
    linesOf(
      await show({ knownFor: [RATED, PILOT] }, [
        { ...CREDIT, characters: ['Ada', 'Herself'], job: 'not shown' },
        { ...CREDIT, category: 'writer', job: 'novel' },
        {
          ...CREDIT,
          ...PILOT,
          startYear: null,
          averageRating: null,
          numVotes: null,
          category: null,
        },
        { tconst: 'tt0000003' },
      ]),
    ),
  ).toEqual([
    'Ada Winter (1930–1999)',
    'Actress · Writer',
    'Known for The Long Winter, Pilot (S1 E1 of tt0000009)',
    '',
    'ID         YEAR  TITLE            EPISODE             ROLE     AS            RATING   VOTES',
    'tt0000001  1977  The Long Winter                      Actress  Ada, Herself     7.1  12,345',
    'tt0000001  1977  The Long Winter                      Writer   novel            7.1  12,345',
    'tt0000002        Pilot            S1 E1 of tt0000009',
    'tt0000003',
  ]);
});

it('has no column for episodes if there are none', async () => {
  expect((await show({}, [CREDIT])).stdout).not.toContain('EPISODE');
});

it('shows a person without any details, and no table', async () => {
  const unknown = { primaryName: null, birthYear: null, deathYear: null, primaryProfession: null };
  expect(linesOf(await show(unknown, []))).toEqual(['nm0000001']);
});

describe('the credits', () => {
  it('are requested with the given options', async () => {
    const { api } = await show({}, []);
    expect(api.queriesOf('/names/nm0000001/filmography')).toEqual([{ limit: '30' }]);
    const sorted = await show(
      {},
      [],
      ['--category', 'director,writer', '--sort', 'votes', '-n', '5'],
    );
    expect(sorted.api.queriesOf('/names/nm0000001/filmography')).toEqual([
      { limit: '5', category: 'director,writer', sort: 'votes' },
    ]);
  });

  it('end with how to see more, if there are more', async () => {
    expect((await show({}, [CREDIT], [], 'x')).stderr).toContain(
      '--limit 150, --all, or --after x',
    );
    expect((await show({}, [CREDIT], ['-n', '100'], 'x')).stderr).toContain('--limit 200');
  });
});
