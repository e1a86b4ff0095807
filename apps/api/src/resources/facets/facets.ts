import type { Facet, Facets, FacetsQuery, TitleFilters } from '@marquee/contract';
import { consistentRead } from '../../database/consistent-read.ts';
import type { Database } from '../../database/database.ts';
import type { SearchLimits } from '../../read-models/title-lists/search-limits.ts';
import {
  countTitles,
  DIMENSIONS,
  mostFrequentFirst,
  type Dimension,
  type TitleCounts,
} from './title-counts.ts';

/** The filter of each dimension: with one more value, it finds more titles. */
const WIDENING = {
  types: 'titleType',
  genres: 'genreAny',
  regions: 'country',
  languages: 'language',
} as const satisfies Record<Dimension, keyof TitleFilters>;

/** The counts of the titles that a text and filters select. */
export async function readFacets(
  database: Database,
  limits: SearchLimits,
  { alternatives = false, ...query }: FacetsQuery,
): Promise<Facets> {
  const selectsAll = Object.keys(query).length === 0;
  const [counts, professions] = await Promise.all([
    alternatives ? withAlternatives(database, limits, query) : countTitles(database, limits, query),
    selectsAll ? readProfessions(database) : null,
  ]);
  const { facets, ...rest } = counts;
  return { ...rest, ...facets, professions };
}

async function withAlternatives(
  database: Database,
  limits: SearchLimits,
  query: FacetsQuery,
): Promise<TitleCounts & Pick<Facets, 'alternatives'>> {
  const [found, ...others] = await consistentRead(database, async () =>
    Promise.all([
      countTitles(database, limits, query),
      ...DIMENSIONS.map(async (dimension) => {
        const { [WIDENING[dimension]]: chosen, ...rest } = query;
        return chosen === undefined ? null : countTitles(database, limits, rest);
      }),
    ]),
  );
  const lists = DIMENSIONS.map((dimension, i) => {
    const wider = others[i]?.facets[dimension];
    const chosen = query[WIDENING[dimension]] ?? [];
    return [dimension, merge(found.facets[dimension], wider, chosen)] as const;
  });
  return { ...found, alternatives: Object.fromEntries(lists) as TitleCounts['facets'] };
}

/**
 * The counts without regard to a filter. Chosen values have those of the titles found: a sample of
 * the wider set would contradict them.
 */
function merge(
  found: readonly Facet[],
  wider: readonly Facet[] | undefined,
  chosen: readonly string[],
): Facet[] {
  if (wider === undefined) return [...found];
  const isChosen = ({ value }: Facet) => chosen.includes(value);
  return mostFrequentFirst([
    ...found.filter(isChosen),
    ...wider.filter((facet) => !isChosen(facet)),
  ]);
}

async function readProfessions(database: Database): Promise<Facet[]> {
  const rows = await database.read<Omit<Facet, 'precision'>>(
    {
      name: 'professions',
      text: 'select profession as value, names as count from search.profession',
    },
    [],
  );
  return mostFrequentFirst(rows.map((row) => ({ ...row, precision: 'exact' })));
}
