import type { PoolClient } from 'pg';
import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import type {
  BuildContext,
  BuildTarget,
  DerivedTableSet,
  MergedChanges,
  SearchSchema,
} from './derived-table-set.ts';
import { createDifferences, mergeRows } from './row-differences.ts';
import { createInBulk, finishTable, type TableFinish } from './table-builds.ts';

/**
 * The index of `name` by which the loader recognises a table of an earlier version. A change of the
 * table's content needs another name for the index.
 */
const NAME_INDEX = 'name_by_birth';

/**
 * `name`: the values by which names are filtered and sorted. `profession`: how many names have each
 * profession.
 */
export const NAME_TABLES: DerivedTableSet = {
  name: 'filters of names',
  tables: ['name', 'profession'],
  indexes: [NAME_INDEX],
  datasets: ['name.basics'],
  build: buildNameTables,
  refresh: refreshNames,
};

async function buildNameTables(build: BuildContext): Promise<void> {
  await createInBulk(build, createNames(build));
  await allSettledOrThrow([
    finishTable(build, finishNames(build.schema)),
    createInBulk(build, createProfessions(build.schema)),
  ]);
}

/** The columns of `name`, in their order. */
const NAME_COLUMNS = ['nconst', 'birth', 'death', 'professions'] as const;

/** The rows of `name`, as a select. @param ids a table of ids; all names when left out */
function nameRows(table: BuildTarget['table'], ids?: string): string {
  return `
    select
      nconst,
      birth_year as birth,
      death_year as death,
      coalesce(primary_profession, '{}') collate "C" as professions
    from ${table('name.basics')}${ids === undefined ? '' : `\n    where nconst in (select id from ${ids})`}`;
}

/** The statements that create and fill `name`, in one transaction. */
export function createNames({ schema, table }: BuildTarget): string[] {
  return [
    `create table ${schema}.name with (autovacuum_enabled = false) as${nameRows(table)}`,
    `analyze ${schema}.name`,
  ];
}

/** The indexes, key and comment of the filled table `name`. */
export function finishNames(schema: SearchSchema): TableFinish {
  const name = `${schema}.name`;
  return {
    indexes: [
      `create index on ${name} using gin (professions)`,
      `create unique index name_pkey on ${name} (nconst)`,
      `create index ${NAME_INDEX} on ${name} (birth, nconst) where birth is not null`,
      `create index on ${name} (death, nconst) where death is not null`,
    ],
    last: [
      `alter table ${name} add constraint name_pkey primary key using index name_pkey`,
      `comment on table ${name} is 'Names with the values by which they are filtered and sorted'`,
    ],
  };
}

/** The statements that create, fill and finish `profession` from the filled table `name`. */
export function createProfessions(schema: SearchSchema): string[] {
  const table = `${schema}.profession`;
  return [
    `create table ${table} as
    select profession, count(*) as names
    from ${schema}.name, unnest(professions) as profession
    group by profession`,
    `alter table ${table} add primary key (profession)`,
    `comment on table ${table} is 'How many names have each profession'`,
  ];
}

/** Updates the rows of the names that have changed, and adds the differences to the counts. */
async function refreshNames(
  client: PoolClient,
  { schema, table }: BuildTarget,
  { idsOf }: MergedChanges,
): Promise<void> {
  const ids = idsOf('name.basics');
  await client.query(createDifferences('name_difference', `${schema}.name`));
  await client.query(
    mergeRows(`${schema}.name`, NAME_COLUMNS, nameRows(table, ids), ids, 'name_difference'),
  );
  await client.query(
    `insert into ${schema}.profession as p
     select profession, sum(times)
     from name_difference, unnest(professions) as profession
     group by profession
     on conflict (profession) do update set names = p.names + excluded.names`,
  );
  await client.query(`delete from ${schema}.profession where names = 0`);
  await client.query('drop table name_difference');
}
