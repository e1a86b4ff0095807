import { weightOf } from '@marquee/search';
import { escapeLiteral, type PoolClient } from 'pg';
import { lineMaker, type LineSource } from './copy-lines.ts';
import type { BuildTarget, MergedChanges, SearchSchema } from './derived-table-set.ts';
import { fetchRows, writeLines } from './row-streams.ts';
import { namesQuery, titlesQuery } from './search-term-rows.ts';
import type { TermTable } from './search-term-tables.ts';
import { addSpellings, IN_VOCABULARY } from './vocabulary.ts';

/**
 * Makes the terms again of the titles and names that have changed, or whose votes have changed
 * enough, and writes those that differ.
 */
export async function refreshSearchTerms(
  client: PoolClient,
  target: BuildTarget,
  changes: MergedChanges,
): Promise<void> {
  const { schema, table } = target;
  await collectIds(client, target, changes);
  await client.query('create temp table removed_term (key text) on commit drop');
  await client.query('create temp table added_term (key text) on commit drop');
  await replaceTerms(client, schema, 'title_text', 'term_title', {
    of: 'titles',
    query: titlesQuery(table, 'where b.tconst in (select id from term_title)'),
  });
  await replaceTerms(client, schema, 'name_text', 'term_name', {
    of: 'names',
    query: namesQuery(table, 'where n.nconst in (select id from term_name)'),
    votes: `select tconst, num_votes from ${table('title.ratings')}
      where tconst in (select unnest(known_for_titles) from ${table('name.basics')} where nconst in (select id from term_name))`,
  });
  await refreshVocabulary(client, schema);
  await client.query('drop table term_title, term_name, removed_term, added_term');
}

/**
 * Collects the ids of the titles and names whose terms may have changed; on the way, updates
 * `known_for`, which it reads.
 */
async function collectIds(
  client: PoolClient,
  { schema }: BuildTarget,
  { runId, datasets, idsOf }: MergedChanges,
): Promise<void> {
  for (const ids of ['term_title', 'term_name'])
    await client.query(`create temp table ${ids} (id text collate "C" primary key) on commit drop`);
  for (const dataset of ['title.basics', 'title.akas'] as const) {
    if (datasets.has(dataset))
      await client.query(
        `insert into term_title select id from ${idsOf(dataset)} on conflict do nothing`,
      );
  }
  if (datasets.has('name.basics')) {
    await client.query(`insert into term_name select id from ${idsOf('name.basics')}`);
    await refreshKnownFor(client, schema, runId);
  }
  if (datasets.has('title.ratings')) {
    await client.query('create temp table reweighed_title (id text collate "C") on commit drop');
    await collectReweighed(client, runId);
    await client.query(
      'insert into term_title select id from reweighed_title on conflict do nothing',
    );
    await client.query(
      `insert into term_name
       select k.name from reweighed_title r join ${schema}.known_for k on k.title = r.id
       on conflict do nothing`,
    );
    await client.query('drop table reweighed_title');
  }
  await client.query('analyze term_title, term_name');
}

/** Collects the titles whose weight has changed with their votes. */
async function collectReweighed(client: PoolClient, runId: string): Promise<void> {
  const votes = `select key, before->>'num_votes', after->>'num_votes' from ingest.change where run_id = ${escapeLiteral(runId)} and dataset = 'title.ratings'`;
  for await (const rows of fetchRows(client, votes)) {
    const reweighed = rows.filter(
      ([, before, after]) => weightOf(Number(before ?? 0)) !== weightOf(Number(after ?? 0)),
    );
    await writeLines(
      client,
      'reweighed_title',
      reweighed.map(([id]) => `${String(id)}\n`).join(''),
    );
  }
  await client.query('analyze reweighed_title');
}

/** Writes only the differences: most names that change are known for the same titles as before. */
async function refreshKnownFor(
  client: PoolClient,
  schema: SearchSchema,
  runId: string,
): Promise<void> {
  const pairs = (version: 'before' | 'after') =>
    `select jsonb_array_elements_text(nullif(${version}->'known_for_titles', 'null')) as title, key as name
         from ingest.change where run_id = $1::uuid and dataset = 'name.basics'`;
  await client.query(
    `delete from ${schema}.known_for k
     using (
         ${pairs('before')}
         except
         ${pairs('after')}
       ) gone
     where k.title = gone.title collate "C" and k.name = gone.name`,
    [runId],
  );
  await client.query(
    `insert into ${schema}.known_for (
         ${pairs('after')}
         except
         ${pairs('before')}
       )`,
    [runId],
  );
}

/**
 * Replaces the terms of some ids, as far as they differ, and records those removed and added for the
 * vocabulary.
 */
async function replaceTerms(
  client: PoolClient,
  schema: SearchSchema,
  table: TermTable,
  ids: string,
  source: LineSource,
): Promise<void> {
  await client.query(`create temp table new_term (like ${schema}.${table}) on commit drop`);
  const lineOf = await lineMaker(client, source);
  for await (const rows of fetchRows(client, source.query))
    await writeLines(client, 'new_term', rows.map(lineOf).join(''));
  await client.query('create index on new_term (id)');
  await client.query('analyze new_term');
  await client.query(
    `with removed as (
       delete from ${schema}.${table} t using ${ids} i
       where t.id = i.id
         and not exists (select from new_term n where n.id = t.id and n.key = t.key and n is not distinct from t)
       returning t.key
     )
     insert into removed_term select key from removed where ${IN_VOCABULARY}`,
  );
  await client.query(
    `with added as (
       insert into ${schema}.${table}
       select * from new_term n
       where not exists (select from ${schema}.${table} t where t.id = n.id and t.key = n.key)
       returning key
     )
     insert into added_term select key from added where ${IN_VOCABULARY}`,
  );
  await client.query('drop table new_term');
}

/**
 * Updates the counts of words by the terms removed and added. A word that has lost its last term is
 * deleted with its spelling keys.
 */
async function refreshVocabulary(client: PoolClient, schema: SearchSchema): Promise<void> {
  await client.query(
    `create temp table word_change on commit drop as
     select word collate "C" as word, sum(uses)::int as uses
     from (
       select unnest(string_to_array(substr(key, 2), ' ')) as word, -1 as uses from removed_term
       union all
       select unnest(string_to_array(substr(key, 2), ' ')), 1 from added_term
     )
     group by 1
     having sum(uses) <> 0`,
  );
  await client.query(
    `create temp table new_word on commit drop as
     select c.word from word_change c
     where not exists (select from ${schema}.word w where w.word = c.word)`,
  );
  await client.query(
    `merge into ${schema}.word w using word_change c on w.word = c.word
     when matched and w.uses + c.uses = 0 then delete
     when matched then update set uses = w.uses + c.uses
     when not matched then insert values (c.word, c.uses)`,
  );
  await client.query(
    `delete from ${schema}.spelling s using word_change c
     where s.word = c.word and c.uses < 0
       and not exists (select from ${schema}.word w where w.word = c.word)`,
  );
  await addSpellings(client, schema, 'select word from new_word');
  await client.query('drop table word_change, new_word');
}
