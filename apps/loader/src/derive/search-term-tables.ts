import { compactKey, tierWords } from '@marquee/search';
import type { BuildTarget, SearchSchema } from './derived-table-set.ts';
import type { TableFinish } from './table-builds.ts';

/** The tables of search terms. */
export type TermTable = 'title_text' | 'name_text';

/**
 * The statement that creates a table of search terms, without indexes. The key is the letter of the
 * tier followed by the text. As one column it is sorted in half the time of two: PostgreSQL compares
 * the first bytes of the first column as a number.
 */
export function createTermTable(schema: SearchSchema, table: TermTable): string {
  return `
    create table ${schema}.${table} (
      id text collate "C" not null,
      weight smallint not null,${COLUMNS[table]}
      key text collate "C" not null
    ) with (autovacuum_enabled = false)`;
}

/** The years of a title narrow a search by name, which then needs no other table. */
const COLUMNS: Readonly<Record<TermTable, string>> = {
  title_text: `
      start_year smallint,
      last_year smallint,`,
  name_text: '',
};

/**
 * The index of each table by which the loader recognises a table of an earlier version. A change of
 * the table's content, such as of the normal form, needs another name for the index.
 */
export const TERM_INDEXES: Readonly<Record<TermTable, string>> = {
  title_text: 'title_text_compact_years_index',
  name_text: 'name_text_compact_index',
};

/** The indexes and comment of a filled table of search terms. */
export function finishTermTable(schema: SearchSchema, table: TermTable): TableFinish {
  const name = `${schema}.${table}`;
  return {
    indexes: [
      `create index on ${name} using gin ((array_to_tsvector(${tierWords('key')})))`,
      // an exact match reads in order of weight, a prefix match reads a range; neither needs the table
      `create index ${TERM_INDEXES[table]} on ${name} (${compactKey('key')}, weight desc, id) include (${INCLUDED[table]})`,
      `create index on ${name} (id)`,
    ],
    last: [`analyze ${name}`, `comment on table ${name} is '${COMMENTS[table]}'`],
  };
}

const INCLUDED: Readonly<Record<TermTable, string>> = {
  title_text: 'key, start_year, last_year',
  name_text: 'key',
};

const COMMENTS: Readonly<Record<TermTable, string>> = {
  title_text: 'Search terms of titles, in normal form',
  name_text: 'Search terms of names, in normal form',
};

/**
 * The statements that create and fill the table of the names known for each title: their weight
 * changes with the title's votes.
 */
export function fillKnownFor({ schema, table }: BuildTarget): string[] {
  return [
    `create table ${schema}.known_for (
      title text collate "C" not null,
      name text collate "C" not null
    ) with (autovacuum_enabled = false)`,
    `insert into ${schema}.known_for select unnest(known_for_titles), nconst from ${table('name.basics')}`,
  ];
}

/** The index and comment of the filled table `known_for`. */
export function finishKnownFor(schema: SearchSchema): TableFinish {
  return {
    indexes: [`create index on ${schema}.known_for (title, name)`],
    last: [
      `analyze ${schema}.known_for`,
      `comment on table ${schema}.known_for is 'The names known for a title: their weight changes with its votes'`,
    ],
  };
}
