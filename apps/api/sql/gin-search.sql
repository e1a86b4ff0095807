-- GIN search: GET /titles?genre=Western&titleType=movie&sort=votes&after=…
-- All titles that match, by the GIN index, sorted for the best.
select found.*, title.title_type as "titleType", title.primary_title as "primaryTitle", title.original_title as "originalTitle", title.is_adult as "isAdult", title.start_year as "startYear", title.end_year as "endYear", title.runtime_minutes as "runtimeMinutes", title.genres as "genres", rating.average_rating as "averageRating", rating.num_votes as "numVotes", case when title.title_type = 'tvEpisode' then (
    select json_build_object('tconst', e.parent_tconst, 'primaryTitle', series.primary_title, 'seasonNumber', e.season_number, 'episodeNumber', e.episode_number)
    from imdb.title_episode as e left join imdb.title_basics as series on series.tconst = e.parent_tconst where e.tconst = title.tconst
  ) end as "episodeOf", search_title.weighted / 1000.0 as "weightedRating"
  from (
    with matching as materialized (
      select t.* from search.title as t where t.votes > 0 and t.tags && '{"t:movie"}'::text[] and t.genres @> '{"Western"}'::text[] and (t.votes, t.year, t.tconst) < ('5000'::int4, '1994'::int4, 'tt0000001'::text)
    )
    select t.tconst, 0 as "_partition", coalesce(t.votes, 0) as "_votes", coalesce(t.year, 0) as "_year", coalesce(t.tconst, '') as "_tconst" from matching as t
    order by t.votes desc, t.year desc, t.tconst desc limit '21'::int8
  ) as found
  left join imdb.title_basics as title on title.tconst = found.tconst left join imdb.title_ratings as rating on rating.tconst = found.tconst left join search.title as search_title on search_title.tconst = found.tconst
  order by found."_partition", found."_votes" desc, found."_year" desc, found."_tconst" collate "C" desc;
