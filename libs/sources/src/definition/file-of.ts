import type { FileDefinition, SourceDefinition } from './definition.ts';

/** The file of a definition whose pattern a file name fits; null when none does. */
export function fileOf({ files }: SourceDefinition, name: string): FileDefinition | null {
  return files.find(({ pattern }) => fitsPattern(pattern, name)) ?? null;
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
