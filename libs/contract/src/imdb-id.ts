/** An IMDb id, and what it is the id of. */
export interface ImdbId {
  readonly kind: 'title' | 'name';
  /** In the form of the files: tt or nm, and at least seven digits. */
  readonly id: string;
}

/**
 * An id within a text: in any case, and not part of a longer word. Fewer than five digits are more
 * likely a title, such as TT3.
 */
const ID = /(?<![a-z\d])(tt|nm)(\d{5,20})(?![a-z\d])/iu;
const MIN_DIGITS = 7;
const MAX_DIGITS = 10;

/**
 * The first id that a text contains: an id in any case, with or without leading zeros; an address
 * at imdb.com; a file name such as `Dusk (2017) {imdb-tt1000001}`. The API, the site and the command
 * line all recognise ids by this.
 *
 * @returns null for a text without an id; a bare number is not an id
 */
export function imdbIdOf(text: string): ImdbId | null {
  const [, prefix = '', given = ''] = ID.exec(text) ?? [];
  const digits = given.replace(/^0+/u, '').padStart(MIN_DIGITS, '0');
  if (prefix === '' || digits.length > MAX_DIGITS) return null;
  const isTitle = prefix.toLowerCase() === 'tt';
  return { kind: isTitle ? 'title' : 'name', id: `${isTitle ? 'tt' : 'nm'}${digits}` };
}
