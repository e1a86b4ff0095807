import type { OmdbTitle } from './shapes.ts';

export type OmdbType = OmdbTitle['Type'];

/** A request's parameters. Like OMDb, everything that is not understood is ignored. */
export interface OmdbParameters {
  readonly i: string | null;
  readonly t: string | null;
  readonly s: string | null;
  readonly type: string | null;
  readonly year: number | null;
  readonly season: number | null;
  readonly episode: number | null;
  readonly page: number;
  readonly r: string;
}

/** No title is longer. */
const MAX_TEXT = 500;

/** Parses the parameters: names are case-insensitive, and the first of several values counts. */
export function readOmdbParameters(query: Readonly<Record<string, unknown>>): OmdbParameters {
  const given = new Map<string, string>();
  for (const [name, value] of Object.entries(query)) {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string' && !given.has(name.toLowerCase()))
      given.set(name.toLowerCase(), first.trim());
  }
  const text = (name: string): string | null => {
    const value = given.get(name)?.replaceAll('\0', '').slice(0, MAX_TEXT) ?? '';
    return value === '' ? null : value;
  };
  const number = (name: string, form: RegExp): number | null => {
    const [found] = form.exec(given.get(name) ?? '') ?? [];
    return found === undefined ? null : Number(found);
  };
  return {
    i: text('i'),
    t: text('t'),
    s: text('s'),
    type: text('type')?.toLowerCase() ?? null,
    // the first of a series' years too, in the form in which responses have them
    year: number('y', /^\d{4}(?!\d)/u),
    season: number('season', /^\d{1,6}$/u),
    episode: number('episode', /^\d{1,6}$/u),
    page: number('page', /^-?\d{1,6}$/u) ?? 1,
    r: text('r')?.toLowerCase() ?? 'json',
  };
}
