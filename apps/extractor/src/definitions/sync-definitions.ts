import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '@marquee/process/error-message';
import {
  hashOf,
  parseDefinition,
  shippedDefinitions,
  type SourceDefinition,
} from '@marquee/sources';
import type { Pool } from 'pg';

/** Called with problems that do not stop the work, in whole sentences. */
export type OnWarning = (message: string) => void;

/**
 * Writes the shipped definitions, and those in a folder, into the database. One in the folder
 * replaces a shipped one of the same id; one that came over the API stays.
 *
 * @param folder may be missing
 * @param onWarning called with files that are no definitions; what they defined before stays
 */
export async function syncDefinitions(
  pool: Pool,
  folder: string,
  onWarning: OnWarning,
): Promise<void> {
  const shipped = await shippedDefinitions();
  const own = await definitionsIn(folder, onWarning);
  const ownIds = new Set(own.map(({ id }) => id));
  for (const definition of shipped)
    if (!ownIds.has(definition.id)) await write(pool, definition, 'shipped');
  for (const definition of own) await write(pool, definition, 'folder');
}

async function definitionsIn(folder: string, onWarning: OnWarning): Promise<SourceDefinition[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const definitions = new Map<string, SourceDefinition>();
  for (const name of names.filter((each) => each.endsWith('.json')).sort()) {
    const path = join(folder, name);
    try {
      const definition = parseDefinition(JSON.parse(await readFile(path, 'utf8')));
      if (definition.id === 'imdb') throw new Error('the id imdb stands for IMDb’s datasets');
      if (definitions.has(definition.id))
        throw new Error(`another file defines ${definition.id} too`);
      definitions.set(definition.id, definition);
    } catch (error) {
      onWarning(`${path} is skipped: ${errorMessage(error)}`);
    }
  }
  return [...definitions.values()];
}

async function write(
  pool: Pool,
  definition: SourceDefinition,
  origin: 'shipped' | 'folder',
): Promise<void> {
  await pool.query(
    `insert into sources.source as s (id, definition, definition_hash, origin, priority)
     values ($1::text, $2::jsonb, $3::bytea, $4::text, $5::int)
     on conflict (id) do update
       set definition = excluded.definition, definition_hash = excluded.definition_hash,
         origin = excluded.origin, priority = excluded.priority, updated_at = now(), updated_by = null
       where s.origin <> 'api'
         and (s.definition_hash <> excluded.definition_hash or s.origin <> excluded.origin)`,
    [definition.id, JSON.stringify(definition), hashOf(definition), origin, definition.priority],
  );
}
