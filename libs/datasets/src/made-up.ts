/**
 * By what made-up data is known for what it is: the sample generator gives the first title and the
 * first name these texts, as nobody else does. It stands in the data itself, so that it goes
 * wherever that goes: over any server or mirror, into the snapshots, the database and its copies.
 * An address would not do, as others may serve IMDb's files too; nor would a setting, which says
 * nothing of what was published before it was changed.
 */
export const MADE_UP = {
  title: { tconst: 'tt0000001', primaryTitle: 'A Made-up Series' },
  name: { nconst: 'nm0000001', primaryName: 'Made-up Person' },
} as const;
