import { FoundNamePage, FoundTitlePage, SearchPage } from '@marquee/contract';
import { count } from '@marquee/terminal/format';
import type { Cell, Column } from '@marquee/terminal/table';
import type { z } from 'zod';
import type { Context } from '../context/context.ts';
import { CliError, EXIT } from '../context/errors.ts';
import { episodePosition } from '../output/episode.ts';
import { moreNote } from '../output/output.ts';
import { showAttribution } from './attribution.ts';
import { offerUpdate } from './offer-update.ts';

export interface SearchOptions {
  readonly kind?: 'title' | 'name';
  readonly limit: number;
  readonly type?: string;
  readonly genre?: string;
  readonly from?: number;
  readonly to?: number;
  readonly minRating?: number;
  readonly minVotes?: number;
  readonly profession?: string;
  readonly sort?: string;
}

const COLUMNS: readonly Column[] = [
  { head: 'ID' },
  { head: 'TITLE OR NAME', isFlexible: true },
  { head: 'WHAT', isFlexible: true },
  { head: 'YEAR' },
  { head: 'RATING', align: 'right' },
  { head: 'VOTES', align: 'right' },
];

/**
 * Searches titles and names by their text, and by filters if any is given.
 *
 * @throws CliError 3 if nothing is found
 */
export async function search(
  context: Context,
  words: readonly string[],
  options: SearchOptions,
): Promise<void> {
  await offerUpdate(context);
  const q = words.join(' ');
  const { page, rows } = await find(context, q, options);
  const { out } = context;
  if (out.isJson) out.json(page);
  else if (rows.length > 0) out.table(COLUMNS, rows);
  if (rows.length === 0)
    throw new CliError(`Nothing was found for “${q}”.`, {
      exitCode: EXIT.notFound,
      code: 'nothing-found',
      hint: 'Try fewer or other words; case, accents and punctuation do not matter.',
    });
  if (out.isJson) return;
  if (page.next !== null) out.note(moreNote(options.limit));
  await showAttribution(context);
}

interface FoundRows {
  readonly page: { readonly next: string | null };
  readonly rows: readonly (readonly Cell[])[];
}

async function find(
  { api }: Context,
  q: string,
  { kind, limit, type, genre, from, to, minRating, minVotes, profession, sort }: SearchOptions,
): Promise<FoundRows> {
  const titleFilters = {
    titleType: type,
    genre,
    startYearFrom: from,
    startYearTo: to,
    averageRatingFrom: minRating,
    numVotesFrom: minVotes,
  };
  const isFiltered = Object.values(titleFilters).some((value) => value !== undefined);
  if (profession !== undefined || (kind === 'name' && sort !== undefined)) {
    if (isFiltered || kind === 'title')
      throw new CliError('--profession filters names; the other filters are for titles.', {
        exitCode: EXIT.usage,
        code: 'usage',
      });
    const page = await api.get(FoundNamePage, '/names', { q, limit, profession, sort });
    return { page, rows: page.items.map(nameRow) };
  }
  if (isFiltered || sort !== undefined) {
    if (kind === 'name')
      throw new CliError('Names have no such filter, only --profession.', {
        exitCode: EXIT.usage,
        code: 'usage',
      });
    const page = await api.get(FoundTitlePage, '/titles', { q, limit, sort, ...titleFilters });
    return { page, rows: page.items.map(titleRow) };
  }
  const page = await api.get(SearchPage, '/search', { q, limit, kind });
  return { page, rows: page.items.map(foundRow) };
}

function foundRow({ id, title, name }: SearchPage['items'][number]): Cell[] {
  if (title) return titleRow(title);
  return name ? nameRow(name) : [id];
}

function titleRow({
  tconst,
  primaryTitle,
  episodeOf,
  titleType,
  startYear,
  endYear,
  averageRating,
  numVotes,
}: z.infer<typeof FoundTitlePage>['items'][number]): Cell[] {
  return [
    tconst,
    primaryTitle,
    episodePosition(episodeOf) ?? titleType,
    years(startYear, endYear),
    averageRating?.toFixed(1),
    count(numVotes),
  ];
}

function nameRow({
  nconst,
  primaryName,
  primaryProfession,
  birthYear,
  deathYear,
}: z.infer<typeof FoundNamePage>['items'][number]): Cell[] {
  return [
    nconst,
    primaryName,
    primaryProfession?.join(', '),
    lifetime(birthYear, deathYear),
    null,
    null,
  ];
}

/** The years of a title: `1977`, or `1977–1981`. */
export function years(start: number | null | undefined, end: number | null | undefined): string {
  return lifetime(start, end === start ? null : end);
}

/** The years of a person: `1930–1999`, or `1930` for a living one. */
export function lifetime(from: number | null | undefined, to: number | null | undefined): string {
  return [from ?? (to ? '?' : ''), to ?? ''].filter((year) => year !== '').join('–');
}
