-- The canonical records of IMDb titles, by their ids: $1; with names and people if $2 is true. Each
-- title is read by the keys of its tables: at most 200 names and 50 people, of at most 1,000 rows of
-- principals.
select
  b.tconst as id,
  published.run_id::text as delivery,
  to_char(published.upload_date at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
  json_build_object(
    'title', left(nullif(btrim(b.primary_title), ''), 1000),
    'originalTitle', left(nullif(btrim(b.original_title), ''), 1000),
    'names', coalesce(names.list, '[]'),
    'type', left(nullif(b.title_type, ''), 200),
    'year', case when b.start_year between 1800 and 2200 then b.start_year end,
    'endYear', case when b.end_year between 1800 and 2200 then b.end_year end,
    'runtimeMinutes', case when b.runtime_minutes between 1 and 100000 then b.runtime_minutes end,
    'isAdult', b.is_adult,
    'genres', to_json(array_remove(coalesce(b.genres, '{}'), '')),
    'ids', json_build_object('imdb', b.tconst),
    'people', coalesce(people.list, '[]'),
    'ratings', case
      when r.average_rating is null then '[]'::json
      else json_build_array(json_build_object(
        'name', 'imdb', 'value', r.average_rating, 'scale', '{"min": 1, "max": 10}'::json,
        'votes', greatest(r.num_votes, 0), 'kind', 'audience'
      ))
    end
  ) as content
from imdb.title_basics as b
  left join imdb.title_ratings as r on r.tconst = b.tconst
  left join lateral (
    select json_agg(
      json_build_object('name', left(a.title, 1000), 'language', a.language, 'region', a.region)
      order by a.ordering
    ) as list
    from (
      select btrim(a.title) as title, nullif(a.language, '') as language, nullif(a.region, '') as region, a.ordering
      from imdb.title_akas as a
      where $2::bool and a.title_id = b.tconst and btrim(a.title) <> ''
      order by a.ordering
      limit 200
    ) as a
  ) as names on true
  left join lateral (
    select json_agg(
      json_build_object('name', left(btrim(p.name), 200), 'role', p.role, 'imdb', p.nconst)
      order by p.first
    ) as list
    from (
      select n.nconst, n.primary_name as name, credit.role, min(credit.rank) as first
      from (
        select d.nconst, 'director' as role, d.rank
        from imdb.title_crew as c, unnest(c.directors) with ordinality as d (nconst, rank)
        where c.tconst = b.tconst
        union all
        select w.nconst, 'writer', 1000 + w.rank
        from imdb.title_crew as c, unnest(c.writers) with ordinality as w (nconst, rank)
        where c.tconst = b.tconst
        union all
        select p.nconst, role.of_category, 2000 + p.ordering
        from (
          select p.nconst, p.category, p.ordering
          from imdb.title_principals as p
          where p.tconst = b.tconst
          order by p.ordering
          limit 1000
        ) as p
          join (
            values
              ('director', 'director'), ('writer', 'writer'), ('actor', 'actor'), ('actress', 'actor'), ('self', 'actor'),
              ('producer', 'producer'), ('composer', 'composer'), ('cinematographer', 'cinematographer'), ('editor', 'editor')
          ) as role (category, of_category) on role.category = p.category
      ) as credit
        join imdb.name_basics as n on n.nconst = credit.nconst
      where $2::bool and n.nconst ~ '^nm[0-9]{7,10}$' and btrim(n.primary_name) <> ''
      group by n.nconst, n.primary_name, credit.role
      order by first
      limit 50
    ) as p
  ) as people on true
  left join ingest.data_control as published on published.dataset = 'title.basics'
where b.tconst = any ($1::text[])
