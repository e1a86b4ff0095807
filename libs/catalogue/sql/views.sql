-- Views and a function for people, beside the tables of the datasets. A full load creates the views
-- again on its new tables. Ratings, titles and names are joined with outer joins: IMDb's files refer
-- to rows that are in none of them. Each view is one flat query, so PostgreSQL inlines it and uses
-- the indexes of its tables; columns that a statement does not read cost nothing.

create or replace function imdb.weighted_rating(average_rating numeric, num_votes integer) returns numeric
language sql immutable parallel safe
return round((num_votes * average_rating + 6500) / (num_votes + 1000), 3);
comment on function imdb.weighted_rating(numeric, integer) is 'The order of the charts: (v·R + 1000·6.5) / (v + 1000), with v votes and the rating R; null without votes';

create or replace view imdb.movie as
select
  b.tconst, b.primary_title, b.original_title, b.is_adult, b.start_year, b.runtime_minutes, b.genres,
  r.average_rating, r.num_votes, imdb.weighted_rating(r.average_rating, r.num_votes) as weighted_rating
from imdb.title_basics b left join imdb.title_ratings r on r.tconst = b.tconst
where b.title_type = 'movie';
comment on view imdb.movie is 'Films, with their ratings';
comment on column imdb.movie.tconst is 'Id of the film';
comment on column imdb.movie.primary_title is 'The title most in use';
comment on column imdb.movie.original_title is 'The title in the original language';
comment on column imdb.movie.is_adult is 'Whether it is an adult title';
comment on column imdb.movie.start_year is 'Year of release';
comment on column imdb.movie.runtime_minutes is 'Running time in minutes';
comment on column imdb.movie.genres is 'Up to three genres';
comment on column imdb.movie.average_rating is 'Mean rating, 1 to 10; null without votes';
comment on column imdb.movie.num_votes is 'Number of votes; null without votes';
comment on column imdb.movie.weighted_rating is 'Weighted rating: see the function weighted_rating';

create or replace view imdb.series as
select
  b.tconst, b.title_type, b.primary_title, b.original_title, b.is_adult, b.start_year, b.end_year, b.runtime_minutes, b.genres,
  r.average_rating, r.num_votes, imdb.weighted_rating(r.average_rating, r.num_votes) as weighted_rating,
  (select count(distinct e.season_number)::integer from imdb.title_episode e where e.parent_tconst = b.tconst) as seasons,
  (select count(*)::integer from imdb.title_episode e where e.parent_tconst = b.tconst) as episodes
from imdb.title_basics b left join imdb.title_ratings r on r.tconst = b.tconst
where b.title_type in ('tvSeries', 'tvMiniSeries');
comment on view imdb.series is 'Series and mini-series, with their ratings and the number of their episodes';
comment on column imdb.series.tconst is 'Id of the series';
comment on column imdb.series.title_type is 'tvSeries or tvMiniSeries';
comment on column imdb.series.primary_title is 'The title most in use';
comment on column imdb.series.original_title is 'The title in the original language';
comment on column imdb.series.is_adult is 'Whether it is an adult title';
comment on column imdb.series.start_year is 'First year';
comment on column imdb.series.end_year is 'Last year; null while it continues, or if unknown';
comment on column imdb.series.runtime_minutes is 'Running time of an episode in minutes';
comment on column imdb.series.genres is 'Up to three genres';
comment on column imdb.series.average_rating is 'Mean rating of the series itself, 1 to 10; null without votes';
comment on column imdb.series.num_votes is 'Number of votes; null without votes';
comment on column imdb.series.weighted_rating is 'Weighted rating: see the function weighted_rating';
comment on column imdb.series.seasons is 'Number of its seasons; counted when read';
comment on column imdb.series.episodes is 'Number of its episodes; counted when read';

create or replace view imdb.episode_full as
select
  e.tconst, e.parent_tconst, s.primary_title as series_title, e.season_number, e.episode_number,
  b.primary_title, b.start_year, b.runtime_minutes,
  r.average_rating, r.num_votes, imdb.weighted_rating(r.average_rating, r.num_votes) as weighted_rating
from imdb.title_episode e
  left join imdb.title_basics b on b.tconst = e.tconst
  left join imdb.title_basics s on s.tconst = e.parent_tconst
  left join imdb.title_ratings r on r.tconst = e.tconst;
comment on view imdb.episode_full is 'Episodes, with their titles, ratings and series';
comment on column imdb.episode_full.tconst is 'Id of the episode';
comment on column imdb.episode_full.parent_tconst is 'Id of the series';
comment on column imdb.episode_full.series_title is 'Title of the series; null if no file has it';
comment on column imdb.episode_full.season_number is 'Season; null if unknown';
comment on column imdb.episode_full.episode_number is 'Number within the season; null if unknown';
comment on column imdb.episode_full.primary_title is 'Title of the episode; null if no file has it';
comment on column imdb.episode_full.start_year is 'Year of the first broadcast';
comment on column imdb.episode_full.runtime_minutes is 'Running time in minutes';
comment on column imdb.episode_full.average_rating is 'Mean rating, 1 to 10; null without votes';
comment on column imdb.episode_full.num_votes is 'Number of votes; null without votes';
comment on column imdb.episode_full.weighted_rating is 'Weighted rating: see the function weighted_rating';

create or replace view imdb.person_credit as
select
  p.nconst, n.primary_name, p.tconst, b.title_type, b.primary_title, b.start_year, b.genres,
  p.ordering, p.category, p.job, p.characters,
  r.average_rating, r.num_votes
from imdb.title_principals p
  left join imdb.name_basics n on n.nconst = p.nconst
  left join imdb.title_basics b on b.tconst = p.tconst
  left join imdb.title_ratings r on r.tconst = p.tconst;
comment on view imdb.person_credit is 'The principal cast and crew of titles: who did what in which title';
comment on column imdb.person_credit.nconst is 'Id of the person';
comment on column imdb.person_credit.primary_name is 'Name of the person; null if no file has it';
comment on column imdb.person_credit.tconst is 'Id of the title';
comment on column imdb.person_credit.title_type is 'Kind of title: movie, short, tvSeries, tvEpisode …';
comment on column imdb.person_credit.primary_title is 'Title; null if no file has it';
comment on column imdb.person_credit.start_year is 'Year of release';
comment on column imdb.person_credit.genres is 'Up to three genres of the title';
comment on column imdb.person_credit.ordering is 'Position among the credits of the title';
comment on column imdb.person_credit.category is 'actor, actress, director, writer, composer …';
comment on column imdb.person_credit.job is 'The job, if it is not the category';
comment on column imdb.person_credit.characters is 'The characters played';
comment on column imdb.person_credit.average_rating is 'Mean rating of the title, 1 to 10; null without votes';
comment on column imdb.person_credit.num_votes is 'Number of votes of the title; null without votes';

create or replace view imdb.title_genre as
select b.tconst, g.genre, b.title_type, b.primary_title, b.start_year
from imdb.title_basics b cross join lateral unnest(b.genres) as g (genre);
comment on view imdb.title_genre is 'A row for each genre of a title, to group by; to find titles of a genre, genres @> ''{Drama}'' is faster';
comment on column imdb.title_genre.tconst is 'Id of the title';
comment on column imdb.title_genre.genre is 'One of its genres';
comment on column imdb.title_genre.title_type is 'Kind of title: movie, short, tvSeries, tvEpisode …';
comment on column imdb.title_genre.primary_title is 'The title most in use';
comment on column imdb.title_genre.start_year is 'Year of release; of a series, its first year';
