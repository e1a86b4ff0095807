export { GENRES, genresOf } from './genres.ts';
export { IMDB_RECORDS, imdbRecords, type Read } from './imdb-records.ts';
export { mergeMovie, movieOfOne, type Lock, type MergedMovie } from './merge-movie.ts';
export { combinedRating } from './ratings.ts';
export { DEFAULT_RULES, RULES_VERSION, rulesWith } from './rules.ts';
export { compareTexts, IMDB, type MovieRecord } from './movie-record.ts';
