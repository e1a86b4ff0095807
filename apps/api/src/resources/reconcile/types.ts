import { USUAL_WORDS, type ReconcileType } from '@marquee/contract';
import { labelOf } from '@marquee/contract/title-facts';

/** Anything that IMDb or another source knows as a film, a series, a game … */
const TITLE: ReconcileType = { id: 'title', name: 'Any title' };

/** A person. */
export const PERSON: ReconcileType = { id: 'name', name: 'Person' };

/** All types: those of IMDb, all of them together, and people. */
export const TYPES: readonly ReconcileType[] = [
  ...USUAL_WORDS.titleType.map((id) => ({ id, name: labelOf(id), broader: [TITLE] })),
  TITLE,
  PERSON,
];

/** Types that OpenRefine offers first. */
export const DEFAULT_TYPES: readonly ReconcileType[] = [
  'movie',
  'tvSeries',
  'title',
  'name',
].flatMap((wanted) => TYPES.filter(({ id }) => id === wanted));

/** What the types of a query ask for. */
export interface WantedTypes {
  /** Types of titles; undefined for any, null for none. */
  readonly titles: string[] | undefined | null;
  readonly people: boolean;
}

/** @param types none for all */
export function wantedTypes(types: readonly string[]): WantedTypes {
  const titles = types.filter((type) => type !== PERSON.id);
  return {
    titles:
      titles.includes(TITLE.id) || types.length === 0
        ? undefined
        : titles.length > 0
          ? titles
          : null,
    people: types.length === 0 || types.includes(PERSON.id),
  };
}

/** The type of a title, as an answer has it; none if it is unknown. */
export function typesOf(titleType: string | null): { id: string; name: string }[] {
  return titleType === null ? [TITLE] : [{ id: titleType, name: labelOf(titleType) }, TITLE];
}
