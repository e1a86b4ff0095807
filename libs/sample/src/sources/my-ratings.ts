import { MADE_UP } from '@marquee/datasets';
import { type HashRandom, Purpose } from '../hash-random.ts';
import { quoted } from './box-office.ts';
import type { Film } from './films.ts';

/** The share of films that somebody has rated in parts, and not as a whole. */
const IN_PARTS_ALONE = 0.1;
const NOT_SEEN = 0.15;

/** The definition of somebody's own ratings: docs/sources.md explains it line by line. */
export const MY_RATINGS = {
  schema: 1,
  id: 'my-ratings',
  name: 'My ratings (made up)',
  description: 'A CSV file of one’s own, made up for the demo.',
  licence: { ...MADE_UP.licence, republish: true },
  priority: 10,
  scales: { mine: { min: 0, max: 10, kind: 'own' } },
  files: [
    {
      name: 'ratings',
      pattern: 'ratings*.csv*',
      format: 'csv',
      id: 'IMDb',
      fields: {
        ids: { imdb: { column: 'IMDb', transforms: ['imdb-id'] } },
        title: 'Title',
        year: { column: 'Year', transforms: ['integer'] },
        watched: { column: 'Seen', transforms: ['boolean'] },
        ratings: [{ name: 'mine', value: { column: 'Rating', transforms: [{ number: {} }] } }],
        cRatings: {
          performance: { scale: 'mine', value: { column: 'Acting', transforms: [{ number: {} }] } },
          soundtrack: { scale: 'mine', value: { column: 'Music', transforms: [{ number: {} }] } },
          screenplay: { scale: 'mine', value: { column: 'Script', transforms: [{ number: {} }] } },
        },
      },
    },
  ],
} as const;

/** The file of somebody's own ratings. */
export function myRatings(random: HashRandom, films: readonly Film[]): string {
  const lines = films.map((film, row) => {
    const rating = (purpose: number, share: number) =>
      random.chance(share, purpose, row)
        ? Math.round((film.rating + random.fraction(purpose, -row - 1) * 4 - 2) * 2) / 2
        : null;
    const isSeen = !random.chance(NOT_SEEN, Purpose.toldFault, row);
    const written = (value: number | null) =>
      value === null || !isSeen ? '' : String(Math.min(10, Math.max(0, value)));
    return [
      idAsWritten(film.tconst, row),
      film.title,
      String(film.year),
      written(rating(Purpose.toldScore, 1 - IN_PARTS_ALONE)),
      written(rating(Purpose.toldVotes, 0.6)),
      written(rating(Purpose.toldMoney, 0.4)),
      written(rating(Purpose.toldDate, 0.5)),
      isSeen ? 'yes' : 'no',
    ];
  });
  return `IMDb,Title,Year,Rating,Acting,Music,Script,Seen\n${lines
    .map((line) => `${line.map(quoted).join(',')}\n`)
    .join('')}`;
}

/** People copy ids from addresses, and lose what stands before the digits. */
function idAsWritten(tconst: string, row: number): string {
  if (row % 9 === 4) return `https://www.imdb.com/title/${tconst}/`;
  return row % 9 === 7 ? tconst.slice(2) : tconst;
}
