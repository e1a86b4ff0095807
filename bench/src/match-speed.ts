import type { Pool } from 'pg';

/**
 * Fills IMDb's tables with made-up titles: three of 4,000 words, so that some have one name, and a
 * year of a century.
 */
export async function makeTitles(pool: Pool, count: number): Promise<void> {
  await pool.query(
    `insert into imdb.title_basics (tconst, title_type, primary_title, original_title, start_year, runtime_minutes, genres)
     select 'tt' || lpad(n::text, 8, '0'), (array['movie', 'short', 'tvEpisode', 'tvSeries'])[1 + n % 4], name, name,
       1920 + hashint4(n + 3) % 50 + 50, 60 + n % 90, '{Drama}'
     from generate_series(1, $1::int) as n, lateral (select ${nameOf('n')} as name) as named`,
    [count],
  );
  await pool.query(
    `insert into imdb.title_ratings
     select tconst, 7, (1000000 / (1 + substr(tconst, 3)::int % 9973))::int from imdb.title_basics
     where substr(tconst, 3)::int % 8 = 0`,
  );
  await pool.query('analyze imdb.title_basics, imdb.title_ratings');
}

/**
 * Makes records of two sources, half as many each: every second one tells of a title, some of these
 * with a word too many; the others are of films that IMDb does not have.
 */
export async function makeRecords(pool: Pool, titles: number, count: number): Promise<void> {
  for (const [at, source] of ['one', 'two'].entries()) {
    await pool.query(
      `with source as (
        insert into sources.source (id, definition, definition_hash, origin, priority)
        values ($1::text, '{}', sha256(''), 'shipped', 10) returning id
      ),
      delivery as (
        insert into sources.delivery (source, file, name, sha256, bytes, received_by)
        select id, 'all', 'all', sha256(''), 0, 'bench' from source returning id, source
      )
      insert into sources.record (source, id, delivery, line, hash, record, raw)
      select d.source, n::text, d.id, n, sha256(''), jsonb_build_object(
        'title', case when n % 2 = 1 then ${nameOf('n + 900000000 + $4::int * 10000000')} || ' ' || ${nameOf('n + 700000000 + $4::int * 10000000')}
          when n % 10 = 0 then b.primary_title || ': The Film' else b.primary_title end,
        'year', b.start_year, 'runtimeMinutes', b.runtime_minutes), '{}'
      from delivery d, generate_series(1, $2::int) as n
        join imdb.title_basics b on b.tconst = 'tt' || lpad((1 + (n::bigint * 7919 * 4 + $4::int * 4) % $3::bigint)::text, 8, '0')`,
      [source, count / 2, titles, at],
    );
  }
  await pool.query(
    'insert into sources.pending (source, record_id) select source, id from sources.record',
  );
  await pool.query('analyze sources.record, sources.pending');
}

/** Three words of a vocabulary of 4,000, by a number, as SQL. */
function nameOf(n: string): string {
  const word = (salt: number) =>
    `initcap(translate(substr(md5((abs(hashint4((${n})::int # ${salt})) % 4000)::text), 1, 7), '0123456789', 'ghijklmnop'))`;
  return `${word(11)} || ' ' || ${word(22)} || ' ' || ${word(33)}`;
}
