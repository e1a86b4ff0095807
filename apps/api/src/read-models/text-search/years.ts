import { withFilter, type TextQuery } from './text-query.ts';
import type { TextKind } from './text-statements.ts';

/**
 * Whether a title is of a year, as SQL: it started in the year, or is a series that ran in it. A
 * series without a last year may still run.
 *
 * @param title a row of `imdb.title_basics`
 */
export function isOfYear(title: string, year: string): string {
  const lastYear = `case when ${title}.title_type in ('tvSeries', 'tvMiniSeries') then ${year} else ${title}.start_year end`;
  return `${year} between ${title}.start_year and coalesce(${title}.end_year, ${lastYear})`;
}

/** A query read as a title or a name with a year. */
export interface DatedText {
  readonly kind: TextKind;
  readonly text: string;
  readonly year: number;
}

const YEAR = String.raw`\d{4}`;
const WITH_YEAR = new RegExp(`^(.+) (${YEAR})$`, 'u');
const WITH_YEARS = new RegExp(`^(.+) (${YEAR}) ${YEAR}$`, 'u');
/** The years of titles. */
const FIRST_YEAR = 1870;
const LAST_YEAR = 2099;

/**
 * A text with a year after it, or with the years of a series: `Dark (2017)`, `The Flash 2014–2023`.
 * The years of a person are in brackets: `Ada Winterbourne (1930–1999)`.
 *
 * @param text the query in its normal form
 */
export function datedTexts(text: string, { q, kinds }: TextQuery): DatedText[] {
  return [WITH_YEAR, WITH_YEARS].flatMap((pattern) => {
    const [, dated, digits] = pattern.exec(text) ?? [];
    const year = Number(digits);
    if (dated === undefined) return [];
    const isOf = {
      title: year >= FIRST_YEAR && year <= LAST_YEAR,
      name: q.trimEnd().endsWith(')'),
    };
    return kinds.filter((kind) => isOf[kind]).map((kind) => ({ kind, text: dated, year }));
  });
}

/** The query with the year as a filter: of titles; of people, that of their birth or death. */
export function ofYear(query: TextQuery, { kind, year }: DatedText): TextQuery {
  return withFilter(
    query,
    kind,
    kind === 'title'
      ? {
          name: 'of year',
          joins: 'join imdb.title_basics dated on dated.tconst = hit.id',
          where: (first) => isOfYear('dated', `$${first}::int`),
          values: [year],
        }
      : {
          name: 'of year',
          joins: 'join imdb.name_basics dated on dated.nconst = hit.id',
          where: (first) => `$${first}::int in (dated.birth_year, dated.death_year)`,
          values: [year],
        },
  );
}
