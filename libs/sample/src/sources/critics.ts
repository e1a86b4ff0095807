import { MADE_UP } from '@marquee/datasets';
import { type HashRandom, Purpose } from '../hash-random.ts';
import type { Film } from './films.ts';
import { toldTitle, toldYear, unknownTitle } from './told-title.ts';

/** The share of films that have been made a second time, of rows without a year, and of broken ones. */
const REMADE = 0.02;
const WITHOUT_YEAR = 0.02;
const BROKEN = 0.004;
/** One film in so many is one that IMDb does not know. */
const UNKNOWN_EACH = 16;

/** The definition of the critics: a TSV file without ids of IMDb. */
export const CRITICS = {
  schema: 1,
  id: 'made-up-critics',
  name: 'Made-up critics',
  description: 'Reviews of the films of the sample, made up: titles as critics write them, no ids.',
  licence: { ...MADE_UP.licence, republish: true },
  priority: 40,
  scales: { critics: { min: 0, max: 100, kind: 'critics' } },
  files: [
    {
      name: 'reviews',
      pattern: 'reviews*.tsv*',
      format: 'tsv',
      id: 'no',
      fields: {
        title: { column: 'film', transforms: ['article'] },
        year: { column: 'year', transforms: ['integer'] },
        runtimeMinutes: { column: 'minutes', transforms: ['integer'] },
        people: [
          { name: { column: 'directed by', transforms: [{ split: ';' }] }, role: 'director' },
        ],
        certificate: { column: 'rated', transforms: [{ empty: ['NR'] }] },
        tagline: 'verdict',
        ratings: [
          {
            name: 'critics',
            value: { column: 'score', transforms: ['integer'] },
            votes: { column: 'reviews', transforms: ['integer'] },
          },
        ],
      },
    },
  ],
} as const;

const HEADER = ['no', 'film', 'year', 'directed by', 'minutes', 'rated', 'score', 'reviews'];
const RATED = ['G', 'PG', 'PG-13', 'R', 'NR'] as const;
const VERDICTS = [
  'Worth the evening.',
  'Two hours of weather.',
  'The dog carries it.',
  'Better with the sound off.',
  'A small, exact film.',
] as const;

/** The file of the critics. */
export function critics(random: HashRandom, films: readonly Film[]): string {
  const lines = films.flatMap((film, row) => {
    const line = [
      String(row + 1),
      toldTitle(random, film, row),
      random.chance(WITHOUT_YEAR, Purpose.toldDate, row) ? '' : String(toldYear(random, film, row)),
      film.directors.join('; '),
      film.minutes === null ? '' : String(film.minutes + random.integer(Purpose.toldMoney, row, 3)),
      ...opinion(random, film.rating, row),
    ];
    // a line that ends in the middle
    if (random.chance(BROKEN, Purpose.toldFault, row)) return [line.slice(0, 3)];
    return [
      line,
      ...(random.chance(REMADE, Purpose.toldAlone, row) ? [remake(random, film, row)] : []),
      ...(row % UNKNOWN_EACH === UNKNOWN_EACH - 1 ? [unknown(random, row)] : []),
    ];
  });
  return [[...HEADER, 'verdict'], ...lines].map((line) => `${line.join('\t')}\n`).join('');
}

/** Another film of the same title, which IMDb does not know. */
function remake(random: HashRandom, film: Film, row: number): string[] {
  const year = film.year + 11 + random.integer(Purpose.toldYear, row, 20);
  return [
    `r${row + 1}`,
    film.title,
    String(year),
    'Somebody Else',
    '',
    ...opinion(random, film.rating - 2, row),
  ];
}

function unknown(random: HashRandom, row: number): string[] {
  const number = Math.floor(row / UNKNOWN_EACH);
  const year = 1950 + random.integer(Purpose.toldYear, row, 70);
  return [
    `u${row + 1}`,
    unknownTitle(number),
    String(year),
    'Nobody Known',
    '88',
    ...opinion(random, 6, row),
  ];
}

/** Rating, score, number of reviews and verdict. */
function opinion(random: HashRandom, rating: number, row: number): string[] {
  const score = rating * 10 + random.integer(Purpose.toldScore, row, 30) - 15;
  return [
    random.pick(RATED, Purpose.toldCountry, row),
    String(Math.round(Math.min(100, Math.max(0, score)))),
    String(5 + random.integer(Purpose.toldVotes, row, 200)),
    random.pick(VERDICTS, Purpose.toldCompanies, row),
  ];
}
