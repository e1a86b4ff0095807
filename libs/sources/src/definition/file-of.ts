import type { FileDefinition, SourceDefinition } from './definition.ts';

/** The file of a definition whose pattern a file name fits; null when none does. */
export function fileOf({ files }: SourceDefinition, name: string): FileDefinition | null {
  return files.find(({ pattern }) => matches(pattern, name)) ?? null;
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern
    .split('*')
    .map((part) => part.replace(/[\\^$.+?()[\]{}|]/gu, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 'iu').test(name);
}
