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
  const wanted = akas.filter((aka) => placeIn(languages, aka) >= 0);
  const own = [...Map.groupBy(wanted, ({ region }) => regionName(region))]
    .map(([region, some]) => ({
      region,
      titles: distinct(some),
      place: Math.min(...some.map((aka) => placeIn(languages, aka))),
    }))
    .sort((a, b) => a.place - b.place)
    .map(({ region, titles }) => ({ region, titles }));
  const original = all.filter(({ region }) => region === ORIGINAL);
  return { preferred: [...original, ...own], all };
}

/** The original title comes first, and names of an unknown region last. */
function rankOf(region: string): number {
  if (region === ORIGINAL) return 0;
  return region === regionName(null) ? 2 : 1;
}

/** Place of the reader's language that a name is in, or whose region it is for; -1 for none. */
function placeIn(languages: readonly string[], { language, region, isOriginalTitle }: Aka): number {
  if (isOriginalTitle === true) return -1;
  return languages.findIndex((tag) => {
    const locale = new Intl.Locale(tag).maximize();
    if (language !== null) return language === locale.language;
    return region === locale.region;
  });
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
