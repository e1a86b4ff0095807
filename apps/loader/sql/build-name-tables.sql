-- build-name-tables.sql, made by npm run docs.
-- Run by psql against a loaded database, it builds the tables in search_next, and rolls back.
-- The loader runs the parts in transactions of their own, builds indexes in parallel, and swaps the tables
-- into schema search when it publishes.

begin;

-- search.name

set local work_mem = '192MB';

set local max_parallel_workers_per_gather = 0;

create table search_next.name with (autovacuum_enabled = false) as
select
  nconst,
  birth_year as birth,
  death_year as death,
  coalesce(primary_profession, '{}') collate "C" as professions
from imdb.name_basics;

analyze search_next.name;

create index on search_next.name using gin (professions);

create unique index name_pkey on search_next.name (nconst);

create index name_by_birth on search_next.name (birth, nconst) where birth is not null;

create index on search_next.name (death, nconst) where death is not null;

alter table search_next.name add constraint name_pkey primary key using index name_pkey;

comment on table search_next.name is 'Names with the values by which they are filtered and sorted';

-- search.profession

create table search_next.profession as
select profession, count(*) as names
from search_next.name, unnest(professions) as profession
group by profession;

alter table search_next.profession add primary key (profession);

comment on table search_next.profession is 'How many names have each profession';

rollback;
