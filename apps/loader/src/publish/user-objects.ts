import { HAND_WRITE_TRIGGER } from '@marquee/catalogue';
import type { PoolClient } from 'pg';

/** A user's object that is created again on the new tables. */
interface CarriedObject {
  readonly what: string;
  /** Creates it. */
  readonly statement: string;
}

/** The views over published tables and the privileges on them, as they are before a swap. */
export async function readCarriedObjects(
  client: PoolClient,
  tables: readonly string[],
): Promise<CarriedObject[]> {
  return [...(await readViews(client, tables)), ...(await readGrants(client, tables))];
}

/** The statements that bind views over these tables to the new tables of the same names. */
async function readViews(client: PoolClient, tables: readonly string[]): Promise<CarriedObject[]> {
  // with an empty search path, definitions qualify every table with its schema
  await client.query(`set local search_path = ''`);
  const { rows } = await client.query<CarriedObject>(
    `select
       format('view %I.%I', n.nspname, v.relname) as what,
       format(
         'create or replace view %I.%I%s as %s',
         n.nspname,
         v.relname,
         ' with (' || nullif(array_to_string(v.reloptions, ', '), '') || ')',
         pg_get_viewdef(v.oid)
       ) as statement
     from pg_class v join pg_namespace n on n.oid = v.relnamespace
     where v.relkind = 'v'
       and exists (
         select from pg_rewrite r
           join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
         where r.ev_class = v.oid
           and d.refclassid = 'pg_class'::regclass
           and d.refobjid = any ($1::text[]::regclass[])
       )
     order by v.oid`,
    [tables],
  );
  return rows;
}

async function readGrants(client: PoolClient, tables: readonly string[]): Promise<CarriedObject[]> {
  const { rows } = await client.query<CarriedObject>(
    `select
       format('a privilege on %s', c.oid::regclass) as what,
       format(
         'grant %s%s on %s to %s%s',
         a.privilege_type,
         acl.columns,
         c.oid::regclass,
         case a.grantee when 0 then 'public' else a.grantee::regrole::text end,
         case when a.is_grantable then ' with grant option' else '' end
       ) as statement
     from pg_class c
       cross join lateral (
         select '' as columns, c.relacl as acl
         union all
         select format(' (%I)', attname), attacl from pg_attribute
         where attrelid = c.oid and attnum > 0 and attacl is not null
       ) as acl
       cross join lateral aclexplode(acl.acl) as a
     where c.oid = any ($1::text[]::regclass[]) and a.grantee <> c.relowner`,
    [tables],
  );
  return rows;
}

/** A user's object that a swap cannot carry over. */
interface LostObject {
  readonly table: string;
  readonly what: string;
}

/** Objects that belong to a table are dropped with it, without an error: finds these. */
export async function findLostObjects(
  client: PoolClient,
  tables: readonly string[],
): Promise<LostObject[]> {
  const { rows } = await client.query<LostObject>(
    `select t.id::text as table, what
     from unnest($1::text[]::regclass[]) as t (id), lateral (
       select format('constraint %I', conname) as what from pg_constraint
         where conrelid = t.id and contype not in ('p', 'n')
       union all
       select format('trigger %I', tgname) from pg_trigger
         where tgrelid = t.id and not tgisinternal and tgname <> '${HAND_WRITE_TRIGGER}'
       union all
       select format('policy %I', polname) from pg_policy where polrelid = t.id
       union all
       select 'row level security' from pg_class where oid = t.id and relrowsecurity
       union all
       select format('statistics %I', stxname) from pg_statistic_ext where stxrelid = t.id
       union all
       select format('rule %I', rulename) from pg_rewrite where ev_class = t.id
       union all
       select format('publication %I', pubname) from pg_publication p
         join pg_publication_rel r on r.prpubid = p.oid
         where r.prrelid = t.id
       union all
       select format('another owner, %s,', relowner::regrole) from pg_class
         where oid = t.id and relowner <> current_user::regrole
       union all
       select format('the temporary view %I of an open session', v.relname) from pg_depend d
         join pg_rewrite r on r.oid = d.objid
         join pg_class v on v.oid = r.ev_class
         where d.refobjid = t.id and d.classid = 'pg_rewrite'::regclass and v.relpersistence = 't'
       union all
       select format('index %I, made while this was loaded,', c.relname) from pg_index i
         join pg_class c on c.oid = i.indexrelid
         where i.indrelid = t.id
           and not exists (
             select from pg_index n
             where n.indrelid = to_regclass(replace(t.id::text, 'imdb.', 'imdb_next.'))
               and regexp_replace(pg_get_indexdef(n.indexrelid), ' INDEX .*? ON \\S+ ', ' ')
                 = regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX .*? ON \\S+ ', ' ')
           )
       union all
       select format('a column %I', attname) from pg_attribute
         where attrelid = t.id and attnum > 0 and not attisdropped
           and attname <> all (array(
             select attname from pg_attribute a
             where a.attrelid = to_regclass(replace(t.id::text, 'imdb.', 'imdb_next.')) and a.attnum > 0
           ))
     ) as found`,
    [tables],
  );
  return rows;
}
