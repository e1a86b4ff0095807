import { FilmographyPage, Name, type ListedTitle } from '@marquee/contract';
import type { Context } from '../context.ts';
import { EPISODE, placeOf } from '../episode.ts';
import { count } from '../figures.ts';
import { offerUpdate } from '../freshness.ts';
import { showOrigin } from '../origin.ts';
import { lifetime } from './search.ts';
import { idIn } from './title.ts';

export interface NameOptions {
  readonly limit: number;
  readonly category?: string;
  readonly sort?: string;
}

/**
 * Shows a person with the filmography.
 *
 * @param given the id, or an address on imdb.com that has it
 */
export async function name(
  context: Context,
  given: string,
  { limit, category, sort }: NameOptions,
): Promise<void> {
  const id = idIn(given, 'nm');
  await offerUpdate(context);
  const { api, out } = context;
  const [person, filmography] = await Promise.all([
    api.get(Name, `/names/${id}`, { include: 'knownFor' }),
    api.get(FilmographyPage, `/names/${id}/filmography`, { limit, category, sort }),
  ]);
  if (out.isJson) {
    out.json({ ...person, filmography });
    return;
  }
  const lived = lifetime(person.birthYear, person.deathYear);
  out.line([person.primaryName ?? id, lived && `(${lived})`].filter(Boolean).join(' '), 'bold');
  if (person.primaryProfession) out.line(person.primaryProfession.join(' · '));
  const knownFor = person.knownFor ?? [];
  if (knownFor.length > 0) out.line(`Known for ${knownFor.map(calledWithSeries).join(', ')}`);
  out.line();
  const rows = filmography.items.map((credit) => [
    credit.tconst,
    credit.startYear,
    credit.primaryTitle,
    placeOf(credit.episodeOf),
    credit.category,
    credit.characters?.join(', ') ?? credit.job,
    credit.averageRating?.toFixed(1),
    count(credit.numVotes),
  ]);
  if (rows.length > 0) {
    out.table(
      [
        { head: 'ID' },
        { head: 'YEAR' },
        { head: 'TITLE', isFlexible: true },
        EPISODE,
        { head: 'ROLE' },
        { head: 'AS', isFlexible: true },
        { head: 'RATING', align: 'right' },
        { head: 'VOTES', align: 'right' },
      ],
      rows,
    );
  }
  if (filmography.next !== null) out.note(`There are more: --limit ${Math.min(200, limit * 5)}`);
  await showOrigin(context, `name/${id}`);
}

function calledWithSeries({ tconst, primaryTitle, episodeOf }: ListedTitle): string {
  const place = placeOf(episodeOf);
  return `${primaryTitle ?? tconst}${place === null ? '' : ` (${place})`}`;
}
