-- Value by value, one step: GET /titles?titleType=tvSeries&sort=year
-- An index scan within the next years that series start in, by search.title_count.
select found.*, title.title_type as "titleType", title.primary_title as "primaryTitle", title.original_title as "originalTitle", title.is_adult as "isAdult", title.start_year as "startYear", title.end_year as "endYear", title.runtime_minutes as "runtimeMinutes", title.genres as "genres", rating.average_rating as "averageRating", rating.num_votes as "numVotes", case when title.title_type = 'tvEpisode' then (
    select json_build_object('tconst', e.parent_tconst, 'primaryTitle', series.primary_title, 'seasonNumber', e.season_number, 'episodeNumber', e.episode_number)
    from imdb.title_episode as e left join imdb.title_basics as series on series.tconst = e.parent_tconst where e.tconst = title.tconst
  ) end as "episodeOf", search_title.weighted / 1000.0 as "weightedRating"
  from (
    select t.tconst, 0 as "_partition", coalesce(t.year, 0) as "_year", coalesce(t.votes, 0) as "_votes", coalesce(t.tconst, '') as "_tconst"
    from (
      select t.tconst
      from (
        select * from (
          (select t.year, t.votes, t.tconst, t.runtime, t.rating, t.type_genre_bits, t.region_language_bits from search.title as t where t.votes > 0 and t.year > 0 and true and t.year between '2017'::int4 and '2018'::int4 order by t.year desc, t.votes desc, t.tconst desc limit '5000'::int8)
          union all (select t.year, t.votes, t.tconst, t.runtime, t.rating, t.type_genre_bits, t.region_language_bits from search.title as t where t.votes < 1 and t.year > 0 and true and t.year between '2017'::int4 and '2018'::int4 order by t.year desc, t.votes desc, t.tconst desc limit '5000'::int8)
        ) as t order by t.year desc, t.votes desc, t.tconst desc limit '5000'::int8
      ) as t
      where t.type_genre_bits & '262144'::int8 <> 0
    ) as entry
    cross join lateral (
      select t.* from search.title as t where t.tconst = entry.tconst and t.tags && '{"t:tvSeries"}'::text[] offset 0
    ) as t
    limit '21'::int8
  ) as found
  left join imdb.title_basics as title on title.tconst = found.tconst left join imdb.title_ratings as rating on rating.tconst = found.tconst left join search.title as search_title on search_title.tconst = found.tconst
  order by found."_partition", found."_year" desc, found."_votes" desc, found."_tconst" collate "C" desc;
