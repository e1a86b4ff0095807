import { normalForm, compactForm } from '@marquee/search';
import { nameForm, wantedKeys } from '@marquee/matching';
import type { ClientBase } from 'pg';
import { findByKeys } from './record-keys.ts';
import { columnsOf, refKey } from './records.ts';
import { TitleCandidates } from './title-candidates.ts';

/**
 * Marks the records that titles of IMDb may be matched with, to be matched again: those that were
 * compared with them, and those with a key in common. For titles that are new, changed or gone.
 *
 * @param titles at most some thousands at a time
 */
export async function markRecordsOfTitles(
  client: ClientBase,
  titles: readonly string[],
): Promise<void> {
  const known = new TitleCandidates(client);
  await known.read(titles);
  const { rows } = await client.query<{ name: string }>(
    'select title as name from imdb.title_akas where title_id = any ($1::text[]) and title is not null',
    [titles],
  );
  const names = rows.map(({ name }) => compactForm(nameForm(normalForm(name))));
  const found = await findByKeys(client, [
    ...titles.map((id) => `near:${id}`),
    ...titles.flatMap((id) => {
      const title = known.get(id);
      return title === undefined ? [] : wantedKeys(title);
    }),
    ...names.flatMap((name) => [`name:${name}`, `part:${name}`]),
  ]);
  const records = [...new Map(found.map((ref) => [refKey(ref), ref])).values()];
  await client.query(
    `insert into sources.pending (source, record_id)
     select source, id from unnest($1::text[], $2::text[]) as touched (source, id)
     order by source, id
     on conflict (source, record_id) do update set since = now()`,
    columnsOf(records),
  );
}
