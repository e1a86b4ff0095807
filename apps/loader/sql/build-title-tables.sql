-- build-title-tables.sql, made by npm run docs.
-- Run by psql against a loaded database, it builds the tables in search_next, and rolls back.
-- The loader runs the parts in transactions of their own, builds indexes in parallel, and swaps the tables
-- into schema search when it publishes.

begin;

-- functions

create or replace function search.sort_form(title text) returns text
language sql immutable parallel safe
return left(
  lower(
    ltrim(
      case
        when octet_length(title) = length(title) then title
        else regexp_replace(normalize(title, nfkd), '[\u0300-\u036f]', '', 'g')
      end,
      ' "''([{#.-…“„«¿¡'
    )
  ),
  200
) collate "C";

create or replace function search.tag_bit(value text) returns int8
language sql immutable parallel safe
return coalesce(1::int8 << (0 + abs(hashtextextended(value, 809) % 20))::int, 0);

create or replace function search.genre_bit(value text) returns int8
language sql immutable parallel safe
return coalesce(1::int8 << (20 + abs(hashtextextended(value, 27750) % 44))::int, 0);

create or replace function search.region_bit(value text) returns int8
language sql immutable parallel safe
return coalesce(1::int8 << (0 + abs(hashtextextended(value, 197) % 40))::int, 0);

create or replace function search.language_bit(value text) returns int8
language sql immutable parallel safe
return coalesce(1::int8 << (40 + abs(hashtextextended(value, 3) % 24))::int, 0);

-- search.title

set local work_mem = '192MB';

set local max_parallel_workers_per_gather = 0;

set local enable_hashjoin = off;

create table search_next.title_akas_by_title with (autovacuum_enabled = false) as
select
  title_id,
  coalesce(tsvector_to_array(array_to_tsvector(array_agg(region) filter (where octet_length(region) between 1 and 2046))), '{}') collate "C" as regions,
  coalesce(tsvector_to_array(array_to_tsvector(array_agg(language) filter (where octet_length(language) between 1 and 2046))), '{}') collate "C" as languages,
  bit_or(search.region_bit(region) | search.language_bit(language)) as region_language_bits
from imdb.title_akas
where is_original_title is not true
  and (region is not null or language is not null)
  and true
group by title_id;

set local max_parallel_maintenance_workers = 0;

create index on search_next.title_akas_by_title (title_id);

create table search_next.title_series as
select distinct parent_tconst as tconst
from imdb.title_episode
where true;

analyze search_next.title_akas_by_title, search_next.title_series;

create table search_next.title with (autovacuum_enabled = false) as
(
select
  b.tconst,
  b.title_type collate "C" as type,
  coalesce(r.num_votes, 0) as votes,
  (r.average_rating * 10)::int as rating,
  round(
    (r.num_votes * r.average_rating + 6500) * 1000
    / (r.num_votes + 1000)
  )::int as weighted,
  coalesce(b.start_year, 0) as year,
  b.runtime_minutes as runtime,
  array_remove(array[
    't:' || b.title_type,
    'y:' || b.start_year,
    case b.is_adult when true then 'adult' when false then 'not adult' end,
    case when s.tconst is null then 'no episodes' else 'episodes' end
  ], null) collate "C" as tags,
  coalesce(b.genres, '{}') collate "C" as genres,
  coalesce(a.regions, '{}') as regions,
  coalesce(a.languages, '{}') as languages,
  search.sort_form(b.primary_title) as sort_title,
  search.tag_bit('t:' || b.title_type)
    | case b.is_adult
        when true then search.tag_bit('adult')
        when false then search.tag_bit('not adult')
        else 0
      end
    | case
        when s.tconst is null then search.tag_bit('no episodes')
        else search.tag_bit('episodes')
      end
    | case
        when cardinality(b.genres) > 3 then (select bit_or(search.genre_bit(genre)) from unnest(b.genres) as genre)
        else search.genre_bit(b.genres[1]) | search.genre_bit(b.genres[2]) | search.genre_bit(b.genres[3])
      end as type_genre_bits,
  coalesce(a.region_language_bits, 0) as region_language_bits
from imdb.title_basics b
  left join (select * from imdb.title_ratings where num_votes > 0) r on r.tconst = b.tconst
  left join search_next.title_akas_by_title a on a.title_id = b.tconst
  left join search_next.title_series s on s.tconst = b.tconst
where exists (select from imdb.title_ratings v where v.tconst = b.tconst and v.num_votes > 0)
order by votes desc, year desc, tconst desc)
union all
(
select
  b.tconst,
  b.title_type collate "C" as type,
  coalesce(r.num_votes, 0) as votes,
  (r.average_rating * 10)::int as rating,
  round(
    (r.num_votes * r.average_rating + 6500) * 1000
    / (r.num_votes + 1000)
  )::int as weighted,
  coalesce(b.start_year, 0) as year,
  b.runtime_minutes as runtime,
  array_remove(array[
    't:' || b.title_type,
    'y:' || b.start_year,
    case b.is_adult when true then 'adult' when false then 'not adult' end,
    case when s.tconst is null then 'no episodes' else 'episodes' end
  ], null) collate "C" as tags,
  coalesce(b.genres, '{}') collate "C" as genres,
  coalesce(a.regions, '{}') as regions,
  coalesce(a.languages, '{}') as languages,
  search.sort_form(b.primary_title) as sort_title,
  search.tag_bit('t:' || b.title_type)
    | case b.is_adult
        when true then search.tag_bit('adult')
        when false then search.tag_bit('not adult')
        else 0
      end
    | case
        when s.tconst is null then search.tag_bit('no episodes')
        else search.tag_bit('episodes')
      end
    | case
        when cardinality(b.genres) > 3 then (select bit_or(search.genre_bit(genre)) from unnest(b.genres) as genre)
        else search.genre_bit(b.genres[1]) | search.genre_bit(b.genres[2]) | search.genre_bit(b.genres[3])
      end as type_genre_bits,
  coalesce(a.region_language_bits, 0) as region_language_bits
from imdb.title_basics b
  left join (select * from imdb.title_ratings where num_votes > 0) r on r.tconst = b.tconst
  left join search_next.title_akas_by_title a on a.title_id = b.tconst
  left join search_next.title_series s on s.tconst = b.tconst
where not exists (select from imdb.title_ratings v where v.tconst = b.tconst and v.num_votes > 0) and b.title_type is distinct from 'tvEpisode'
order by type, year desc, tconst)
union all
(
select
  b.tconst,
  b.title_type collate "C" as type,
  coalesce(r.num_votes, 0) as votes,
  (r.average_rating * 10)::int as rating,
  round(
    (r.num_votes * r.average_rating + 6500) * 1000
    / (r.num_votes + 1000)
  )::int as weighted,
  coalesce(b.start_year, 0) as year,
  b.runtime_minutes as runtime,
  array_remove(array[
    't:' || b.title_type,
    'y:' || b.start_year,
    case b.is_adult when true then 'adult' when false then 'not adult' end,
    case when s.tconst is null then 'no episodes' else 'episodes' end
  ], null) collate "C" as tags,
  coalesce(b.genres, '{}') collate "C" as genres,
  coalesce(a.regions, '{}') as regions,
  coalesce(a.languages, '{}') as languages,
  search.sort_form(b.primary_title) as sort_title,
  search.tag_bit('t:' || b.title_type)
    | case b.is_adult
        when true then search.tag_bit('adult')
        when false then search.tag_bit('not adult')
        else 0
      end
    | case
        when s.tconst is null then search.tag_bit('no episodes')
        else search.tag_bit('episodes')
      end
    | case
        when cardinality(b.genres) > 3 then (select bit_or(search.genre_bit(genre)) from unnest(b.genres) as genre)
        else search.genre_bit(b.genres[1]) | search.genre_bit(b.genres[2]) | search.genre_bit(b.genres[3])
      end as type_genre_bits,
  coalesce(a.region_language_bits, 0) as region_language_bits
from imdb.title_basics b
  left join (select * from imdb.title_ratings where num_votes > 0) r on r.tconst = b.tconst
  left join search_next.title_akas_by_title a on a.title_id = b.tconst
  left join search_next.title_series s on s.tconst = b.tconst
where not exists (select from imdb.title_ratings v where v.tconst = b.tconst and v.num_votes > 0) and b.title_type = 'tvEpisode');

drop table search_next.title_akas_by_title, search_next.title_series;

analyze search_next.title;

create index title_rated_terms on search_next.title using gin (tags, genres, regions, languages) where votes > 0;

create index title_unrated_terms on search_next.title using gin (tags, genres, regions, languages) where votes < 1;

create unique index title_pkey on search_next.title (tconst)
include (votes, year, runtime, rating, type_genre_bits, region_language_bits)
with (fillfactor = 80);

create index title_rated_by_votes on search_next.title (votes, year, tconst)
include (runtime, rating, type_genre_bits, region_language_bits)
with (fillfactor = 70)
where votes > 0;

create index title_rated_by_rating on search_next.title (rating, votes, year, tconst)
include (runtime, type_genre_bits, region_language_bits)
with (fillfactor = 70)
where votes > 0;

create index title_rated_by_weighted on search_next.title (weighted, votes, year, tconst)
include (runtime, rating, type_genre_bits, region_language_bits)
with (fillfactor = 70)
where votes > 0;

create index title_rated_by_year on search_next.title (year, votes, tconst)
include (runtime, rating, type_genre_bits, region_language_bits)
with (fillfactor = 70)
where votes > 0;

create index title_rated_by_runtime on search_next.title (runtime, votes, year, tconst)
include (rating, type_genre_bits, region_language_bits)
with (fillfactor = 70)
where votes > 0 and runtime is not null;

create index title_rated_by_title on search_next.title (sort_title, tconst)
include (votes, year, runtime, rating, type_genre_bits, region_language_bits)
with (fillfactor = 70)
where votes > 0;

create index title_unrated_by_year on search_next.title (year, votes, tconst)
include (runtime, rating, type_genre_bits, region_language_bits)
with (fillfactor = 90)
where votes < 1;

create index title_unrated_by_runtime on search_next.title (runtime, votes, year, tconst)
include (rating, type_genre_bits, region_language_bits)
with (fillfactor = 90)
where votes < 1 and runtime is not null;

create index title_unrated_by_title on search_next.title (sort_title, tconst)
include (votes, year, runtime, rating, type_genre_bits, region_language_bits)
with (fillfactor = 90)
where votes < 1;

alter table search_next.title add constraint title_pkey primary key using index title_pkey;

comment on table search_next.title is 'Titles with the values by which they are filtered and sorted';

comment on column search_next.title.votes is 'Number of votes; 0 without';

comment on column search_next.title.rating is 'Ten times the rating; null without votes';

comment on column search_next.title.weighted is 'A thousand times the weighted rating: (v * R + 1000 * 6.5) / (v + 1000)';

comment on column search_next.title.year is 'Start year; 0 when not known';

comment on column search_next.title.tags is 'Type as t:movie, year as y:1994, whether it is adult, whether it has episodes';

comment on column search_next.title.regions is 'Regions in which it has a name of its own';

comment on column search_next.title.languages is 'Languages in which it has a name';

comment on column search_next.title.sort_title is 'The primary title in the form by which titles are sorted';

comment on column search_next.title.type_genre_bits is 'A bit for each tag but the year, and for each genre';

comment on column search_next.title.region_language_bits is 'A bit for each region and language';

-- search.title_count

set local hash_mem_multiplier = 16;

create table search_next.title_count as
with combination as materialized (
  select
    coalesce(type, '') as type,
    year,
    genres,
    rating,
    'episodes' = any (tags) as has_episodes,
    'adult' = any (tags) as is_adult,
    runtime,
    regions,
    languages,
    sum(times) as times
  from (select *, 1 as times from search_next.title) as title
  group by grouping sets ((1, 2, 3, 4, 5, 6), (1, 7), (1, 8), (1, 9))
)
select 'type' collate "C" as kind, type as value, '' collate "C" as group_name,
  sum(times)::bigint as titles,
  coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
  coalesce(sum(rating * times), 0)::bigint as ratings
from combination where year is not null and type <> '' group by type
union all
select 'genre', genre, type,
  sum(times)::bigint as titles,
  coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
  coalesce(sum(rating * times), 0)::bigint as ratings
from combination, unnest(genres) as genre group by genre, type
union all
select 'year', year::text collate "C", type,
  sum(times)::bigint as titles,
  coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
  coalesce(sum(rating * times), 0)::bigint as ratings
from combination where year is not null group by year, type
union all
select 'episodes', year::text, type,
  sum(times)::bigint as titles,
  coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
  coalesce(sum(rating * times), 0)::bigint as ratings
from combination where has_episodes group by year, type
union all
select 'adult', year::text, type,
  sum(times)::bigint as titles,
  coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
  coalesce(sum(rating * times), 0)::bigint as ratings
from combination where is_adult group by year, type
union all
select 'rating', rating::text, '',
  sum(times)::bigint as titles,
  coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
  coalesce(sum(rating * times), 0)::bigint as ratings
from combination where rating is not null group by rating
union all
select 'decade', (year / 10 * 10)::text, genre,
  sum(times)::bigint as titles,
  coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
  coalesce(sum(rating * times), 0)::bigint as ratings
from combination, unnest(genres) as genre where rating is not null group by year / 10, genre
union all
select 'runtime', runtime::text, type,
  sum(times)::bigint as titles,
  coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
  coalesce(sum(rating * times), 0)::bigint as ratings
from combination where runtime is not null group by runtime, type
union all
select 'region', region, type,
  sum(times)::bigint as titles,
  coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
  coalesce(sum(rating * times), 0)::bigint as ratings
from combination, unnest(regions) as region group by region, type
union all
select 'language', language, type,
  sum(times)::bigint as titles,
  coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
  coalesce(sum(rating * times), 0)::bigint as ratings
from combination, unnest(languages) as language group by language, type;

alter table search_next.title_count add constraint title_count_by_group primary key (kind, value, group_name);

analyze search_next.title_count;

comment on table search_next.title_count is 'The number of titles with each value of each kind, by type (decades: by genre), how many of them are rated, and ten times the sum of their ratings; kinds episodes and adult are by year';

rollback;
