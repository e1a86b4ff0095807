import { hashOf, type SourceDefinition } from '@marquee/sources';
import type { DataSource } from 'typeorm';
import { ProblemException } from '../../problems/problem-exception.ts';

/** A stored source, as far as a change of it matters. */
interface StoredSource {
  readonly origin: 'shipped' | 'folder' | 'api';
  readonly hash: Buffer;
}

/** The change that a definition makes. */
export interface DefinitionChange {
  readonly isNew: boolean;
  readonly isChanged: boolean;
}

/**
 * What storing a definition would change.
 *
 * @throws ProblemException 409 for a source that is shipped, or defined by a file
 */
export async function compareDefinition(
  dataSource: DataSource,
  definition: SourceDefinition,
): Promise<DefinitionChange> {
  const stored = await readStored(dataSource, definition.id);
  if (stored === null) return { isNew: true, isChanged: true };
  if (stored.origin !== 'api') throw notOfTheApi(definition.id, stored.origin);
  return { isNew: false, isChanged: !stored.hash.equals(hashOf(definition)) };
}

/**
 * Adds a source, or replaces its definition.
 *
 * @param by who does it
 * @throws as {@link compareDefinition} does
 */
export async function storeDefinition(
  dataSource: DataSource,
  definition: SourceDefinition,
  by: string,
): Promise<DefinitionChange> {
  const change = await compareDefinition(dataSource, definition);
  if (change.isChanged)
    await dataSource.query(
      `insert into sources.source as old (id, definition, definition_hash, origin, priority, updated_by)
       values ($1::text, $2::jsonb, $3::bytea, 'api', $4::int4, $5::text)
       on conflict (id) do update
         set definition = excluded.definition, definition_hash = excluded.definition_hash, priority = excluded.priority,
           updated_at = now(), updated_by = excluded.updated_by
         where old.origin = 'api'`,
      [definition.id, JSON.stringify(definition), hashOf(definition), definition.priority, by],
    );
  return change;
}

/**
 * Removes a source that was added over the API and has no deliveries.
 *
 * @returns whether there was one
 * @throws ProblemException 409 for another one
 */
export async function removeSource(dataSource: DataSource, id: string): Promise<boolean> {
  const stored = await readStored(dataSource, id);
  if (stored === null) return false;
  if (stored.origin !== 'api') throw notOfTheApi(id, stored.origin);
  const removed = await dataSource.query<[object[], number]>(
    `delete from sources.source s
     where s.id = $1::text and s.origin = 'api'
       and not exists (select from sources.delivery d where d.source = s.id)
       and not exists (select from sources.decision d where d.source = s.id)`,
    [id],
  );
  if (removed[1] > 0) return true;
  throw new ProblemException({
    status: 409,
    code: 'source-in-use',
    detail: `The source ${id} has deliveries or decisions, which stay on record.`,
    hint: `To be rid of its records, take its deliveries back: POST /sources/${id}/deliveries/{delivery}/withdraw.`,
  });
}

async function readStored(dataSource: DataSource, id: string): Promise<StoredSource | null> {
  const [stored] = await dataSource.query<StoredSource[]>(
    'select origin, definition_hash as hash from sources.source where id = $1::text',
    [id],
  );
  return stored ?? null;
}

function notOfTheApi(id: string, origin: 'shipped' | 'folder'): ProblemException {
  return new ProblemException({
    status: 409,
    code: `source-${origin}`,
    detail:
      origin === 'shipped'
        ? `The source ${id} is shipped with the program, and its definition does not change here.`
        : `The definition of the source ${id} is a file in the folder of definitions.`,
    hint:
      origin === 'shipped'
        ? 'Give your source another id; its priority decides which one rules prefer.'
        : 'Change or remove that file: the extractor follows it.',
  });
}
