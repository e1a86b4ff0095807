import { compactForm } from '@marquee/search';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import { KNOWN_TIERS, LITTLE_KNOWN_TIERS } from './as-written.ts';
import { withFilter, type TextQuery } from './text-query.ts';
import { COMPACT, INDEXED_WORDS, tsqueryOf } from './text-statements.ts';

/** A query of which some words name people, and the others a title. */
export interface PersonAndTitle {
  readonly title: string;
  /** People of that name: nconsts. */
  readonly people: readonly string[];
}

/** People of a name in each tier at most: the best known of some hundreds. */
const MAX_PEOPLE = 20;
const MAX_READ = 500;

const PEOPLE: Statement = {
  name: 'search people',
  text: `
    select asked.part, best.id
    from unnest($1::int[], $2::text[]) as asked (part, words)
      cross join lateral (
        select id from (
          select hit.id, hit.weight from search.name_text as hit
          where ${INDEXED_WORDS} @@ asked.words::tsquery limit ${MAX_READ}
        ) as named order by weight desc, id limit ${MAX_PEOPLE}
      ) as best
    union all
    select asked.part, best.id
    from unnest($3::int[], $4::text[]) as asked (part, key)
      cross join lateral (
        select hit.id from search.name_text as hit
        where ${COMPACT} = asked.key order by hit.weight desc, hit.id limit ${MAX_PEOPLE}
      ) as best`,
};

/**
 * Readings of words as a person with one of their titles: the first or last words are a person's
 * name, or a part of a known person's (`hitchcock rear window`).
 */
export async function personsAndTitles(
  database: Reads,
  words: readonly string[],
): Promise<PersonAndTitle[]> {
  const counts = [1, 2, 3].slice(0, words.length - 1);
  const parts = counts.flatMap((count) => [
    { person: words.slice(0, count), title: words.slice(count) },
    { person: words.slice(-count), title: words.slice(0, -count) },
  ]);
  if (parts.length === 0) return [];
  // known people are found by a part of their name, others by the whole of it
  const known = parts.flatMap(({ person }, part) => {
    const forms = person.map((word) => [word]);
    return KNOWN_TIERS.map((tier) => ({ part, asked: tsqueryOf(tier, forms, false) }));
  });
  const others = parts.flatMap(({ person }, part) =>
    LITTLE_KNOWN_TIERS.map((tier) => ({ part, asked: tier + compactForm(person.join(' ')) })),
  );
  const rows = await database.readPrepared<{ part: number; id: string }>(
    PEOPLE,
    [known, others].flatMap((names) => [
      names.map(({ part }) => part),
      names.map(({ asked }) => asked),
    ]),
  );
  return parts.flatMap(({ title }, i) => {
    const people = rows.filter(({ part }) => part === i).map(({ id }) => id);
    return people.length === 0 ? [] : [{ title: title.join(' '), people }];
  });
}

/** How many texts of a tier are checked for the people: each takes an index scan. */
const MAX_TITLES = 1000;

/**
 * The query with the people as a filter: they are among the principals of a title. By its words, a
 * title is found only among the known ones.
 */
export function ofPeople(query: TextQuery, people: readonly string[]): TextQuery {
  return withFilter({ ...query, depth: 'suggest' }, 'title', {
    name: 'of people',
    joins: '',
    where: (first) =>
      // the select hides the names from the planner, which would estimate each of them in each branch
      `exists (select from imdb.title_principals as credit where credit.tconst = hit.id and credit.nconst = any ((select $${first}::text[])::text[]))`,
    values: [people],
    maxMatches: MAX_TITLES,
  });
}
