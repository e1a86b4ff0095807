import { FilmographyPage, type ListedTitle, Name } from '@marquee/contract';
import { labelOf } from '@marquee/contract/title-facts';
import { count } from '@marquee/terminal/format';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { Context } from '../context/context.ts';
import { parseId } from '../options/ids.ts';
import { examples } from '../options/values.ts';
import { EPISODE_COLUMN, episodePosition } from '../output/episode.ts';
import { lifetime } from '../output/title-table.ts';
import { showAttribution } from './attribution.ts';
import {
  addListOptions,
  checkFormat,
  type List,
  type ListOptions,
  readList,
  showList,
} from './list.ts';
import { offerUpdate } from './offer-update.ts';
import type { RunCommand } from './run-command.ts';

interface NameOptions extends ListOptions {
  readonly category?: string;
  readonly sort?: string;
}

export function defineName(command: Command, run: RunCommand): void {
  command
    .option('--category <categories>', 'only these roles, such as director,writer')
    .addOption(
      new Option('--sort <by>', 'the order: latest or most votes first').choices(['year', 'votes']),
    );
  addListOptions(command, 30).action(async (id: string, options: NameOptions, self: Command) =>
    run(self, async (context) => name(context, id, options)),
  );
  examples(
    command,
    'name nm0000001',
    'name nm0000001 --category director --sort votes',
    'name nm0000001 --all --format csv',
  );
}

/**
 * Shows a person and the filmography; as CSV or NDJSON, the filmography alone.
 *
 * @param given the id, or a URL at imdb.com that contains it
 */
async function name(
  context: Context,
  given: string,
  { category, sort, ...options }: NameOptions,
): Promise<void> {
  const id = parseId(given, 'name');
  checkFormat(context, options);
  await offerUpdate(context);
  const { api, out } = context;
  const filmography = {
    ...FILMOGRAPHY,
    path: `/names/${id}/filmography`,
    query: { category, sort },
  };
  if (options.format !== 'table') {
    await showList(context, filmography, options);
    return;
  }
  const person = await api.get(Name, `/names/${id}`, { include: 'knownFor' });
  if (out.isJson) {
    out.json({ ...person, filmography: await readList(context, filmography, options) });
    return;
  }
  const lived = lifetime(person.birthYear, person.deathYear);
  out.line([person.primaryName ?? id, lived && `(${lived})`].filter(Boolean).join(' '), 'bold');
  if (person.primaryProfession) out.line(person.primaryProfession.map(labelOf).join(' · '));
  const knownFor = person.knownFor ?? [];
  if (knownFor.length > 0) out.line(`Known for ${knownFor.map(titleWithSeries).join(', ')}`);
  const credits = await showList(context, { ...filmography, isBelow: true }, options);
  if (credits?.length) out.note(`People of the same titles: marquee costars ${id}`);
  await showAttribution(context, `name/${id}`);
}

type Filmography = z.infer<typeof FilmographyPage>;

const FILMOGRAPHY: Omit<List<Filmography['items'][number]>, 'path'> = {
  page: FilmographyPage,
  columns: [
    { head: 'ID' },
    { head: 'YEAR', drop: 1 },
    { head: 'TITLE', isFlexible: true },
    { ...EPISODE_COLUMN, drop: 6 },
    { head: 'ROLE', drop: 2 },
    { head: 'AS', isFlexible: true, drop: 5 },
    { head: 'RATING', align: 'right', drop: 3 },
    { head: 'VOTES', align: 'right', drop: 4 },
  ],
  rowOf: (credit) => [
    credit.tconst,
    credit.startYear,
    credit.primaryTitle,
    episodePosition(credit.episodeOf),
    credit.category && labelOf(credit.category),
    credit.characters?.join(', ') ?? credit.job,
    credit.averageRating?.toFixed(1),
    count(credit.numVotes),
  ],
};

function titleWithSeries({ tconst, primaryTitle, episodeOf }: ListedTitle): string {
  const position = episodePosition(episodeOf);
  return `${primaryTitle ?? tconst}${position === null ? '' : ` (${position})`}`;
}
