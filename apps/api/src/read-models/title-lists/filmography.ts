import type { SqlPart } from '../../database/parameters.ts';

/**
 * The titles that a person has worked on, as a select of `tconst`.
 *
 * @param role categories of principals; any when left out
 */
export function filmographyTitles(person: string, role: readonly string[] | undefined): SqlPart {
  return (parameters) => {
    const categories = categoriesOf(role);
    const inRole =
      categories === null ? '' : ` and category = any (${parameters.add(categories, 'text[]')})`;
    return `select distinct tconst from imdb.title_principals where nconst = ${parameters.add(person, 'text')}${inRole}`;
  };
}

/** The categories of principals that roles stand for; null for any. */
export function categoriesOf(role: readonly string[] | undefined): string[] | null {
  return role?.flatMap((one) => (one === 'cast' ? ['actor', 'actress', 'self'] : [one])) ?? null;
}
