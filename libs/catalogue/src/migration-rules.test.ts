import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { dataSourceOptions } from './database.ts';

const CHANGELOG = join(import.meta.dirname, '../../../CHANGELOG.md');

/** The last migration of the first release: no version has run beside those up to it. */
const FIRST_RELEASE = 1_765_020_000_000;

/**
 * What the version before could not run beside, or would have to wait for: it reads and writes the
 * new schema until its last process has ended, and again after a rollback.
 */
const RULES: readonly (readonly [RegExp, string])[] = [
  [
    /\bdrop\s+(?:table|schema|view|type|sequence|function|column|domain|index)\b/u,
    'drops what is in use',
  ],
  [/\balter\s+table\b[^;]*\bdrop\s+(?!default|not\s+null|constraint)/u, 'drops what is in use'],
  [/\brename\b/u, 'renames what is in use'],
  [/\bset\s+schema\b/u, 'moves what is in use'],
  [
    /\badd\s+column\b(?![^,;]*\bdefault\b)[^,;]*\bnot\s+null\b/u,
    'adds a column that inserts of the version before leave out',
  ],
  [/\bset\s+not\s+null\b/u, 'refuses rows that the version before writes'],
  [/\bdrop\s+default\b/u, 'refuses rows that the version before writes'],
  [/\balter\s+column\s+\S+\s+(?:set\s+data\s+)?type\b/u, 'rewrites the table under a lock'],
  [
    /\badd\s+column\b[^,;]*\b(?:generated\s+always\s+as\s*\((?![^;]*\bvirtual\b)|default\s+(?:gen_random_uuid|random|clock_timestamp)\s*\()/u,
    'rewrites the table under a lock',
  ],
  [
    /\badd\s+(?:constraint\s+\S+\s+)?(?:check|foreign\s+key)\b(?![^;]*\bnot\s+valid\b)/u,
    'checks all rows under a lock: add it as not valid, and validate it in a later migration',
  ],
  [
    /\badd\s+(?:constraint\s+\S+\s+)?(?:unique|primary\s+key)\b(?!\s+using\s+index)/u,
    'refuses rows that the version before writes, and builds an index under a lock',
  ],
  [/\btruncate\b/u, 'removes rows that the version before reads'],
  [/\b(?:vacuum\s+full|cluster)\b/u, 'rewrites the table under a lock'],
  [/\block\s+table\b/u, 'locks a table that the version before uses'],
];

/** Removes what the version before no longer uses: `-- unused since 0.2.0`, in the statement. */
const CONTRACTION = /--\s*unused since (\d+\.\d+\.\d+)/u;

/**
 * The parts of a migration that the version before cannot run beside.
 *
 * @param statements in the order in which they run
 */
function findBreaks(statements: readonly string[]): string[] {
  const made = new Set<string>();
  const breaks: string[] = [];
  for (const statement of statements) {
    if (CONTRACTION.test(statement)) continue;
    const sql = statement.toLowerCase().replaceAll(/--[^\n]*/gu, '');
    const [, table] = /\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?([\w.]+)/u.exec(sql) ?? [];
    if (table !== undefined) made.add(table);
    const [, changed] =
      /\b(?:alter\s+table|create\s+(?:unique\s+)?index\s+\S+\s+on)\s+(?:only\s+)?([\w.]+)/u.exec(
        sql,
      ) ?? [];
    // nobody else knows a table that the same migration makes
    if (changed !== undefined && made.has(changed)) continue;
    if (/\bcreate\s+(?:unique\s+)?index\b/u.test(sql) && changed !== undefined)
      breaks.push(`builds an index of ${changed} under a lock: ${statement}`);
    for (const [rule, why] of RULES) if (rule.test(sql)) breaks.push(`${why}: ${statement}`);
  }
  return breaks;
}

/** The statements of a migration. */
async function statementsOf(migration: MigrationInterface): Promise<string[]> {
  const statements: string[] = [];
  const recorder = {
    query: async (statement: string) => {
      statements.push(statement);
      return Promise.resolve([]);
    },
  };
  await migration.up(recorder as unknown as QueryRunner);
  return statements;
}

const migrations = (
  dataSourceOptions('postgres://127.0.0.1/none').migrations as (new () => MigrationInterface)[]
).map((Migration) => new Migration());

describe('a migration', () => {
  it.each(migrations.map((migration) => [String(migration.name), migration] as const))(
    '%s lets the version before run beside it',
    async (name, migration) => {
      const statements = await statementsOf(migration);
      expect(statements.join('').length).toBeGreaterThan(0);
      if (Number(/\d+$/u.exec(name)?.[0]) <= FIRST_RELEASE) return;
      expect(findBreaks(statements)).toEqual([]);
      const releases = readFileSync(CHANGELOG, 'utf8');
      for (const statement of statements) {
        const since = CONTRACTION.exec(statement)?.[1];
        if (since !== undefined) expect(releases).toContain(`## [${since}]`);
      }
    },
  );

  it.each([
    'alter table access.key drop column role',
    'alter table access.key drop role',
    'alter table access.key rename column role to duty',
    'alter table access.key rename to keys',
    'drop table access.key',
    'drop view imdb.movie',
    'alter table access.key add column owner text not null',
    'alter table access.key add owner text, alter column role set not null',
    'alter table access.key alter column id type bigint',
    'alter table access.key alter column id set data type bigint using id::bigint',
    'alter table access.key add constraint key_role check (role <> $$x$$)',
    'alter table access.key add unique (name)',
    'alter table access.key add column token uuid default gen_random_uuid()',
    'create index key_name on access.key (name)',
    'create unique index key_name on access.key (name)',
    'truncate access.session',
    'alter table access.key set schema keys',
  ])('may not do this: %s', (statement) => {
    expect(findBreaks([statement])).not.toEqual([]);
  });

  it.each([
    ['create table access.team (id int primary key, name text not null)'],
    [
      'create table access.team (id int, name text)',
      'alter table access.team add constraint team_name unique (name)',
      'create index team_idx on access.team (id)',
    ],
    ['create index concurrently key_name on access.key (name)'],
    ['alter table access.key add column owner text'],
    [`alter table access.key add column kind text not null default 'user'`],
    ['alter table access.key add constraint key_role check (role is not null) not valid'],
    ['alter table access.key validate constraint key_role'],
    ['alter table access.key alter column role drop not null'],
    ['-- unused since 0.2.0\nalter table access.key drop column role'],
    [`comment on table access.key is 'Who may do what'`],
  ])('may do this: %s', (...statements) => {
    expect(findBreaks(statements)).toEqual([]);
  });
});
