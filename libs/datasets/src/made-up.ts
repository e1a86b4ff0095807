/**
 * The marks of made-up data: the sample generator, and nothing else, gives the first title and the
 * first name these texts. They are part of the data, so that they stay with it: on any server or
 * mirror, in the snapshots, in the database and its copies. A server's address would not do,
 * because others may serve IMDb's files too; nor would a setting, which does not know what was
 * published before it was changed.
 */
export const MADE_UP = {
  title: { tconst: 'tt0000001', primaryTitle: 'A Made-up Series' },
  name: { nconst: 'nm0000001', primaryName: 'Made-up Person' },
  /** The licence of each source that the generator writes. */
  licence: { name: 'Made up' },
} as const;
