import { weightOf } from '@marquee/search';
import { escapeLiteral, type PoolClient } from 'pg';
import type { MergedChanges, BuildTarget, SearchSchema } from './derived-table-set.ts';
import { fetchRows, writeLines } from './row-streams.ts';
import { lineMaker, type LineSource } from './copy-lines.ts';
import { namesQuery, titlesQuery } from './search-term-rows.ts';
import type { TermTable } from './search-term-tables.ts';
import { addSpellings, KNOWN_TIERS } from './vocabulary.ts';

/**
 * Makes the texts anew of the titles and names that have changed, or whose votes have changed
 * enough; what differs goes into the tables.
 */
export async function refreshSearchTerms(
  client: PoolClient,
  place: BuildTarget,
  changes: MergedChanges,
): Promise<void> {
  const { schema, table } = place;
  await collectIds(client, place, changes);
  await client.query('create temp table text_gone (key text) on commit drop');
  await client.query('create temp table text_come (key text) on commit drop');
  await replaceTerms(client, schema, 'title_text', 'text_title', {
    of: 'titles',
    query: titlesQuery(table, 'where b.tconst in (select id from text_title)'),
  });
  await replaceTerms(client, schema, 'name_text', 'text_name', {
    of: 'names',
    query: namesQuery(table, 'where n.nconst in (select id from text_name)'),
    votes: `select tconst, num_votes from ${table('title.ratings')} where tconst in (
      select unnest(known_for_titles) from ${table('name.basics')} where nconst in (select id from text_name))`,
  });
  await refreshVocabulary(client, schema);
  await client.query('drop table text_title, text_name, text_gone, text_come');
}

/**
 * Collects the ids of titles and of names whose texts may have changed, and brings `known_for` up
 * to date on the way.
 */
async function collectIds(
  client: PoolClient,
  { schema }: BuildTarget,
  { runId, datasets, idsOf }: MergedChanges,
): Promise<void> {
  await client.query(
    'create temp table text_title (id text collate "C" primary key) on commit drop',
  );
  await client.query(
    'create temp table text_name (id text collate "C" primary key) on commit drop',
  );
  for (const dataset of ['title.basics', 'title.akas'] as const) {
    if (datasets.has(dataset))
      await client.query(
        `insert into text_title select id from ${idsOf(dataset)} on conflict do nothing`,
      );
  }
  if (datasets.has('name.basics')) {
    await client.query(`insert into text_name select id from ${idsOf('name.basics')}`);
    await refreshKnownFor(client, schema, runId);
  }
  if (datasets.has('title.ratings')) {
    await client.query('create temp table reweighed (id text collate "C") on commit drop');
    await collectReweighed(client, runId);
    await client.query('insert into text_title select id from reweighed on conflict do nothing');
    await client.query(
      `insert into text_name select k.name from reweighed r join ${schema}.known_for k on k.title = r.id on conflict do nothing`,
    );
    await client.query('drop table reweighed');
  }
  await client.query('analyze text_title, text_name');
}

/** Collects the titles whose weight has changed with their votes. */
async function collectReweighed(client: PoolClient, runId: string): Promise<void> {
  const votes = `select key, before->>'num_votes', after->>'num_votes' from ingest.change where run_id = ${escapeLiteral(runId)} and dataset = 'title.ratings'`;
  for await (const rows of fetchRows(client, votes)) {
    const reweighed = rows.filter(
      ([, before, after]) => weightOf(Number(before ?? 0)) !== weightOf(Number(after ?? 0)),
    );
    await writeLines(client, 'reweighed', reweighed.map(([id]) => `${String(id)}\n`).join(''));
  }
  await client.query('analyze reweighed');
}

/** Most names that change are known for the same titles as before. */
async function refreshKnownFor(
  client: PoolClient,
  schema: SearchSchema,
  runId: string,
): Promise<void> {
  const pairs = (side: 'before' | 'after') =>
    `select jsonb_array_elements_text(nullif(${side}->'known_for_titles', 'null')) as title, key as name from ingest.change where run_id = $1::uuid and dataset = 'name.basics'`;
  await client.query(
    `delete from ${schema}.known_for k using (${pairs('before')} except ${pairs('after')}) gone where k.title = gone.title collate "C" and k.name = gone.name`,
    [runId],
  );
  await client.query(
    `insert into ${schema}.known_for (${pairs('after')} except ${pairs('before')})`,
    [runId],
  );
}

/**
 * Puts texts in the place of those that some ids have, as far as they differ, and keeps those that
 * went and came for the vocabulary.
 */
async function replaceTerms(
  client: PoolClient,
  schema: SearchSchema,
  table: TermTable,
  ids: string,
  source: LineSource,
): Promise<void> {
  await client.query(`create temp table text_next (like ${schema}.${table}) on commit drop`);
  const lineOf = await lineMaker(client, source);
  for await (const rows of fetchRows(client, source.query))
    await writeLines(client, 'text_next', rows.map(lineOf).join(''));
  await client.query('create index on text_next (id)');
  await client.query('analyze text_next');
  await client.query(
    `with gone as (
       delete from ${schema}.${table} t using ${ids} i
       where t.id = i.id and not exists (select from text_next n where n.id = t.id and n.key = t.key and n.weight = t.weight)
       returning t.key
     ) insert into text_gone select key from gone where ${KNOWN_TIERS}`,
  );
  await client.query(
    `with come as (
       insert into ${schema}.${table}
       select * from text_next n where not exists (select from ${schema}.${table} t where t.id = n.id and t.key = n.key)
       returning key
     ) insert into text_come select key from come where ${KNOWN_TIERS}`,
  );
  await client.query('drop table text_next');
}

/**
 * Counts the words of the texts that went and came; a word that is in none any more goes with its
 * keys.
 */
async function refreshVocabulary(client: PoolClient, schema: SearchSchema): Promise<void> {
  await client.query(
    `create temp table word_change on commit drop as
     select word collate "C" as word, sum(uses)::int as uses from (
       select unnest(string_to_array(substr(key, 2), ' ')) as word, -1 as uses from text_gone
       union all select unnest(string_to_array(substr(key, 2), ' ')), 1 from text_come
     ) group by 1 having sum(uses) <> 0`,
  );
  await client.query(
    `create temp table word_new on commit drop as
     select c.word from word_change c where not exists (select from ${schema}.word w where w.word = c.word)`,
  );
  await client.query(
    `merge into ${schema}.word w using word_change c on w.word = c.word
     when matched and w.uses + c.uses = 0 then delete
     when matched then update set uses = w.uses + c.uses
     when not matched then insert values (c.word, c.uses)`,
  );
  await client.query(
    `delete from ${schema}.spelling s using word_change c where s.word = c.word and c.uses < 0 and not exists (select from ${schema}.word w where w.word = c.word)`,
  );
  await addSpellings(client, schema, 'select word from word_new');
  await client.query('drop table word_change, word_new');
}
