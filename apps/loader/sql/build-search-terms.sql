-- build-search-terms.sql, made by npm run docs.
-- Run by psql against a loaded database, it builds the tables in search_next, and rolls back.
-- The loader runs the parts in transactions of their own, builds indexes in parallel, and swaps the tables
-- into schema search when it publishes.

begin;

-- search.title_text

create table search_next.title_text (
  id text collate "C" not null,
  weight smallint not null,
  start_year smallint,
  last_year smallint,
  key text collate "C" not null
) with (autovacuum_enabled = false);

-- for copy search_next.title_text from stdin (format text, freeze): lines that a thread makes of these rows
explain select
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
  left join imdb.title_ratings r on r.tconst = b.tconst;

create index on search_next.title_text using gin ((array_to_tsvector(string_to_array(replace(key, ' ', ' ' || left(key, 1)), ' '))));

create index title_text_compact_years_index on search_next.title_text (replace(key, ' ', ''), weight desc, id) include (key, start_year, last_year);

create index on search_next.title_text (id);

analyze search_next.title_text;

comment on table search_next.title_text is 'Search terms of titles, in normal form';

-- search.name_text

create table search_next.name_text (
  id text collate "C" not null,
  weight smallint not null,
  key text collate "C" not null
) with (autovacuum_enabled = false);

-- for copy search_next.name_text from stdin (format text, freeze): lines that a thread makes of these rows
explain select
  n.nconst,
  n.primary_name,
  array_to_string(n.known_for_titles, ' ')
from imdb.name_basics n;

create index on search_next.name_text using gin ((array_to_tsvector(string_to_array(replace(key, ' ', ' ' || left(key, 1)), ' '))));

create index name_text_compact_index on search_next.name_text (replace(key, ' ', ''), weight desc, id) include (key);

create index on search_next.name_text (id);

analyze search_next.name_text;

comment on table search_next.name_text is 'Search terms of names, in normal form';

-- search.known_for

create table search_next.known_for (
  title text collate "C" not null,
  name text collate "C" not null
) with (autovacuum_enabled = false);

insert into search_next.known_for select unnest(known_for_titles), nconst from imdb.name_basics;

create index on search_next.known_for (title, name);

analyze search_next.known_for;

comment on table search_next.known_for is 'The names known for a title: their weight changes with its votes';

-- search.word

create table search_next.word (word text collate "C" not null, uses integer not null);

insert into search_next.word
select word, count(*)
from (
  select unnest(string_to_array(substr(key, 2), ' ')) as word from search_next.title_text where replace(key, ' ', '') < 'd'
  union all
  select unnest(string_to_array(substr(key, 2), ' ')) from search_next.name_text where replace(key, ' ', '') < 'd'
)
group by word;

alter table search_next.word add primary key (word);

analyze search_next.word;

comment on table search_next.word is 'The words of the better known search terms, and how many of these have each';

-- search.spelling

create table search_next.spelling (key text collate "C" not null, word text collate "C" not null);

-- for copy search_next.spelling from stdin (format text, freeze): lines that a thread makes of these rows
explain select word from search_next.word;

alter table search_next.spelling add primary key (key, word);

analyze search_next.spelling;

comment on table search_next.spelling is 'Beginnings of words with letters left out: a misspelt word has one in common with the right one';

rollback;
