import { MADE_UP } from '@marquee/datasets';
import { type HashRandom, Purpose } from '../hash-random.ts';
import type { Film } from './films.ts';
import { toldYear } from './told-title.ts';

/** The share of films whose budget, and whose revenue, nobody knows; and of amounts of a few dollars. */
const BUDGET_UNKNOWN = 0.3;
const REVENUE_UNKNOWN = 0.15;
const IN_MILLIONS = 0.01;

/** The definition of the box office: a CSV file without ids, with money as people write it. */
export const BOX_OFFICE = {
  schema: 1,
  id: 'made-up-box-office',
  name: 'Made-up box office',
  description: 'Budgets, revenues, companies and countries of the films of the sample, made up.',
  licence: { ...MADE_UP.licence, republish: true },
  priority: 50,
  files: [
    {
      name: 'films',
      pattern: 'films*.csv*',
      format: 'csv',
      fields: {
        title: 'movie',
        releaseDate: { column: 'release_date', transforms: [{ date: 'MMM d, yyyy' }] },
        year: { column: 'release_date', transforms: [{ date: 'MMM d, yyyy' }, 'year'] },
        countries: { column: 'countries', transforms: [{ split: ',' }] },
        companies: [
          {
            name: { column: 'studios', transforms: [{ split: '/' }] },
            id: {
              column: 'studio_ids',
              transforms: [{ split: '/' }, { prefix: 'made-up:' }],
            },
          },
        ],
        budget: {
          amount: { column: 'production_budget', transforms: [{ empty: ['$0'] }, { money: {} }] },
          currency: 'USD',
        },
        revenue: {
          amount: { column: 'worldwide_gross', transforms: [{ empty: ['$0'] }, { money: {} }] },
          currency: 'USD',
        },
      },
    },
  ],
} as const;

const HEADER =
  'rank,release_date,movie,studios,studio_ids,countries,production_budget,worldwide_gross';
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const STUDIOS = [
  'Northlight Pictures',
  'Harbour & Sons',
  'Blue Heron Films',
  'Third Act',
  'Kestrel Features',
  'Lanternworks',
  'Paper Boat Pictures',
  'Atlas Reel',
  'Copperfield Street',
  'Studio Novembre',
  'Ostwind Film',
  'Marigold Motion',
] as const;
const COUNTRIES = ['US', 'GB', 'FR', 'DE', 'JP', 'IN', 'CA', 'IT', 'KR', 'SE'] as const;

/** The file of the box office. */
export function boxOffice(random: HashRandom, films: readonly Film[]): string {
  const lines = films.map((film, row) => {
    const studios = someOf(random, STUDIOS, Purpose.toldCompanies, row);
    const month = MONTHS[random.integer(Purpose.toldDate, row, 12)] ?? '';
    const date = `${month} ${1 + random.integer(Purpose.toldScore, row, 28)}, ${toldYear(random, film, row)}`;
    return [
      String((row % 100) + 1),
      date,
      film.title,
      studios.join('/'),
      studios.map((studio) => STUDIOS.indexOf(studio) + 1).join('/'),
      someOf(random, COUNTRIES, Purpose.toldCountry, row).join(','),
      ...money(random, film, row),
    ];
  });
  return `${HEADER}\n${lines.map((line) => `${line.map(quoted).join(',')}\n`).join('')}`;
}

/** Budget and revenue: films that more people have rated cost and earn more. */
function money(random: HashRandom, { votes }: Film, row: number): string[] {
  const budget =
    (1 + random.integer(Purpose.toldMoney, row, 40)) * 100_000 * Math.max(1, Math.log2(votes));
  const revenue = budget * (0.2 + random.fraction(Purpose.toldVotes, row) * 5);
  const isUnknown = random.fraction(Purpose.toldFault, row);
  const unit = random.chance(IN_MILLIONS, Purpose.toldAlone, row) ? 1_000_000 : 1;
  const format = (amount: number) => `$${Math.round(amount / unit).toLocaleString('en-US')}`;
  return [
    isUnknown < BUDGET_UNKNOWN ? '$0' : format(budget),
    isUnknown > 1 - REVENUE_UNKNOWN ? '$0' : format(revenue),
  ];
}

/** One to three elements of a list that follow each other. */
function someOf<T>(random: HashRandom, list: readonly T[], purpose: number, row: number): T[] {
  const from = random.integer(purpose, row, list.length);
  return list.slice(from, from + 1 + random.integer(purpose, -row - 1, 3));
}

/** A value of a CSV file, in quotes where it needs them. */
export function quoted(value: string): string {
  return /[",\n]/u.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
