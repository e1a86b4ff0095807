/** What extractor and aggregator still have to do, until so many sources have been read. */
export const UNMERGED = `
  select 'source' as what from sources.source where taken is not null having count(*) < $1::integer
  union all
  select 'delivery' from sources.delivery where state = 'received'
  union all
  select 'record' from sources.pending
  union all
  select 'movie' from movies.pending
  limit 1`;
