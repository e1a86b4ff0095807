/** The tables and views of a schema, or of those that statements find without one. */
const LIST_SQL = `select n.nspname as schema, c.relname as name,
    case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind,
    case when c.reltuples < 0 then null else c.reltuples::bigint end as "rows (about)",
    obj_description(c.oid, 'pg_class') as description
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
    and c.relname like $2::text and case when $1::text = '' then pg_table_is_visible(c.oid) else n.nspname like $1::text end
  order by n.nspname, c.relname`;

const COLUMNS_SQL = `select a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
    case when a.attnotnull then 'not null' end as nullable, col_description(a.attrelid, a.attnum) as description
  from pg_attribute a where a.attrelid = to_regclass($1::text) and a.attnum > 0 and not a.attisdropped
  order by a.attnum`;

const INDEXES_SQL = `select pg_get_indexdef(i.indexrelid) as index
  from pg_index i where i.indrelid = to_regclass($1::text) order by 1`;

/** A statement with its values. */
interface Query {
  readonly statement: string;
  readonly values: readonly string[];
}

/** The statement that lists tables: all, or those of a pattern such as `search.*` or `title_*`. */
export function listTables(pattern: string): Query {
  const [name = '', schema = ''] = pattern.split('.').reverse();
  return { statement: LIST_SQL, values: [likeOf(schema), likeOf(name || '*')] };
}

/** The statements that describe a table: its columns, and its indexes. */
export function describeTable(table: string): readonly Query[] {
  return [COLUMNS_SQL, INDEXES_SQL].map((statement) => ({ statement, values: [table] }));
}

function likeOf(pattern: string): string {
  return pattern.replaceAll(/[\\_%]/gu, String.raw`\$&`).replaceAll('*', '%');
}
