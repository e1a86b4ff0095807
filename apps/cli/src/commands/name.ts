import { FilmographyPage, type ListedTitle, Name } from '@marquee/contract';
import { count } from '@marquee/terminal/format';
import type { Context } from '../context/context.ts';
import { EPISODE_COLUMN, episodePosition } from '../output/episode.ts';
import { moreNote } from '../output/output.ts';
import { showAttribution } from './attribution.ts';
import { offerUpdate } from './offer-update.ts';
import { lifetime } from './search.ts';
import { parseId } from './title.ts';

export interface NameOptions {
  readonly limit: number;
  readonly category?: string;
  readonly sort?: string;
}

/**
 * Shows a person and the filmography.
 *
 * @param given the id, or a URL at imdb.com that contains it
 */
export async function name(
  context: Context,
  given: string,
  { limit, category, sort }: NameOptions,
): Promise<void> {
  const id = parseId(given, 'name');
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
  if (knownFor.length > 0) out.line(`Known for ${knownFor.map(titleWithSeries).join(', ')}`);
  const rows = filmography.items.map((credit) => [
    credit.tconst,
    credit.startYear,
    credit.primaryTitle,
    episodePosition(credit.episodeOf),
    credit.category,
    credit.characters?.join(', ') ?? credit.job,
    credit.averageRating?.toFixed(1),
    count(credit.numVotes),
  ]);
  if (rows.length > 0) {
    out.line();
    out.table(
      [
        { head: 'ID' },
        { head: 'YEAR' },
        { head: 'TITLE', isFlexible: true },
        EPISODE_COLUMN,
        { head: 'ROLE' },
        { head: 'AS', isFlexible: true },
        { head: 'RATING', align: 'right' },
        { head: 'VOTES', align: 'right' },
      ],
      rows,
    );
  }
  if (filmography.next !== null) out.note(moreNote(limit));
  await showAttribution(context, `name/${id}`);
}

function titleWithSeries({ tconst, primaryTitle, episodeOf }: ListedTitle): string {
  const position = episodePosition(episodeOf);
  return `${primaryTitle ?? tconst}${position === null ? '' : ` (${position})`}`;
}
