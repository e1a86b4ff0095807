/** Title types in the spelling of the files. */
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

/** Genres in the spelling of the files. */
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
 * A title type in the spelling of the files, whatever its case. An unknown type is returned
 * unchanged: newer files may contain it.
 */
export function canonicalTitleType(word: string): string {
  return withKnownCase(TITLE_TYPES, word);
}

/** A genre in the spelling of the files; otherwise as {@link canonicalTitleType}. */
export function canonicalGenre(word: string): string {
  return withKnownCase(GENRES, word);
}

function withKnownCase(known: readonly string[], word: string): string {
  return known.find((one) => one.toLowerCase() === word.toLowerCase()) ?? word;
}
