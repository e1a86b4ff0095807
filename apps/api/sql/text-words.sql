-- Text search, matches of words: GET /search?q=the+long+night&kind=title
-- The best titles that have all the words, in the tiers of known titles.
((select 'words' as stage, 'title' as kind, hit.id, max(hit.weight) as weight, min(hit.key) as key
    from (select hit.id, hit.weight, hit.key from search.title_text as hit where array_to_tsvector(string_to_array(replace(hit.key, ' ', ' ' || left(hit.key, 1)), ' ')) @@ '(''athe'') & (''along'') & (''anight'')'::tsquery limit 1000) as hit  where hit.id <> all ('{}'::text[])  group by hit.id order by weight desc, id limit '20'::int8)
union all (select 'words' as stage, 'title' as kind, hit.id, max(hit.weight) as weight, min(hit.key) as key
    from (select hit.id, hit.weight, hit.key from search.title_text as hit where array_to_tsvector(string_to_array(replace(hit.key, ' ', ' ' || left(hit.key, 1)), ' ')) @@ '(''bthe'') & (''blong'') & (''bnight'')'::tsquery limit 1000) as hit  where hit.id <> all ('{}'::text[])  group by hit.id order by weight desc, id limit '20'::int8)
union all (select 'words' as stage, 'title' as kind, hit.id, max(hit.weight) as weight, min(hit.key) as key
    from (select hit.id, hit.weight, hit.key from search.title_text as hit where array_to_tsvector(string_to_array(replace(hit.key, ' ', ' ' || left(hit.key, 1)), ' ')) @@ '(''cthe'') & (''clong'') & (''cnight'')'::tsquery limit 1000) as hit  where hit.id <> all ('{}'::text[])  group by hit.id order by weight desc, id limit '20'::int8)
union all (select 'words' as stage, 'title' as kind, hit.id, max(hit.weight) as weight, min(hit.key) as key
    from (select hit.id, hit.weight, hit.key from search.title_text as hit where array_to_tsvector(string_to_array(replace(hit.key, ' ', ' ' || left(hit.key, 1)), ' ')) @@ '(''dthe'') & (''dlong'') & (''dnight'')'::tsquery limit 1000) as hit  where hit.id <> all ('{}'::text[])  group by hit.id order by weight desc, id limit '20'::int8)
limit '20'::int8);
