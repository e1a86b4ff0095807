-- Recommended indexes on the tables of the datasets, for people who query them with SQL: make
-- indexes builds them. The API needs none of them. The comment above each says what it is for.

-- titles by name: lower(primary_title) = 'alien', or like 'alien%'
create index concurrently title_basics_lower_title on imdb.title_basics (lower(primary_title) text_pattern_ops);

-- titles by a part of the name: primary_title ilike '%alien%'
create index concurrently title_basics_title_trigrams on imdb.title_basics using gin (primary_title gin_trgm_ops);

-- titles of a type and year: title_type = 'movie' and start_year = 1979
create index concurrently title_basics_type_year on imdb.title_basics (title_type, start_year);

-- titles of genres: genres @> '{Horror,Comedy}'
create index concurrently title_basics_genres on imdb.title_basics using gin (genres);

-- titles by votes: num_votes > 100000, and order by num_votes desc limit 10
create index concurrently title_ratings_votes on imdb.title_ratings (num_votes) include (average_rating, tconst);

-- people by name: lower(primary_name) = 'tom hanks'
create index concurrently name_basics_lower_name on imdb.name_basics (lower(primary_name) text_pattern_ops);

-- titles of a region or language: region = 'DE'
create index concurrently title_akas_region on imdb.title_akas (region, language, title_id);

-- who played a character: characters @> '{Ellen Ripley}'
create index concurrently title_principals_characters on imdb.title_principals using gin (characters) where characters is not null;

-- who played the same character how often: group by nconst, characters
create index concurrently title_principals_played on imdb.title_principals (nconst, characters) where characters is not null;
