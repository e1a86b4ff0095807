import type { ListItems } from '../api-client.ts';
import { joinFacts, languageName, nameTypeLabel, regionName } from '../format.ts';

type Aka = ListItems['akas'];

/** A name of a title, with the regions that know it under this name. */
export interface AlternativeTitle {
  readonly title: string;
  readonly note: string;
}

/** The names for a region, in the order of the file; those that look alike once. */
export interface RegionTitles {
  readonly region: string;
  readonly titles: readonly AlternativeTitle[];
}

const ORIGINAL = 'Original title';

/**
 * The names of a title: those that a reader looks for, and all by region.
 *
 * @param languages the reader's, as `navigator.languages`: best known first, such as `de-AT`, `en`
 */
export function groupAkas(
  akas: readonly Aka[],
  languages: readonly string[],
): { preferred: RegionTitles[]; all: RegionTitles[] } {
  const byRegion = Map.groupBy(akas, (aka) =>
    aka.isOriginalTitle === true ? ORIGINAL : regionName(aka.region),
  );
  const all = [...byRegion]
    .map(([region, some]) => ({ region, titles: distinct(some) }))
    .sort((a, b) => rankOf(a.region) - rankOf(b.region) || a.region.localeCompare(b.region));
  const own = [...new Set(languages.flatMap((tag) => forReader(akas, tag)))];
  const ofReader = [...Map.groupBy(own, ({ region }) => regionName(region))].map(
    ([region, some]) => ({ region, titles: distinct(some) }),
  );
  const original = all.filter(({ region }) => region === ORIGINAL);
  return { preferred: [...original, ...ofReader], all };
}

/** The original title comes first, and names of an unknown region last. */
function rankOf(region: string): number {
  if (region === ORIGINAL) return 0;
  return region === regionName(null) ? 2 : 1;
}

/** Names in a language that are shown if none is for the reader's region. */
const OTHER_REGIONS = 2;

/**
 * The names for one language of a reader: those for its region, else the first different ones in
 * the language.
 */
function forReader(akas: readonly Aka[], tag: string): Aka[] {
  const { language, region } = new Intl.Locale(tag).maximize();
  const named = akas.filter(({ isOriginalTitle }) => isOriginalTitle !== true);
  const inRegion = named.filter(
    (aka) => aka.region === region && (aka.language === null || aka.language === language),
  );
  if (inRegion.length > 0) return inRegion;
  const inLanguage = named.filter((aka) => aka.language === language);
  return [...new Map(inLanguage.toReversed().map((aka) => [aka.title, aka])).values()]
    .toReversed()
    .slice(0, OTHER_REGIONS);
}

function distinct(akas: readonly Aka[]): AlternativeTitle[] {
  const titles = akas.map((aka) => ({ title: aka.title ?? '', note: noteOf(aka) }));
  return [...new Map(titles.map((one) => [`${one.title}\n${one.note}`, one])).values()];
}

/** The note next to an alternative title. */
function noteOf({ language, types, attributes }: Aka): string {
  return joinFacts(
    language && languageName(language),
    types
      ?.filter((type) => type !== 'original')
      .map(nameTypeLabel)
      .filter(Boolean)
      .join(', '),
    attributes?.join(', '),
  );
}
