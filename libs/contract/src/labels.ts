// no zod here, nor in its imports: the site bundles this module for the browser

const LABELS: Readonly<Record<string, string>> = {
  movie: 'Film',
  tvSeries: 'TV series',
  tvMiniSeries: 'TV mini-series',
  tvEpisode: 'TV episode',
  tvMovie: 'TV film',
  tvShort: 'TV short',
  tvSpecial: 'TV special',
  tvPilot: 'TV pilot',
  videoGame: 'Video game',
  self: 'As themselves',
};

/** Label of a type, category or profession of IMDb: `archive_footage` becomes `Archive footage`. */
export function labelOf(term: string | null | undefined): string {
  if (!term) return 'Unknown';
  return LABELS[term] ?? term.charAt(0).toUpperCase() + term.slice(1).replaceAll('_', ' ');
}
