import { DATASET_NAMES, definitionOf, headerOf, type DatasetName } from './datasets.ts';

/** The most bytes of a header; a longer first line is none. IMDb's longest has 90. */
export const MAX_HEADER = 4096;
/** The most characters of a name in a message. */
const MAX_NAME = 40;
/** The most names, and the most differences, in a message. */
const MAX_LISTED = 6;

/** A header under which a dataset's file can be loaded. */
export interface KnownHeader {
  readonly isKnown: true;
  /** The file's columns in order: those of the dataset, then the added ones. */
  readonly columns: readonly string[];
  /** Columns after those of the dataset. Each line has one field for each column. */
  readonly added: readonly string[];
}

/** A first line that is not the dataset's header. */
export interface OtherHeader {
  readonly isKnown: false;
  /**
   * The difference, as the continuation of "it is not title.ratings by its first line: ". Invisible
   * characters are escaped, long names are cut.
   */
  readonly differs: string;
}

/**
 * Compares the first line of a file with a dataset's header. Accepts a byte order mark before it, a
 * carriage return at its end, and added columns after the known ones.
 *
 * @param line the first line without its newline; of a line longer than {@link MAX_HEADER}, more
 *   than that many of its first bytes
 */
export function compareHeader(dataset: DatasetName, line: Uint8Array): KnownHeader | OtherHeader {
  if (line.length > MAX_HEADER) {
    const start = new TextDecoder().decode(line.subarray(0, MAX_HEADER));
    return other(`it does not end within ${MAX_HEADER} bytes, and starts with ${shown(start)}`);
  }
  const text = decode(line);
  if (text === null) return other('it is not text in UTF-8');
  const header = text.replace(/^\ufeff/u, '').replace(/\r$/u, '');
  if (header === '') return other('it is empty');
  const columns = header.split('\t');
  const known = columnsOf(dataset);
  const added = columns.slice(known.length);
  if (!known.every((name, at) => name === columns[at]))
    return other(differenceOf(dataset, known, columns));
  // with two columns of one name it is unclear which is meant
  const unclear = added.find(
    (name, at) => name === '' || columns.indexOf(name) < known.length + at,
  );
  if (unclear === undefined) return { isKnown: true, columns, added };
  const at = columns.lastIndexOf(unclear) + 1;
  return other(
    unclear === '' ? `column ${at} has no name` : `column ${at} is ${shown(unclear)} once more`,
  );
}

/** A note about added columns, for a run's steps; null when there are none. */
export function noteOnAdded({ added }: KnownHeader): string | null {
  if (added.length === 0) return null;
  const which = added.length === 1 ? 'a column' : `${added.length} columns`;
  return `the file has ${which} that this version does not know and leaves out: ${listed(added)}`;
}

function other(differs: string): OtherHeader {
  return { isKnown: false, differs };
}

function columnsOf(dataset: DatasetName): string[] {
  return definitionOf(dataset).columns.map(({ name }) => name);
}

function decode(line: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return null;
  }
}

/** @param known columns of the dataset, at least one of which is not in its place */
function differenceOf(
  dataset: DatasetName,
  known: readonly string[],
  columns: readonly string[],
): string {
  const owner = DATASET_NAMES.find(
    (name) => name !== dataset && headerOf(name) === columns.join('\t'),
  );
  if (owner !== undefined) return `it is the header of ${owner}`;
  if (!known.some((name) => columns.includes(name)))
    return `it has ${listed(columns)} where ${listed(known)} were expected`;
  const differences = [
    ...known.flatMap((name, at) => missing(known, columns, name, at)),
    ...columns.flatMap((name, at) => inserted(known, columns, name, at)),
  ];
  if (differences.length === 0) differences.push(...moved(known, columns));
  return joined(differences, '; ');
}

function missing(
  known: readonly string[],
  columns: readonly string[],
  name: string,
  at: number,
): string[] {
  if (columns.includes(name)) return [];
  const found = columns[at];
  const where = `${shown(name)}, expected as column ${at + 1}, is not there`;
  return found === undefined || known.includes(found)
    ? [where]
    : [`${where}: ${shown(found)} stands in its place`];
}

/** An unknown column before a known one, unless it is in the place of a missing one. */
function inserted(
  known: readonly string[],
  columns: readonly string[],
  name: string,
  at: number,
): string[] {
  if (known.includes(name)) return [];
  const replaced = known[at];
  if (replaced !== undefined && !columns.includes(replaced)) return [];
  const next = columns.slice(at + 1).find((later) => known.includes(later));
  return next === undefined
    ? []
    : [`${shown(name)}, which is not known, stands as column ${at + 1} before ${shown(next)}`];
}

function moved(known: readonly string[], columns: readonly string[]): string[] {
  return known.flatMap((name, at) =>
    columns[at] === name
      ? []
      : [`column ${at + 1} is ${shown(columns[at] ?? '')} where ${shown(name)} was expected`],
  );
}

function listed(names: readonly string[]): string {
  return joined(
    names.map((name) => shown(name)),
    ', ',
  );
}

function joined(parts: readonly string[], separator: string): string {
  const rest = parts.length - MAX_LISTED;
  return rest > 0
    ? [...parts.slice(0, MAX_LISTED), `and ${rest} more`].join(separator)
    : parts.join(separator);
}

/** A name in quotes, with invisible characters escaped. */
function shown(name: string): string {
  const characters = Array.from(name);
  const start = characters.slice(0, MAX_NAME).join('');
  const visible = JSON.stringify(start).replaceAll(/[\p{C}\p{Z}]/gu, (character) =>
    character === ' ' ? ' ' : escaped(character),
  );
  return characters.length > MAX_NAME ? `${visible.slice(0, -1)}…"` : visible;
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
