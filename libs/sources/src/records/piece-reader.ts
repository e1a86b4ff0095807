import { createHash } from 'node:crypto';
import { SourceRecord } from '@marquee/contract';
import type { FileDefinition, SourceDefinition } from '../definition/definition.ts';
import { reject, type Reject, type Row } from '../rows/row.ts';
import { isEmpty, textOf } from '../transforms/compile-transforms.ts';
import { ValueError } from '../transforms/value-error.ts';
import { compileFields } from './compile-fields.ts';
import { compileValue, requiredColumns, type ReadValue } from './compile-value.ts';
import type { Piece } from './piece.ts';

/** The longest id of a record, in characters. */
const MAX_ID_LENGTH = 500;

/** Reads rows of one file of a definition. */
export interface PieceReader {
  readonly file: FileDefinition;
  /** The columns that the file must have. */
  readonly required: readonly string[];
  /** What a row tells; a reject when the row is not what the definition expects. */
  readonly read: (row: Row) => Piece | Reject;
}

/** Compiles a file of a definition. @param number which of its files */
export function pieceReader(definition: SourceDefinition, number: number): PieceReader {
  const { files, scales } = definition;
  const file = files[number];
  if (file === undefined) throw new RangeError(`${definition.id} has no file ${number}.`);
  const others = number === 0 ? files.slice(1).map(({ join }) => join?.on ?? []) : [];
  const there = others.map((on) => on.map((each) => each.there));
  const keys =
    number === 0 ? there.map(keyOf) : [keyOf((file.join?.on ?? []).map(({ here }) => here))];
  const fields = compileFields(file.fields, scales);
  const id = idReader(file, number);
  const read = (row: Row): Piece | Reject => {
    try {
      const parsed = SourceRecord.safeParse(fields(row.columns));
      if (!parsed.success) return rejectOf(row, describe(parsed.error.issues[0]));
      const content = { fields: parsed.data, raw: row.columns };
      return {
        file: number,
        line: row.line,
        id: id(row.columns, parsed.data),
        keys: keys.map((key) => key(row.columns)),
        content,
      };
    } catch (error) {
      if (error instanceof ValueError) return rejectOf(row, error.message);
      throw error;
    }
  };
  return { file, required: requiredColumns(file, there.flat()), read };
}

/** The files of definitions that have all columns they need in a header, as `source: file`. */
export function filesWithColumns(
  definitions: readonly SourceDefinition[],
  header: readonly string[],
): string[] {
  return definitions.flatMap((definition) =>
    definition.files.flatMap(({ name }, number) => {
      const { required } = pieceReader(definition, number);
      const fits = required.length > 0 && required.every((column) => header.includes(column));
      return fits ? [`${definition.id}: ${name}`] : [];
    }),
  );
}

function rejectOf({ line, columns }: Row, reason: string): Reject {
  return reject(line, JSON.stringify(columns), reason);
}

type SourceRecordIssue = Readonly<{ path: readonly PropertyKey[]; message: string }>;

function describe(issue: SourceRecordIssue | undefined): string {
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is not valid'}`;
}

/** Reads the id of a record; null for rows that only a partner gives one. */
function idReader(
  file: FileDefinition,
  number: number,
): (columns: Row['columns'], record: SourceRecord) => string | null {
  if (number > 0 && file.join?.otherwise !== 'record') return () => null;
  // ids of files may be equal by chance
  const prefix = number === 0 ? '' : `${file.name}:`;
  const { id } = file;
  if (id === undefined)
    return (_, { title, year, releaseDate }) => {
      if (isEmpty(title)) throw new ValueError(null, 'a title, as it has no id');
      const name = title.normalize('NFC').toLowerCase();
      return `${prefix}${hashOfNames([name, year ?? null, releaseDate ?? null])}`;
    };
  const read = compileValue(id);
  return (columns) => {
    const value = read(columns);
    if (isEmpty(value)) throw new ValueError(null, 'an id of the movie');
    const text = Array.isArray(value) ? hashOfNames(value) : textOf(value);
    if (text.length > MAX_ID_LENGTH)
      throw new ValueError(text, `an id of at most ${MAX_ID_LENGTH} characters`);
    return `${prefix}${text}`;
  };
}

/** A hash of what names a movie. */
function hashOfNames(names: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 24);
}

/** What rows are joined by, as one text; null where a part is empty. */
function keyOf(
  values: Parameters<typeof compileValue>[0][],
): (columns: Row['columns']) => string | null {
  const readers: ReadValue[] = values.map(compileValue);
  return (columns) => {
    const parts = readers.map((read) => read(columns));
    return parts.some(isEmpty) ? null : JSON.stringify(parts.map(textOf));
  };
}
