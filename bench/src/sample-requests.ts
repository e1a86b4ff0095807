import { createHash } from 'node:crypto';
import type { Client } from 'pg';

/** A kind of request with its paths. */
export interface RequestKind {
  readonly name: string;
  readonly paths: readonly string[];
}

/** Number of rows of a table that requests are drawn from, whatever its size. */
const SAMPLE_ROWS = 200_000;

/** The fields of a title that requests need. */
interface DrawnTitle {
  readonly tconst: string;
  readonly type: string;
  readonly year: number;
  readonly runtime: number;
  readonly genre: string;
  readonly rating: string;
  readonly votes: number;
}

/**
 * Draws requests of every kind from the database; the same for the same data and seed.
 *
 * @param seed another number gives other requests
 */
export async function drawRequests(
  client: Client,
  { count, seed }: { count: number; seed: number },
): Promise<RequestKind[]> {
  const draw = new RequestSampler(client, seed);
  const titles = await draw.titles(count);
  const texts = await draw.texts(count);
  const typed = texts.slice(0, Math.ceil(count / 8)).flatMap((text) =>
    Array.from(text, (_, i) =>
      Array.from(text)
        .slice(0, i + 1)
        .join(''),
    ),
  );
  const cast = await draw.column(
    count,
    'imdb.title_principals',
    'nconst',
    `category in ('actor', 'actress', 'self')`,
  );
  const seasons = await draw.column(
    count,
    'imdb.title_episode',
    `parent_tconst || '/episodes?season=' || season_number`,
    'season_number is not null',
  );
  const names = await draw.column(count, 'imdb.name_basics', 'nconst');
  const kinds = [
    {
      name: 'title by id',
      paths: (await draw.column(count, 'imdb.title_basics', 'tconst')).map((id) => `/titles/${id}`),
    },
    { name: 'name by id', paths: names.map((id) => `/names/${id}`) },
    {
      name: 'titles by year',
      paths: titles.map(({ year }) => query('/titles', { startYearFrom: year, startYearTo: year })),
    },
    {
      name: 'by genre and year, by votes',
      paths: titles.map(({ genre, year }) =>
        query('/titles', { genre, startYearFrom: year, startYearTo: year, sort: 'votes' }),
      ),
    },
    {
      name: 'by cast member',
      paths: cast.map((person) => query('/titles', { person, role: 'cast' })),
    },
    { name: 'titles by text', paths: texts.map((q) => query('/titles', { q })) },
    { name: '/search', paths: texts.map((q) => query('/search', { q })) },
    { name: '/suggest, letter by letter', paths: typed.map((q) => query('/suggest', { q })) },
    { name: 'a season', paths: seasons.map((season) => `/titles/${season}`) },
    {
      name: 'filmography, 1,000 credits',
      paths: (await draw.busyPeople()).map((id) => `/names/${id}/filmography`),
    },
    { name: 'misspelt', paths: texts.map((text, i) => query('/search', { q: misspell(text, i) })) },
    {
      name: 'three filters',
      paths: titles.map((title, i) =>
        query('/titles', threeFilters(title, cast[i % cast.length] ?? 'nm0000001', i)),
      ),
    },
  ];
  // mixed, like requests of users
  return [
    ...kinds,
    {
      name: 'all of these, mixed',
      paths: Array.from({ length: count }, (_, i) =>
        pathOf(kinds[i % kinds.length], Math.floor(i / kinds.length)),
      ),
    },
  ];
}

function pathOf(kind: RequestKind | undefined, i: number): string {
  return kind?.paths[i % kind.paths.length] ?? '/';
}

/** Draws rows by a hash of their ids: reproducible, and in the order of no index. */
class RequestSampler {
  readonly #client: Client;
  readonly #seed: number;

  constructor(client: Client, seed: number) {
    this.#client = client;
    this.#seed = seed;
  }

  async column(count: number, table: string, value: string, condition = 'true'): Promise<string[]> {
    return (
      await this.#rows<{ value: string }>(
        count,
        `select distinct ${value} as value from ${await this.#some(table)} where ${condition}`,
      )
    ).map((row) => row.value);
  }

  async titles(count: number): Promise<DrawnTitle[]> {
    return this.#rows(
      count,
      `select tconst, title_type as type, start_year as year, coalesce(runtime_minutes, 60) as runtime, genres[1] as genre,
        coalesce(average_rating, 6)::text as rating, coalesce(num_votes, 0) as votes
      from ${await this.#some('imdb.title_basics')} left join imdb.title_ratings using (tconst) where start_year is not null and genres[1] is not null`,
    );
  }

  /**
   * Texts of titles and names, equally from all tiers of popularity: users rarely search for
   * unknown titles.
   */
  async texts(count: number): Promise<string[]> {
    const drawn = await this.#rows<{ text: string }>(
      count,
      `select text, place from (
        select text, row_number() over (partition by tier order by hashtextextended(text, ${this.#seed})) as place from (
          select substr(key, 2) as text, left(key, 1) as tier from ${await this.#some('search.title_text')}
          union all select substr(key, 2), left(key, 1) from ${await this.#some('search.name_text')}) as texts) as places where text <> '' and place <= ${count}`,
    );
    return drawn.map(({ text }) => text);
  }

  /**
   * The twenty people with closest to 1,000 credits, among those with a matching number of credits
   * in a sample of the table.
   */
  async busyPeople(): Promise<string[]> {
    const { rows } = await this.#client.query<{ id: string; credits: number }>(
      `with drawn as materialized (select nconst from ${await this.#some('imdb.title_principals')}),
       busy as (
         select nconst from drawn group by nconst
         order by abs(count(*) - 1000 * (select count(*) from drawn) / (select greatest(reltuples, 1) from pg_class where oid = 'imdb.title_principals'::regclass)), hashtextextended(nconst, ${this.#seed})
         limit 3000
       )
       select nconst as id, (select count(*) from imdb.title_principals as p where p.nconst = busy.nconst)::int as credits from busy`,
    );
    const nearest = rows
      .sort((a, b) => Math.abs(a.credits - 1000) - Math.abs(b.credits - 1000))
      .slice(0, 20);
    const credits = nearest.map((person) => person.credits);
    console.log(
      `people with closest to 1,000 credits have ${Math.min(...credits)} to ${Math.max(...credits)}`,
    );
    return nearest.map(({ id }) => id);
  }

  async #rows<Row extends object>(count: number, from: string): Promise<Row[]> {
    const { rows } = await this.#client.query<Row>(
      `select * from (${from}) as drawn order by hashtextextended(drawn::text, ${this.#seed}) limit ${count}`,
    );
    if (rows.length === 0) throw new Error(`No rows to draw requests from: ${from}`);
    return rows;
  }

  /** A reproducible sample of a table with about {@link SAMPLE_ROWS} rows, as SQL. */
  async #some(table: string): Promise<string> {
    const { rows } = await this.#client.query<{ rows: number }>(
      'select greatest(reltuples, 1)::float8 as rows from pg_class where oid = $1::regclass',
      [table],
    );
    const percent = Math.min(100, (SAMPLE_ROWS / (rows[0]?.rows ?? 1)) * 100);
    return `${table} tablesample system (${percent}) repeatable (${this.#seed})`;
  }
}

function query(path: string, parameters: Readonly<Record<string, string | number>>): string {
  return `${path}?${Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;
}

/** Three of all filters, and a sort key; an existing title matches the filters. */
function threeFilters(
  { type, year, runtime, genre, rating, votes }: DrawnTitle,
  person: string,
  i: number,
): Record<string, string | number> {
  const all: readonly Record<string, string | number>[] = [
    { titleType: type },
    { genre },
    { genreNone: genre === 'Horror' ? 'Comedy' : 'Horror' },
    { startYearFrom: year - 5, startYearTo: year + 5 },
    { runtimeMinutesFrom: Math.max(0, runtime - 10), runtimeMinutesTo: runtime + 10 },
    { averageRatingFrom: rating },
    { numVotesFrom: Math.floor(votes / 2) },
    { isAdult: 'false' },
    { country: ['US', 'DE', 'FR', 'JP', 'IN'][i % 5] ?? 'US' },
    { language: ['en', 'de', 'fr', 'ja', 'hi'][i % 5] ?? 'en' },
    { hasEpisodes: type === 'tvSeries' || type === 'tvMiniSeries' ? 'true' : 'false' },
    { person },
    { sort: ['votes', 'rating', 'weighted', 'year', 'title', 'runtime', 'id'][i % 7] ?? 'votes' },
  ];
  // a hash, so that all filters are combined
  const places = [...createHash('sha256').update(String(i)).digest()].map(
    (byte) => byte % (all.length - 1),
  );
  const three = [...new Set(places)].slice(0, 3).map((place) => all[place]);
  return Object.assign({}, ...three, all.at(-1)) as Record<string, string | number>;
}

/** Omits a letter, replaces one or swaps two. */
function misspell(text: string, i: number): string {
  const letters = Array.from(text);
  const at = 1 + ((i * 7) % Math.max(1, letters.length - 2));
  const [letter = '', next = ''] = [letters[at], letters[at + 1]];
  const wrong = [next, `x${next}`, next + letter][i % 3] ?? '';
  return letters.slice(0, at).join('') + wrong + letters.slice(at + 2).join('');
}
