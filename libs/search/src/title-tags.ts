/**
 * The tags of a title: one text array, `search.title.tags`, which one GIN index serves. The loader
 * writes them and the API asks for them.
 */
export const TITLE_TAGS = {
  adult: 'adult',
  notAdult: 'not adult',
  hasEpisodes: 'episodes',
  noEpisodes: 'no episodes',
} as const;

/** What stands before a value in a tag: `t:movie`, `y:1994`. */
export const TAG_PREFIXES = { type: 't:', year: 'y:' } as const;
