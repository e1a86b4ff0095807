const CREDITS = wordsFor({
  actor: 'acting star voice',
  casting_director: 'casting',
  cinematographer: 'dp camera cinematography photography',
  composer: 'music score',
  director: 'directing directed',
  editor: 'editing',
  producer: 'producing',
  self: 'himself herself themselves host',
  writer: 'writing author screenwriter screenplay',
});

/** Other words for values, by vocabulary or parameter: people say film, the files say movie. */
export const OTHER_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  titleType: wordsFor({
    movie: 'film films movies feature features cinema',
    tvSeries: 'tv show shows series serie serial tvshow tv-show tv-series programme program',
    tvEpisode: 'episode episodes',
    tvMiniSeries: 'mini miniseries mini-series limited',
    tvSpecial: 'special specials',
    tvPilot: 'pilot pilots',
    tvMovie: 'telefilm tvfilm tv-film tv-movie',
    short: 'shorts shortfilm short-film',
    videoGame: 'game games',
    video: 'videos dvd',
  }),
  genre: wordsFor({
    Animation: 'anime animated cartoon cartoons',
    Biography: 'biopic biographical',
    Comedy: 'funny comedies comedic',
    Crime: 'gangster heist',
    Documentary: 'doc docs docu documentaries',
    Family: 'kids children',
    'Film-Noir': 'noir',
    History: 'historical',
    Horror: 'scary',
    'Reality-TV': 'reality',
    Romance: 'romantic romcom love',
    'Sci-Fi': 'science-fiction sciencefiction sf',
    Thriller: 'suspense',
    'Talk-Show': 'talk',
    'Game-Show': 'quiz',
  }),
  category: CREDITS,
  profession: CREDITS,
  role: { ...CREDITS, ...wordsFor({ cast: 'star stars starring acting' }) },
  kind: wordsFor({
    title: 'movie film films series show episode tv',
    name: 'person people persons actor actress names',
  }),
  sort: wordsFor({
    votes: 'popular popularity numvotes',
    rating: 'averagerating rated',
    weighted: 'best top',
    year: 'date release newest oldest latest startyear',
    title: 'name alphabetical alphabetic primarytitle',
    runtime: 'length duration runtimeminutes',
    id: 'tconst nconst',
    birthYear: 'birth born age',
    deathYear: 'death died',
  }),
  order: wordsFor({ asc: 'ascending up lowest', desc: 'descending down highest' }),
  format: wordsFor({ csv: 'excel xlsx tsv spreadsheet', ndjson: 'jsonl jsonlines', rss: 'xml' }),
};

/** Other words for the names of parameters. */
export const OTHER_PARAMETERS = wordsFor({
  country: 'region',
  person: 'nconst name actor',
  q: 'query search text',
  language: 'lang',
  limit: 'count size pagesize per_page',
  after: 'cursor page offset next',
  startYearFrom: 'year yearfrom from since',
  startYearTo: 'yearto to until',
  averageRatingFrom: 'rating minrating',
  numVotesFrom: 'votes minvotes',
  isAdult: 'adult',
  sort: 'orderby sortby',
});

/** A known word for each other one. @param words by known word, separated by spaces */
function wordsFor(words: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(words).flatMap(([known, others]) =>
      others.split(' ').map((other) => [other, known]),
    ),
  );
}
