-- refresh.sql, made by npm run docs.
-- Run by psql against a loaded database, it applies the changes of the last refresh again, and rolls back.
-- The loader runs it in the transaction that publishes. It reads the rows of the cursors, and copies lines
-- that it makes of them.

begin;

-- ids of the changed rows

create temp table changed_title_basics (id text collate "C" primary key) on commit drop;

insert into changed_title_basics
select distinct split_part(key, ' ', 1) from ingest.change
where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)::uuid and dataset = 'title.basics'::text;

analyze changed_title_basics;

create temp table changed_title_akas (id text collate "C" primary key) on commit drop;

insert into changed_title_akas
select distinct split_part(key, ' ', 1) from ingest.change
where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)::uuid and dataset = 'title.akas'::text;

analyze changed_title_akas;

create temp table changed_title_episode (id text collate "C" primary key) on commit drop;

insert into changed_title_episode
select distinct split_part(key, ' ', 1) from ingest.change
where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)::uuid and dataset = 'title.episode'::text;

analyze changed_title_episode;

create temp table changed_title_ratings (id text collate "C" primary key) on commit drop;

insert into changed_title_ratings
select distinct split_part(key, ' ', 1) from ingest.change
where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)::uuid and dataset = 'title.ratings'::text;

analyze changed_title_ratings;

create temp table changed_name_basics (id text collate "C" primary key) on commit drop;

insert into changed_name_basics
select distinct split_part(key, ' ', 1) from ingest.change
where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)::uuid and dataset = 'name.basics'::text;

analyze changed_name_basics;

-- search.title and search.title_count

create temp table changed_title (id text collate "C" primary key) on commit drop;

insert into changed_title select id from changed_title_basics on conflict do nothing;

insert into changed_title select id from changed_title_akas on conflict do nothing;

insert into changed_title
select parent
from ingest.change, unnest(array[before->>'parent_tconst', after->>'parent_tconst']) as parent
where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)::uuid and dataset = 'title.episode' and parent is not null
  and before->>'parent_tconst' is distinct from after->>'parent_tconst'
on conflict do nothing;

analyze changed_title;

create temp table title_difference (like search.title, times int not null) on commit drop;

with fresh as materialized (
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
  left join (select * from imdb.title_ratings where num_votes > 0 and tconst in (select id from changed_title)) r on r.tconst = b.tconst
  left join (
select
  title_id,
  coalesce(tsvector_to_array(array_to_tsvector(array_agg(region) filter (where octet_length(region) between 1 and 2046))), '{}') collate "C" as regions,
  coalesce(tsvector_to_array(array_to_tsvector(array_agg(language) filter (where octet_length(language) between 1 and 2046))), '{}') collate "C" as languages,
  bit_or(search.region_bit(region) | search.language_bit(language)) as region_language_bits
from imdb.title_akas
where is_original_title is not true
  and (region is not null or language is not null)
  and title_id in (select id from changed_title)
group by title_id
  ) a on a.title_id = b.tconst
  left join (
select distinct parent_tconst as tconst
from imdb.title_episode
where parent_tconst in (select id from changed_title)
  ) s on s.tconst = b.tconst
where b.tconst in (select id from changed_title)
),
changed as (
  merge into search.title as t
  using (select i.id as requested, fresh.* from changed_title as i left join fresh on fresh.tconst = i.id) as n
    on t.tconst = n.requested
  when matched and n.tconst is null then delete
  when matched
    and (t.type, t.votes, t.rating, t.weighted, t.year, t.runtime, t.tags, t.genres, t.regions, t.languages, t.sort_title, t.type_genre_bits, t.region_language_bits)
    is distinct from (n.type, n.votes, n.rating, n.weighted, n.year, n.runtime, n.tags, n.genres, n.regions, n.languages, n.sort_title, n.type_genre_bits, n.region_language_bits)
    then update set
      type = n.type,
      votes = n.votes,
      rating = n.rating,
      weighted = n.weighted,
      year = n.year,
      runtime = n.runtime,
      tags = n.tags,
      genres = n.genres,
      regions = n.regions,
      languages = n.languages,
      sort_title = n.sort_title,
      type_genre_bits = n.type_genre_bits,
      region_language_bits = n.region_language_bits
  when not matched and n.tconst is not null
    then insert (tconst, type, votes, rating, weighted, year, runtime, tags, genres, regions, languages, sort_title, type_genre_bits, region_language_bits)
    values (n.tconst, n.type, n.votes, n.rating, n.weighted, n.year, n.runtime, n.tags, n.genres, n.regions, n.languages, n.sort_title, n.type_genre_bits, n.region_language_bits)
  returning
    old.tconst as old_tconst, new.tconst as new_tconst,
    old.type as old_type, new.type as new_type,
    old.votes as old_votes, new.votes as new_votes,
    old.rating as old_rating, new.rating as new_rating,
    old.weighted as old_weighted, new.weighted as new_weighted,
    old.year as old_year, new.year as new_year,
    old.runtime as old_runtime, new.runtime as new_runtime,
    old.tags as old_tags, new.tags as new_tags,
    old.genres as old_genres, new.genres as new_genres,
    old.regions as old_regions, new.regions as new_regions,
    old.languages as old_languages, new.languages as new_languages,
    old.sort_title as old_sort_title, new.sort_title as new_sort_title,
    old.type_genre_bits as old_type_genre_bits, new.type_genre_bits as new_type_genre_bits,
    old.region_language_bits as old_region_language_bits, new.region_language_bits as new_region_language_bits
)
insert into title_difference
  (tconst, type, votes, rating, weighted, year, runtime, tags, genres, regions, languages, sort_title, type_genre_bits, region_language_bits, times)
select old_tconst, old_type, old_votes, old_rating, old_weighted, old_year, old_runtime, old_tags, old_genres, old_regions, old_languages, old_sort_title, old_type_genre_bits, old_region_language_bits, -1
from changed where old_tconst is not null
union all
select new_tconst, new_type, new_votes, new_rating, new_weighted, new_year, new_runtime, new_tags, new_genres, new_regions, new_languages, new_sort_title, new_type_genre_bits, new_region_language_bits, 1
from changed where new_tconst is not null;

with changed as (
  update search.title as t
  set votes = n.votes, rating = n.rating, weighted = n.weighted
  from (
select
  i.id,
  coalesce(r.num_votes, 0) as votes,
  (r.average_rating * 10)::int as rating,
  round(
    (r.num_votes * r.average_rating + 6500) * 1000
    / (r.num_votes + 1000)
  )::int as weighted
from changed_title_ratings as i
  left join imdb.title_ratings r on r.tconst = i.id and r.num_votes > 0
  ) as n
  where t.tconst = n.id
    and (t.votes, t.rating, t.weighted) is distinct from (n.votes, n.rating, n.weighted)
  returning
    old.tconst as old_tconst, new.tconst as new_tconst,
    old.type as old_type, new.type as new_type,
    old.votes as old_votes, new.votes as new_votes,
    old.rating as old_rating, new.rating as new_rating,
    old.weighted as old_weighted, new.weighted as new_weighted,
    old.year as old_year, new.year as new_year,
    old.runtime as old_runtime, new.runtime as new_runtime,
    old.tags as old_tags, new.tags as new_tags,
    old.genres as old_genres, new.genres as new_genres,
    old.regions as old_regions, new.regions as new_regions,
    old.languages as old_languages, new.languages as new_languages,
    old.sort_title as old_sort_title, new.sort_title as new_sort_title,
    old.type_genre_bits as old_type_genre_bits, new.type_genre_bits as new_type_genre_bits,
    old.region_language_bits as old_region_language_bits, new.region_language_bits as new_region_language_bits
)
insert into title_difference
  (tconst, type, votes, rating, weighted, year, runtime, tags, genres, regions, languages, sort_title, type_genre_bits, region_language_bits, times)
select old_tconst, old_type, old_votes, old_rating, old_weighted, old_year, old_runtime, old_tags, old_genres, old_regions, old_languages, old_sort_title, old_type_genre_bits, old_region_language_bits, -1
from changed where old_tconst is not null
union all
select new_tconst, new_type, new_votes, new_rating, new_weighted, new_year, new_runtime, new_tags, new_genres, new_regions, new_languages, new_sort_title, new_type_genre_bits, new_region_language_bits, 1
from changed where new_tconst is not null;

insert into search.title_count as c
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
  from title_difference as title
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
from combination, unnest(languages) as language group by language, type
on conflict (kind, value, group_name) do update set
  titles = c.titles + excluded.titles,
  rated = c.rated + excluded.rated,
  ratings = c.ratings + excluded.ratings;

delete from search.title_count where titles = 0;

drop table changed_title, title_difference;

select gin_clean_pending_list(i.indexrelid)
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
where a.amname = 'gin' and i.indrelid = any ('{search.title,search.title_count}'::text[]::regclass[]);

-- search.name and search.profession

create temp table name_difference (like search.name, times int not null) on commit drop;

with fresh as materialized (
select
  nconst,
  birth_year as birth,
  death_year as death,
  coalesce(primary_profession, '{}') collate "C" as professions
from imdb.name_basics
where nconst in (select id from changed_name_basics)
),
changed as (
  merge into search.name as t
  using (select i.id as requested, fresh.* from changed_name_basics as i left join fresh on fresh.nconst = i.id) as n
    on t.nconst = n.requested
  when matched and n.nconst is null then delete
  when matched
    and (t.birth, t.death, t.professions)
    is distinct from (n.birth, n.death, n.professions)
    then update set
      birth = n.birth,
      death = n.death,
      professions = n.professions
  when not matched and n.nconst is not null
    then insert (nconst, birth, death, professions)
    values (n.nconst, n.birth, n.death, n.professions)
  returning
    old.nconst as old_nconst, new.nconst as new_nconst,
    old.birth as old_birth, new.birth as new_birth,
    old.death as old_death, new.death as new_death,
    old.professions as old_professions, new.professions as new_professions
)
insert into name_difference
  (nconst, birth, death, professions, times)
select old_nconst, old_birth, old_death, old_professions, -1
from changed where old_nconst is not null
union all
select new_nconst, new_birth, new_death, new_professions, 1
from changed where new_nconst is not null;

insert into search.profession as p
select profession, sum(times)
from name_difference, unnest(professions) as profession
group by profession
on conflict (profession) do update set names = p.names + excluded.names;

delete from search.profession where names = 0;

drop table name_difference;

select gin_clean_pending_list(i.indexrelid)
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
where a.amname = 'gin' and i.indrelid = any ('{search.name,search.profession}'::text[]::regclass[]);

-- search terms

create temp table term_title (id text collate "C" primary key) on commit drop;

create temp table term_name (id text collate "C" primary key) on commit drop;

insert into term_title select id from changed_title_basics on conflict do nothing;

insert into term_title select id from changed_title_akas on conflict do nothing;

insert into term_name select id from changed_name_basics;

delete from search.known_for k
using (
    select jsonb_array_elements_text(nullif(before->'known_for_titles', 'null')) as title, key as name
    from ingest.change where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)::uuid and dataset = 'name.basics'
    except
    select jsonb_array_elements_text(nullif(after->'known_for_titles', 'null')) as title, key as name
    from ingest.change where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)::uuid and dataset = 'name.basics'
  ) gone
where k.title = gone.title collate "C" and k.name = gone.name;

insert into search.known_for (
  select jsonb_array_elements_text(nullif(after->'known_for_titles', 'null')) as title, key as name
  from ingest.change where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)::uuid and dataset = 'name.basics'
  except
  select jsonb_array_elements_text(nullif(before->'known_for_titles', 'null')) as title, key as name
  from ingest.change where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1)::uuid and dataset = 'name.basics'
);

create temp table reweighed_title (id text collate "C") on commit drop;

declare fetched no scroll cursor for select key, before->>'num_votes', after->>'num_votes' from ingest.change where run_id = (select run_id from ingest.publication where kind = 'changes' order by id desc limit 1) and dataset = 'title.ratings';

fetch 5000 from fetched;

-- copy reweighed_title from stdin

fetch 5000 from fetched;

close fetched;

analyze reweighed_title;

insert into term_title select id from reweighed_title on conflict do nothing;

insert into term_name
select k.name from reweighed_title r join search.known_for k on k.title = r.id
on conflict do nothing;

drop table reweighed_title;

analyze term_title, term_name;

create temp table removed_term (key text) on commit drop;

create temp table added_term (key text) on commit drop;

create temp table new_term (like search.title_text) on commit drop;

declare fetched no scroll cursor for
select
  b.tconst,
  b.title_type = 'tvEpisode',
  coalesce(r.num_votes, 0),
  b.start_year,
  greatest(b.end_year, b.start_year),
  b.primary_title,
  b.original_title,
  (
    select string_agg(a.title, chr(31))
    from imdb.title_akas a
    where a.title_id = b.tconst
      and (b.title_type <> 'tvEpisode' or r.num_votes >= 980)
      and a.title is distinct from b.primary_title
      and a.title is distinct from b.original_title
  )
from imdb.title_basics b
  left join imdb.title_ratings r on r.tconst = b.tconst
where b.tconst in (select id from term_title);

fetch 5000 from fetched;

-- copy new_term from stdin

fetch 5000 from fetched;

close fetched;

create index on new_term (id);

analyze new_term;

with removed as (
  delete from search.title_text t using term_title i
  where t.id = i.id
    and not exists (select from new_term n where n.id = t.id and n.key = t.key and n is not distinct from t)
  returning t.key
)
insert into removed_term select key from removed where replace(key, ' ', '') < 'd';

with added as (
  insert into search.title_text
  select * from new_term n
  where not exists (select from search.title_text t where t.id = n.id and t.key = n.key)
  returning key
)
insert into added_term select key from added where replace(key, ' ', '') < 'd';

drop table new_term;

create temp table new_term (like search.name_text) on commit drop;

select tconst, num_votes from imdb.title_ratings
where tconst in (select unnest(known_for_titles) from imdb.name_basics where nconst in (select id from term_name));

declare fetched no scroll cursor for
select
  n.nconst,
  n.primary_name,
  array_to_string(n.known_for_titles, ' ')
from imdb.name_basics n
where n.nconst in (select id from term_name);

fetch 5000 from fetched;

-- copy new_term from stdin

fetch 5000 from fetched;

close fetched;

create index on new_term (id);

analyze new_term;

with removed as (
  delete from search.name_text t using term_name i
  where t.id = i.id
    and not exists (select from new_term n where n.id = t.id and n.key = t.key and n is not distinct from t)
  returning t.key
)
insert into removed_term select key from removed where replace(key, ' ', '') < 'd';

with added as (
  insert into search.name_text
  select * from new_term n
  where not exists (select from search.name_text t where t.id = n.id and t.key = n.key)
  returning key
)
insert into added_term select key from added where replace(key, ' ', '') < 'd';

drop table new_term;

create temp table word_change on commit drop as
select word collate "C" as word, sum(uses)::int as uses
from (
  select unnest(string_to_array(substr(key, 2), ' ')) as word, -1 as uses from removed_term
  union all
  select unnest(string_to_array(substr(key, 2), ' ')), 1 from added_term
)
group by 1
having sum(uses) <> 0;

create temp table new_word on commit drop as
select c.word from word_change c
where not exists (select from search.word w where w.word = c.word);

merge into search.word w using word_change c on w.word = c.word
when matched and w.uses + c.uses = 0 then delete
when matched then update set uses = w.uses + c.uses
when not matched then insert values (c.word, c.uses);

delete from search.spelling s using word_change c
where s.word = c.word and c.uses < 0
  and not exists (select from search.word w where w.word = c.word);

declare fetched no scroll cursor for select word from new_word;

fetch 5000 from fetched;

close fetched;

drop table word_change, new_word;

drop table term_title, term_name, removed_term, added_term;

select gin_clean_pending_list(i.indexrelid)
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
where a.amname = 'gin' and i.indrelid = any ('{search.title_text,search.name_text,search.known_for,search.word,search.spelling}'::text[]::regclass[]);

rollback;
