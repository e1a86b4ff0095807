import type { FileDefinition, SourceDefinition } from './definition.ts';

type Format = FileDefinition['format'];

/** The formats that a file with an extension can have. */
const FORMATS: Readonly<Record<string, readonly Format[]>> = {
  csv: ['csv'],
  tsv: ['tsv'],
  json: ['json', 'ndjson'],
  ndjson: ['ndjson'],
  jsonl: ['ndjson'],
  nfo: ['nfo'],
  tar: ['nfo'],
  tgz: ['nfo'],
};

/** The file of a definition that a file name fits; null when none does. */
export function fileOf({ files }: SourceDefinition, name: string): FileDefinition | null {
  return files.find((file) => fitsName(file, name)) ?? null;
}

/**
 * Whether a file name fits the pattern of a file, and its extension the format. A pattern with an
 * extension of its own decides alone: some publishers call tables with tabs `.csv`.
 */
export function fitsName(
  { pattern, format }: Pick<FileDefinition, 'pattern' | 'format'>,
  name: string,
): boolean {
  if (!fitsPattern(pattern, name)) return false;
  if (/\.[a-z]/iu.test(pattern)) return true;
  const [, extension = ''] = /\.([a-z]+)(?:\.gz)?$/iu.exec(name) ?? [];
  const formats = FORMATS[extension.toLowerCase()];
  // other extensions than its own say nothing of a table, but much of a library
  return formats?.includes(format) ?? format !== 'nfo';
}

/**
 * Whether a file has a name that a pattern stands for, in which * is any text. No regular expression:
 * many asterisks would make it take for ever.
 */
export function fitsPattern(pattern: string, name: string): boolean {
  const [begin = '', ...parts] = pattern.toLowerCase().split('*');
  const text = name.toLowerCase();
  const end = parts.pop();
  if (end === undefined) return text === begin;
  if (!text.startsWith(begin)) return false;
  let from = begin.length;
  for (const part of parts) {
    const found = text.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return text.length - end.length >= from && text.endsWith(end);
}
