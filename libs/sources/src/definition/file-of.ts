import type { FileDefinition, SourceDefinition } from './definition.ts';

/** The file of a definition whose pattern a file name fits; null when none does. */
export function fileOf({ files }: SourceDefinition, name: string): FileDefinition | null {
  return files.find(({ pattern }) => fitsPattern(pattern, name)) ?? null;
}

/** Whether a file name fits a pattern of a definition: * is any text, and case does not count. */
export function fitsPattern(pattern: string, name: string): boolean {
  const parts = pattern
    .split('*')
    .map((part) => part.replace(/[\\^$.+?()[\]{}|]/gu, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 'iu').test(name);
}
