import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, matchesGlob } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { SourceRecord } from '@marquee/contract';
import {
  isReject,
  mergePieces,
  parseDefinition,
  piecesOf,
  shippedDefinitions,
  type SourceDefinition,
} from '@marquee/sources';
import type { Pool } from 'pg';

/** A record whose ids are kept apart, as the truth that matching is compared with. */
export interface BenchRecord {
  readonly id: string;
  readonly record: SourceRecord;
  readonly ids: Readonly<Record<string, string>>;
}

/** Columns of IMDb's files that are read, with the statement that each file is stored by. */
const IMDB_FILES = {
  'title.basics': `
    insert into imdb.title_basics (tconst, title_type, primary_title, original_title, start_year, end_year, runtime_minutes, genres)
    select r ->> 0, r ->> 1, r ->> 2, r ->> 3, (r ->> 5)::int, (r ->> 6)::int, (r ->> 7)::int, string_to_array(r ->> 8, ',')
    from jsonb_array_elements($1::jsonb) as r on conflict do nothing`,
  'title.akas': `
    insert into imdb.title_akas (title_id, ordering, title)
    select r ->> 0, (r ->> 1)::int, r ->> 2 from jsonb_array_elements($1::jsonb) as r on conflict do nothing`,
  'title.ratings': `
    insert into imdb.title_ratings
    select r ->> 0, (r ->> 1)::numeric, (r ->> 2)::int from jsonb_array_elements($1::jsonb) as r on conflict do nothing`,
  'title.crew': `
    insert into imdb.title_crew (tconst, directors)
    select r ->> 0, string_to_array(r ->> 1, ',') from jsonb_array_elements($1::jsonb) as r on conflict do nothing`,
  'name.basics': `
    insert into imdb.name_basics (nconst, primary_name)
    select r ->> 0, r ->> 1 from jsonb_array_elements($1::jsonb) as r on conflict do nothing`,
} as const;
const IMDB_SETS = ['titles-500', 'titles-75', 'movies-2022'];

/** Fills IMDb's tables with the real sets below a folder. */
export async function loadImdbSets(pool: Pool, folder: string): Promise<void> {
  for (const set of IMDB_SETS)
    for (const [name, statement] of Object.entries(IMDB_FILES)) {
      const content = await readFile(join(folder, 'imdb', set, `${name}.tsv.gz`)).catch(() => null);
      if (content === null) continue;
      const [, ...lines] = gunzipSync(content).toString().trimEnd().split('\n');
      const rows = lines.map((line) =>
        line.split('\t').map((value) => (value === '\\N' ? null : value)),
      );
      await pool.query(statement, [JSON.stringify(rows)]);
    }
}

/** The records of a source, by its shipped definition or by one in a file. */
export async function readSource(folder: string, name: string): Promise<BenchRecord[]> {
  const definition = name.endsWith('.json')
    ? parseDefinition(JSON.parse(await readFile(name, 'utf8')))
    : (await shippedDefinitions()).find(({ id }) => id === name);
  if (definition === undefined) throw new Error(`No definition has the id ${name}.`);
  // patterns of several sources may fit a file: its folder tells them apart
  const paths = (await filesBelow(join(folder, 'sources'))).sort(
    (a, b) => Number(isFolderOf(definition, b)) - Number(isFolderOf(definition, a)),
  );
  const rows = await Promise.all(
    definition.files.map(async (file, number) => {
      const path = paths.find((one) => matchesGlob(basename(one), file.pattern));
      return path === undefined || file.join?.many === true
        ? []
        : piecesIn(definition, number, path);
    }),
  );
  const [first = [], ...others] = rows;
  return first.map((piece, line) => {
    const joined = others.flatMap((pieces, i) =>
      pieces.filter(({ keys: [key] }) => key !== null && key === piece.keys[i]),
    );
    const id = piece.id ?? String(line).padStart(6, '0');
    const { record } = mergePieces(definition, id, [piece, ...joined]).record;
    const { ids = {}, ...told } = record;
    return { id, record: told, ids };
  });
}

async function piecesIn(definition: SourceDefinition, number: number, path: string) {
  const pieces = [];
  for await (const piece of piecesOf(definition, number, createReadStream(path), () => undefined))
    if (!isReject(piece)) pieces.push(piece);
  return pieces;
}

function isFolderOf({ id }: SourceDefinition, path: string): boolean {
  return basename(dirname(path)) === id;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
