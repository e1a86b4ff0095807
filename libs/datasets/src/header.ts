import { DATASET_NAMES, definitionOf, headerOf, type DatasetName } from './datasets.ts';

/** A first line that is longer is no header, in bytes. IMDb's longest has 90. */
export const MAX_HEADER = 4096;
/** How much of a name a message shows, in characters. */
const MAX_NAME = 40;
/** How many names, and how many differences, a message lists. */
const MAX_LISTED = 6;

/** A header under which a dataset's file can be loaded. */
export interface KnownHeader {
  readonly isKnown: true;
  /** The file's columns in its order: those of the dataset, then those that were added. */
  readonly columns: readonly string[];
  /** Columns behind those of the dataset. Each line has as many fields as there are columns. */
  readonly added: readonly string[];
}

/** A first line that is not the dataset's header. */
export interface OtherHeader {
  readonly isKnown: false;
  /**
   * What differs, to follow "it is not title.ratings by its first line: ". Invisible characters are
   * escaped, long names are cut.
   */
  readonly differs: string;
}

/**
 * Compares the first line of a file with a dataset's header. A byte order mark before it and a
 * carriage return at its end are taken, and so are columns behind the known ones.
 *
 * @param line the first line without its newline; of one that is longer than {@link MAX_HEADER},
 *   its first bytes, more than that many
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
  // of two columns with one name nobody can tell which is meant
  const unclear = added.find(
    (name, at) => name === '' || columns.indexOf(name) < known.length + at,
  );
  if (unclear === undefined) return { isKnown: true, columns, added };
  const at = columns.lastIndexOf(unclear) + 1;
  return other(
    unclear === '' ? `column ${at} has no name` : `column ${at} is ${shown(unclear)} once more`,
  );
}

/**
 * What to say of columns that were added, to people who read of a run; null when there are none.
 */
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

/** @param known columns of the dataset, of which one at least is not where it should be */
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

/** An unknown column before a known one, unless it stands in the place of one that is missing. */
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

/** A name in quotes, with every character that cannot be seen escaped. */
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
