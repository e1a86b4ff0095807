import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceDefinition } from './definition.ts';
import { parseDefinition } from './parse-definition.ts';

/** Beside `src` and `dist`. */
const FOLDER = fileURLToPath(new URL('../../definitions', import.meta.url));

/** The definitions that come with the program, by id. */
export async function shippedDefinitions(): Promise<SourceDefinition[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const json: unknown = JSON.parse(await readFile(join(FOLDER, name), 'utf8'));
      return parseDefinition(json);
    }),
  );
}
