import type { Client } from 'pg';
import type { MeantTitle } from './meant-films.ts';

/** How many of the best known titles queries are made of. */
const TITLES = 150;
/** Words of titles with fewer votes are not corrected. */
const MIN_VOTES = 2000;
/** How many of them are typed letter by letter. */
const TYPED = 40;

interface KnownTitle {
  readonly id: string;
  readonly title: string;
  readonly year: number;
  /** One of its actors or directors. */
  readonly person: string | null;
}

/** Queries by kind, and titles to type letter by letter. */
interface MeantQueries {
  readonly queries: Readonly<Record<string, readonly MeantTitle[]>>;
  readonly typed: readonly MeantTitle[];
}

/**
 * Queries as people type them, made of the best known titles of the database; of several with the
 * same name, the best known is meant.
 */
export async function meantTitles(client: Client): Promise<MeantQueries> {
  const { rows } = await client.query<KnownTitle>(
    `select id, title, year, person
     from (
       select b.tconst as id, b.primary_title as title, b.start_year as year, r.num_votes as votes,
         rank() over (partition by lower(named.title) order by r.num_votes desc, b.tconst) as rank,
         lower(named.title) = lower(b.primary_title) as is_primary,
         (select n.primary_name from imdb.title_principals p join imdb.name_basics n using (nconst)
          where p.tconst = b.tconst and p.category in ('actor', 'actress', 'director') order by p.ordering limit 1) as person
       from imdb.title_basics b join imdb.title_ratings r using (tconst)
         cross join lateral (select b.primary_title union select b.original_title) as named (title)
       where r.num_votes >= ${MIN_VOTES}
     ) as known
     where rank = 1 and is_primary and year is not null
     order by votes desc, id
     limit $1::int`,
    [TITLES],
  );
  const of = (write: (title: KnownTitle, i: number) => string | null): MeantTitle[] =>
    rows.flatMap((row, i) => {
      const q = write(row, i);
      return q === null ? [] : [[q.toLowerCase(), row.id]];
    });
  const long = (words: string[]) => words.length > 1;
  return {
    queries: {
      'whole title': of(({ title }) => title),
      'without article': of(({ title }) => title.replace(/^(?:the|an?) /iu, '')),
      misspelt: of(({ title }, i) => misspell(title, i)),
      'words joined': of(({ title }) => {
        const words = title.split(' ');
        return long(words) ? words.join('') : null;
      }),
      'a word apart': of(({ title }, i) => apart(title, i)),
      'last two words': of(({ title }) => {
        const words = title.split(' ');
        return words.length > 2 ? words.slice(-2).join(' ') : null;
      }),
      'with a year': of(({ title, year }) => `${title} ${year}`),
      'misspelt with a year': of(({ title, year }, i) => `${misspell(title, i)} (${year})`),
      'person and title': of(({ title, person }) =>
        person === null ? null : `${person} ${title}`,
      ),
    },
    typed: rows
      .slice(0, TYPED)
      .map(({ id, title }) => [title.toLowerCase().replace(/^(?:the|an?) /u, ''), id]),
  };
}

/** Omits a letter of the longest word, doubles one, or swaps two. */
function misspell(title: string, i: number): string {
  const word = longestWord(title);
  const at = 1 + (i % Math.max(1, word.length - 2));
  const [letter = '', next = ''] = [word[at], word[at + 1]];
  const wrong = [next, letter + letter + next, next + letter][i % 3] ?? '';
  return title.replace(word, word.slice(0, at) + wrong + word.slice(at + 2));
}

/** Splits the longest word. */
function apart(title: string, i: number): string {
  const word = longestWord(title);
  const at = 2 + (i % Math.max(1, word.length - 3));
  return title.replace(word, `${word.slice(0, at)} ${word.slice(at)}`);
}

function longestWord(title: string): string {
  return title.split(' ').sort((a, b) => b.length - a.length)[0] ?? '';
}
