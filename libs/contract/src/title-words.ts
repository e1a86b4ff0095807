/** The types of titles that the files have, as they write them. */
const TITLE_TYPES = [
  'movie',
  'short',
  'tvEpisode',
  'tvMiniSeries',
  'tvMovie',
  'tvPilot',
  'tvSeries',
  'tvShort',
  'tvSpecial',
  'video',
  'videoGame',
];

/** The genres. */
const GENRES = [
  'Action',
  'Adult',
  'Adventure',
  'Animation',
  'Biography',
  'Comedy',
  'Crime',
  'Documentary',
  'Drama',
  'Family',
  'Fantasy',
  'Film-Noir',
  'Game-Show',
  'History',
  'Horror',
  'Music',
  'Musical',
  'Mystery',
  'News',
  'Reality-TV',
  'Romance',
  'Sci-Fi',
  'Short',
  'Sport',
  'Talk-Show',
  'Thriller',
  'War',
  'Western',
];

/**
 * A type of titles as the files write it, whatever its case; one that is not known is taken as it
 * is, for the files may have it by now.
 */
export function canonicalTitleType(word: string): string {
  return withKnownCase(TITLE_TYPES, word);
}

/** The same for a genre. */
export function canonicalGenre(word: string): string {
  return withKnownCase(GENRES, word);
}

function withKnownCase(known: readonly string[], word: string): string {
  return known.find((one) => one.toLowerCase() === word.toLowerCase()) ?? word;
}
