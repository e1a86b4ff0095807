import { imdbIdOf, type ImdbId } from '@marquee/contract/imdb-id';
import { quoted } from '@marquee/process';
import { usageError } from '../context/errors.ts';

const NOUNS = { title: 'a title', name: 'a person' } as const;
const EXAMPLES = { title: 'tt0000001', name: 'nm0000001' } as const;

/**
 * The id of a title or a person in an argument: an id in any case, with or without leading zeros, an
 * address at imdb.com, or the digits alone.
 *
 * @throws CliError 2 for an argument without such an id, with the command that takes it
 */
export function parseId(given: string, kind: ImdbId['kind']): string {
  const found = imdbIdOf(given) ?? imdbIdOf(`${EXAMPLES[kind].slice(0, 2)}${digitsOf(given)}`);
  if (found?.kind === kind) return found.id;
  if (found !== null)
    throw usageError(
      `${found.id} is the id of ${NOUNS[found.kind]}, not of ${NOUNS[kind]}.`,
      `Show it: marquee ${found.kind} ${found.id}`,
    );
  const hint = given.trim() === '' ? 'search <words>' : `search ${quoted(given.trim())}`;
  throw usageError(
    `“${given}” is not the id of ${NOUNS[kind]}, such as ${EXAMPLES[kind]}.`,
    `To find the id by words: marquee ${hint}`,
  );
}

/**
 * The id of a movie in an argument: one of ours in any case, or of a title as {@link parseId} takes it.
 *
 * @throws CliError 2 for an argument without such an id
 */
export function parseMovieId(given: string): string {
  const own = given.trim().toLowerCase();
  return /^mq\d{1,18}$/u.test(own) ? own : parseId(given, 'title');
}

/** The digits of an id without its letters, in at least the five that make it one; else nothing. */
function digitsOf(given: string): string {
  const text = given.trim();
  return /^\d{1,10}$/u.test(text) ? text.padStart(7, '0') : '';
}
