/**
 * A table of row differences has the columns of a derived table, and the column `times`: -1 for a
 * row as it was before a refresh, 1 for a row as it is afterwards. Counts are updated by its sums.
 */
export function createDifferences(name: string, table: string): string {
  return `create temp table ${name} (like ${table}, times int not null) on commit drop`;
}

/**
 * The statement that brings the rows of some ids up to date, and records their differences. A row
 * that is already right is not written.
 *
 * @param target the derived table
 * @param columns of the target, the id first
 * @param rows a select of the rows that the ids should have
 * @param ids a table of the ids
 * @param differences see {@link createDifferences}
 */
export function mergeRows(
  target: string,
  columns: readonly string[],
  rows: string,
  ids: string,
  differences: string,
): string {
  const [id = '', ...rest] = columns;
  const list = (alias: string, names: readonly string[] = columns) =>
    names.map((name) => `${alias}.${name}`).join(', ');
  return `
    with fresh as materialized (${rows}
    ),
    changed as (
      merge into ${target} as t
      using (select i.id as requested, fresh.* from ${ids} as i left join fresh on fresh.${id} = i.id) as n
        on t.${id} = n.requested
      when matched and n.${id} is null then delete
      when matched
        and (${list('t', rest)})
        is distinct from (${list('n', rest)})
        then update set
          ${rest.map((name) => `${name} = n.${name}`).join(',\n          ')}
      when not matched and n.${id} is not null
        then insert (${columns.join(', ')})
        values (${list('n')})
      returning
        ${oldAndNew(columns)}
    )
    ${insertDifferences(columns, differences)}`;
}

/** The columns of `changed`, for {@link insertDifferences}: a `returning` list. */
export function oldAndNew(columns: readonly string[]): string {
  return columns
    .map((name) => `old.${name} as old_${name}, new.${name} as new_${name}`)
    .join(',\n        ');
}

/**
 * The end of a statement that records the differences of the rows in `changed`.
 *
 * @param columns the first is null where there is no row
 */
export function insertDifferences(columns: readonly string[], differences: string): string {
  const select = (version: 'old' | 'new', times: number) =>
    `select ${columns.map((name) => `${version}_${name}`).join(', ')}, ${times}
    from changed where ${version}_${columns[0] ?? ''} is not null`;
  return `insert into ${differences}
      (${columns.join(', ')}, times)
    ${select('old', -1)}
    union all
    ${select('new', 1)}`;
}
