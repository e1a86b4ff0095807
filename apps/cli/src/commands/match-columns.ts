import { open } from 'node:fs/promises';
import { quoted } from '@marquee/process';
import { usageError } from '../context/errors.ts';

/** Columns by their names, where they are not found by usual ones. */
export interface ColumnOptions {
  readonly title?: string;
  readonly year?: string;
  readonly id?: string;
  readonly idOf?: string;
  readonly director?: string;
  readonly runtime?: string;
  readonly type?: string;
}

type ColumnName = Exclude<keyof ColumnOptions, 'idOf'>;

/** The place of each column that a file has. */
export type Columns = Partial<Record<ColumnName | 'imdb' | 'tmdb', number>>;

/** Usual names of columns, without their case and signs. */
const USUAL = {
  title: [
    'title',
    'name',
    'film',
    'movie',
    'movietitle',
    'filmtitle',
    'primarytitle',
    'titel',
    'originaltitle',
  ],
  year: ['year', 'releaseyear', 'startyear', 'releasedate', 'released', 'date', 'jahr'],
  director: ['director', 'directors', 'directedby'],
  runtime: ['runtime', 'runtimeminutes', 'runtimemins', 'duration', 'length'],
  imdb: ['imdb', 'imdbid', 'tconst', 'const', 'ttid'],
  tmdb: ['tmdb', 'tmdbid'],
} as const satisfies Partial<Record<keyof Columns, readonly string[]>>;

const DELIMITERS = [',', ';', '\t', '|'] as const;
/** The header of a file is looked for in so many bytes. */
const HEAD_BYTES = 64 * 1024;
/** Longer texts than titles have are not searched for. */
const MAX_TITLE = 200;

/** What separates the columns of a file: what its first line has most of, outside of quotes. */
export async function sniffDelimiter(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const [line = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/u, 1);
    const bare = line.replaceAll(/"[^"]*"/gu, '');
    const countOf = (sign: string) => bare.split(sign).length;
    return DELIMITERS.reduce((best, sign) => (countOf(sign) > countOf(best) ? sign : best));
  } finally {
    await file.close();
  }
}

/**
 * The columns of a file: those that the options name, else those with usual names.
 *
 * @throws CliError 2 for a named column that is not there, and without titles and ids
 */
export function chooseColumns(
  header: readonly string[],
  options: ColumnOptions,
  path: string,
): Columns {
  const columns: Columns = {};
  const names = header.map(plain);
  for (const [column, usual] of Object.entries(USUAL) as [
    keyof typeof USUAL,
    readonly string[],
  ][]) {
    const [place] = usual.map((name) => names.indexOf(name)).filter((found) => found >= 0);
    if (place !== undefined) columns[column] = place;
  }
  for (const column of ['title', 'year', 'id', 'director', 'runtime', 'type'] as const) {
    const name = options[column];
    if (name === undefined) continue;
    const place = header.includes(name) ? header.indexOf(name) : names.indexOf(plain(name));
    if (place < 0)
      throw usageError(
        `--${column}: ${path} has no column ${quoted(name)}.`,
        `It has ${header.join(', ')}`,
      );
    columns[column] = place;
  }
  if ([columns.title, columns.id, columns.imdb, columns.tmdb].every((place) => place === undefined))
    throw usageError(
      `Which column of ${path} has the titles?`,
      `Name it: --title <column>. It has ${header.join(', ')}`,
    );
  return columns;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** A row as a line of `POST /match`. Values that cannot be what their column has are left out. */
export function descriptionOf(
  row: readonly string[],
  columns: Columns,
  { idOf }: ColumnOptions,
): Record<string, unknown> {
  const cell = (column: keyof Columns) => {
    const place = columns[column];
    return place === undefined ? '' : (row[place] ?? '').trim();
  };
  const ids = [
    idsOf(idOf ?? 'imdb', cell('id')),
    idsOf('imdb', cell('imdb')),
    idsOf('tmdb', cell('tmdb')),
  ].filter((id) => id !== '');
  const description = {
    title: cell('title').slice(0, MAX_TITLE),
    year: /(?<!\d)(?:1[89]\d\d|20\d\d|21\d\d)(?!\d)/u.exec(cell('year'))?.[0] ?? '',
    director: cell('director').split(/[,;|]/u, 1)[0]?.trim() ?? '',
    runtimeMinutes: /^[1-9]\d{0,4}/u.exec(cell('runtime'))?.[0] ?? '',
    type: cell('type'),
    ids: ids.join(','),
  };
  return {
    ...Object.fromEntries(Object.entries(description).filter(([, value]) => value !== '')),
    limit: 1,
  };
}

/** An id as `POST /match` takes it; empty for none. */
function idsOf(source: string, id: string): string {
  if (id === '' || /[\s,]/u.test(id)) return '';
  if (/^(?:mq\d+|https?:\/\/.*)$/iu.test(id)) return id;
  // IMDb's may stand without their letters
  return source === 'imdb' && !/^(?:tt)?\d+$/iu.test(id) ? '' : `${source}:${id}`;
}
