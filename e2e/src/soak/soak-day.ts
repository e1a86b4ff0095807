import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Run, RunAccepted } from '@marquee/contract';
import { DATASET_NAMES, fileNameOf } from '@marquee/datasets';
import type { Pool } from 'pg';
import { comparePublished } from '../compare-published.ts';
import { waitUntil } from '../faults/machine.ts';
import { UNMERGED } from '../unmerged.ts';
import type { SoakStack } from './soak-stack.ts';

/** The source whose file is delivered each day. */
const SOURCE = {
  schema: 1,
  id: 'soak',
  name: 'Soak',
  licence: { name: 'Made up', republish: true },
  scales: { soak: { min: 0, max: 10, kind: 'own' } },
  files: [
    {
      name: 'films',
      pattern: 'films*.csv',
      format: 'csv',
      id: 'id',
      fields: {
        ids: { imdb: { column: 'id', transforms: ['imdb-id'] } },
        title: 'title',
        ratings: [{ name: 'soak', value: { column: 'rating', transforms: [{ number: {} }] } }],
      },
    },
  ],
};

/** Titles in the file of a day. */
const FILMS = 400;

/** A title of the sample. */
export interface SoakFilm {
  readonly id: string;
  readonly title: string;
}

/** Titles that are on all days of a sample, without characters that CSV quotes. */
export async function readFilms(folders: readonly string[]): Promise<SoakFilm[]> {
  const days = await Promise.all(
    folders.map(async (folder) => {
      const file = gunzipSync(await readFile(join(folder, fileNameOf('title.basics')))).toString();
      const lines = file.split('\n').slice(1, -1);
      return new Map(
        lines.map((line) => line.split('\t')).map(([id = '', , title = '']) => [id, title]),
      );
    }),
  );
  const [first = new Map<string, string>()] = days;
  return [...first]
    .filter(([id, title]) => !/[",]/u.test(title) && days.every((day) => day.has(id)))
    .map(([id, title]) => ({ id, title }))
    .slice(0, FILMS);
}

/** The rows of a day: ratings change, and every fortieth film is missing, each day another. */
function rowsOf(films: readonly SoakFilm[], day: number): { film: SoakFilm; rating: number }[] {
  return films
    .map((film, i) => ({ film, rating: (i + day) % 11 }))
    .filter((_, i) => i % 40 !== day % 40);
}

/** Makes the source. */
export async function addSource(stack: SoakStack): Promise<void> {
  await stack.askUntilAnswered('PUT', '/sources/soak', JSON.stringify(SOURCE));
}

/** Delivers the file of a day. */
export async function deliver(
  stack: SoakStack,
  films: readonly SoakFilm[],
  day: number,
): Promise<void> {
  const lines = rowsOf(films, day).map(({ film, rating }) => `${film.id},${film.title},${rating}`);
  await stack.askUntilAnswered(
    'POST',
    '/sources/soak/deliveries?file=films&name=films.csv',
    `id,title,rating\n${lines.join('\n')}\n`,
    'application/octet-stream',
  );
}

/** Updates until an update succeeds: one whose process died goes on, or fails. */
export async function update(stack: SoakStack, force: true | 'full'): Promise<void> {
  for (let attempts = 1; ; attempts++) {
    const { id } = RunAccepted.parse(
      await stack.askUntilAnswered('POST', '/updatedata', JSON.stringify({ force })),
    );
    const run = await waitUntil('the run has ended', async () => {
      const found = Run.parse(await (await stack.ask('GET', `/runs/${id}`)).json());
      return found.state === 'running' ? null : found;
    });
    if (run.state === 'succeeded') return;
    if (attempts === 3) throw new Error(`An update failed: ${JSON.stringify(run.error)}`);
  }
}

/** Waits until all that was delivered is merged. */
export async function merged(pool: Pool): Promise<void> {
  await waitUntil('all is merged', async () => (await pool.query(UNMERGED, [1])).rowCount === 0);
}

/** What is not as the files of a day say; empty if nothing is lost. */
export async function findLosses(
  { pool }: SoakStack,
  folder: string,
  films: readonly SoakFilm[],
  day: number,
): Promise<string[]> {
  const losses: string[] = [];
  for (const dataset of DATASET_NAMES) {
    const { differences, rowsInFile, rowsInTable } = await comparePublished(pool, dataset, folder);
    if (differences.length > 0 || rowsInFile !== rowsInTable)
      losses.push(
        `${dataset}: ${rowsInTable} rows of ${rowsInFile}; ${JSON.stringify(differences[0])}`,
      );
  }
  const expected = rowsOf(films, day);
  const { rows } = await pool.query<{ id: string; movie: string; rating: string }>(
    `select r.id, m.movie, r.record #>> '{ratings,0,value}' as rating
     from sources.record r join sources.match m on m.source = r.source and m.record_id = r.id
     where r.source = 'soak'`,
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  const wrong = expected.filter(({ film, rating }) => {
    const row = found.get(film.id);
    return row?.movie !== film.id || Number(row.rating) !== rating;
  });
  if (wrong.length > 0 || found.size !== expected.length)
    losses.push(
      `records: ${found.size} of ${expected.length}, ${wrong.length} wrong, such as ${JSON.stringify(wrong[0])}: ${JSON.stringify(found.get(wrong[0]?.film.id ?? ''))}`,
    );
  return losses;
}

/** Lets a day pass: what expires by age is a day older. */
export async function passDay(pool: Pool): Promise<void> {
  const day = `interval '1 day'`;
  for (const statement of [
    `update ingest.run set requested_at = requested_at - ${day}, ended_at = ended_at - ${day} where state <> 'running'`,
    `update movies.change set changed_at = changed_at - ${day}`,
    `update events.event set at = at - ${day}`,
    `update bullmq.job set finished_at_ms = finished_at_ms - 86400000 where finished_at_ms is not null`,
  ])
    await pool.query(statement);
}
