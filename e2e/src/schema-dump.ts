import type { Pool } from 'pg';

/**
 * The schemas `ingest`, `imdb`, `access`, `sources`, `movies` and `events` as readable SQL, from the system catalogs: tables with
 * columns and constraints, indexes, comments. Replaces pg_dump, which the embedded PostgreSQL
 * lacks.
 */
export async function dumpSchema(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ statement: string }>(`
    with relation as (
      select c.oid, n.nspname as schema, c.relname as name, format('%I.%I', n.nspname, c.relname) as full_name, c.reloptions
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname in ('ingest', 'imdb', 'access', 'sources', 'movies', 'events')
    ),
    line as (
      select a.attrelid as oid, a.attnum as at,
        format('  %I %s%s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
          case when a.attcollation <> t.typcollation then ' collate ' || quote_ident(l.collname) end,
          case a.attidentity when 'a' then ' generated always as identity' end,
          case when a.attnotnull then ' not null' end,
          ' default ' || pg_get_expr(d.adbin, d.adrelid)) as text
      from pg_attribute a join pg_type t on t.oid = a.atttypid
        left join pg_collation l on l.oid = a.attcollation
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attnum > 0 and not a.attisdropped
      union all
      select k.conrelid, 1000 + row_number() over (partition by k.conrelid order by k.contype desc, k.conname), format('  constraint %I %s', k.conname, pg_get_constraintdef(k.oid))
      from pg_constraint k where k.contype <> 'n'
    ),
    statement as (
      select schema, '' as name, 0 as kind, 0 as at, format('create schema %I;', schema) as text from relation group by schema
      union all
      select r.schema, r.name, 1, 0, format(e'create table %s (\\n%s\\n)%s;', r.full_name, string_agg(line.text, e',\\n' order by line.at),
        ' with (' || array_to_string(r.reloptions, ', ') || ')')
      from relation r join line using (oid) group by r.oid, r.schema, r.name, r.full_name, r.reloptions
      union all
      select r.schema, r.name, 2, row_number() over (partition by r.oid order by c.relname), pg_get_indexdef(i.indexrelid) || ';'
      from relation r join pg_index i on i.indrelid = r.oid join pg_class c on c.oid = i.indexrelid
      where not exists (select from pg_constraint k where k.conindid = i.indexrelid)
      union all
      select r.schema, r.name, 3, d.objsubid, format('comment on %s is %L;',
        case d.objsubid when 0 then 'table ' || r.full_name else format('column %s.%I', r.full_name, a.attname) end, d.description)
      from relation r join pg_description d on d.objoid = r.oid and d.classoid = 'pg_class'::regclass
        left join pg_attribute a on a.attrelid = r.oid and a.attnum = d.objsubid
    )
    select text as statement from statement order by schema desc, name, kind, at`);
  return rows
    .map(({ statement }) => `${statement.startsWith('create') ? '\n' : ''}${statement}\n`)
    .join('')
    .trimStart();
}
