import { tierWords } from '@marquee/search';
import type { Finish } from './table-builds.ts';
import type { SearchSchema } from './derived-table-set.ts';

/** The tables of texts. */
export type TermTable = 'title_text' | 'name_text';

/**
 * The statement that makes a table of texts, bare. A text's key is the letter of its tier and the
 * text: as one column it sorts in half the time of two, for PostgreSQL compares the first bytes of
 * the first column as a number.
 */
export function createTermTable(schema: SearchSchema, table: TermTable): string {
  return `create table ${schema}.${table} (
    id text collate "C" not null,
    weight smallint not null,
    key text collate "C" not null
  ) with (autovacuum_enabled = false)`;
}

/**
 * The index of each table by which the loader tells an older one. Whoever changes what a table
 * holds, be it the normal form, gives its index another name.
 */
export const TERM_INDEXES: Readonly<Record<TermTable, string>> = {
  title_text: 'title_text_key_index',
  name_text: 'name_text_key_index',
};

/** What makes a filled table of texts complete. */
export function finishTermTable(schema: SearchSchema, table: TermTable): Finish {
  const name = `${schema}.${table}`;
  return {
    indexes: [
      `create index on ${name} using gin ((array_to_tsvector(${tierWords('key')})))`,
      // exact: in the order of weight; prefix: a range
      `create index ${TERM_INDEXES[table]} on ${name} (key, weight desc, id)`,
      `create index on ${name} (id)`,
    ],
    last: [`analyze ${name}`, `comment on table ${name} is '${COMMENTS[table]}'`],
  };
}

const COMMENTS: Readonly<Record<TermTable, string>> = {
  title_text: 'The texts by which titles are found, in their normal form',
  name_text: 'The texts by which names are found, in their normal form',
};

/**
 * The statement that makes the table of whom each title makes known, bare: whose weight changes
 * with the title's votes.
 */
export function createKnownFor(schema: SearchSchema): string {
  return `create table ${schema}.known_for (title text collate "C" not null, name text collate "C" not null) with (autovacuum_enabled = false)`;
}

/** What makes it complete. */
export function finishKnownFor(schema: SearchSchema): Finish {
  return {
    indexes: [`create index on ${schema}.known_for (title, name)`],
    last: [
      `analyze ${schema}.known_for`,
      `comment on table ${schema}.known_for is 'Which names are known for a title: their weight changes with its votes'`,
    ],
  };
}

/** The statement that makes the table of the words of well known texts, bare. */
export function createWord(schema: SearchSchema): string {
  return `create table ${schema}.word (word text collate "C" not null, uses integer not null)`;
}

/** What makes it complete. */
export function finishWord(schema: SearchSchema): string[] {
  return [
    `alter table ${schema}.word add primary key (word)`,
    `analyze ${schema}.word`,
    `comment on table ${schema}.word is 'The words of the better known texts, and in how many of them each is'`,
  ];
}

/**
 * The statement that makes the table of the keys under which a misspelt word is looked for, bare.
 */
export function createSpelling(schema: SearchSchema): string {
  return `create table ${schema}.spelling (key text collate "C" not null, word text collate "C" not null)`;
}

/** What makes it complete. */
export function finishSpelling(schema: SearchSchema): string[] {
  return [
    `alter table ${schema}.spelling add primary key (key, word)`,
    `analyze ${schema}.spelling`,
    `comment on table ${schema}.spelling is 'Beginnings of words with letters left out: a misspelt word has one in common with the right one'`,
  ];
}
