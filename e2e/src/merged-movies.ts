import type { Movie, SourceRecord } from '@marquee/contract';
import { DEFAULT_RULES, mergeMovie, type Voice } from '@marquee/movies';
import { normalForm } from '@marquee/search';
import type { System } from './system.ts';

/** The record of a source, as the aggregator reads it. */
export function voice(source: string, record: string, content: SourceRecord): Voice {
  const priority = source === 'imdb' ? 0 : 10;
  return { source, record, delivery: '7', at: '2026-08-15T06:15:00.000Z', priority, content };
}

/**
 * Stores a movie as the aggregator does, with its change.
 *
 * @returns the document
 */
export async function storeMovie(
  system: Pick<System, 'query'>,
  id: string,
  voices: readonly Voice[],
  version = 1,
): Promise<Movie> {
  const { movie: merged, provenance } = mergeMovie(id, voices, DEFAULT_RULES, []);
  const movie: Movie = { ...merged, version, updatedAt: '2026-08-15T06:20:00.000Z' };
  const dollars = (money: Movie['budget']) => (money?.currency === 'USD' ? money.amount : null);
  const names = [movie.title, movie.originalTitle, ...movie.names.map(({ name }) => name)];
  const values = [
    movie.id,
    version,
    movie.title,
    movie.type,
    movie.year,
    movie.runtimeMinutes,
    movie.isAdult,
    movie.genres,
    movie.countries,
    movie.languages,
    movie.companies.flatMap((company) => company.id ?? []),
    dollars(movie.budget),
    dollars(movie.revenue),
    movie.rating?.value ?? null,
    movie.rating?.votes ?? null,
    movie.watched,
    movie.sources,
    [...new Set(names.filter((name) => name !== null).map(normalForm))].join('\n'),
    JSON.stringify(movie),
    JSON.stringify(provenance),
  ];
  const [before] = await system.query('select document from movies.movie where id = $1', [id]);
  await system.query(
    `insert into movies.movie (id, version, title, type, year, runtime_minutes, is_adult, genres, countries, languages, companies,
       budget, revenue, rating, votes, watched, sources, search_text, document, provenance)
     values (${values.map((_, i) => `$${i + 1}`).join(', ')})
     on conflict (id) do update set version = excluded.version, title = excluded.title, year = excluded.year, document = excluded.document, provenance = excluded.provenance`,
    values,
  );
  await system.query(
    'insert into movies.change (movie, version, before, after, cause) values ($1, $2, $3, $4, $5)',
    [
      id,
      version,
      JSON.stringify(before?.['document'] ?? null),
      JSON.stringify(movie),
      '{"kind":"record"}',
    ],
  );
  return movie;
}
