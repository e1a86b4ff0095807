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

/** The prefix of a tag with a value: `t:movie`, `y:1994`. */
export const TAG_PREFIXES = { type: 't:', year: 'y:' } as const;
