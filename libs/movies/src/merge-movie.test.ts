import { MERGED_FIELDS, Movie, Provenance, type SourceRecord } from '@marquee/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeMovie, movieOfOne, type Lock } from './merge-movie.ts';
import { DEFAULT_RULES, rulesWith } from './rules.ts';
import type { MovieRecord } from './movie-record.ts';

const DAY = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'];
const PRIORITIES: Record<string, number> = { imdb: 0, films: 10, reviews: 20, box: 30 };

/** What a source tells of the movie, delivered on a day. */
function record(source: string, content: SourceRecord, day = 0, id = '1'): MovieRecord {
  return {
    source,
    record: source === 'imdb' ? 'tt0000001' : id,
    delivery: String(day + 1),
    at: DAY[day] ?? '',
    priority: PRIORITIES[source] ?? 100,
    content,
  };
}

function merged(
  records: MovieRecord[],
  own: Parameters<typeof rulesWith>[0] = {},
  locks: Lock[] = [],
): ReturnType<typeof mergeMovie> {
  const result = mergeMovie('tt0000001', records, rulesWith(own), locks);
  expect(Movie.safeParse(result.movie).error).toBeUndefined();
  expect(Provenance.safeParse(result.provenance).error).toBeUndefined();
  return result;
}

const lock = (field: Lock['field'], value: unknown): Lock => ({
  field,
  value,
  at: DAY[2] ?? '',
  by: 'ada',
});

const audience = (value: number, votes: number | null, max = 10) => ({
  name: 'audience',
  value,
  scale: { min: 0, max },
  votes,
  kind: 'audience' as const,
});

describe('one value of several', () => {
  it.each([
    ['the first source of the rule wins', 'title', { kind: 'priority', sources: ['reviews'] }, 'C'],
    [
      'sources that it does not name follow by priority',
      'title',
      { kind: 'priority', sources: ['box'] },
      'A',
    ],
    ['IMDb counts as the newest', 'title', { kind: 'newest' }, 'A'],
    ['without IMDb, the newest delivery wins', 'tagline', { kind: 'newest' }, 'new'],
    ['the record with most fields wins', 'title', { kind: 'most-complete' }, 'B'],
    ['the longest list wins', 'countries', { kind: 'most-complete' }, ['FR', 'DE']],
    ['the record with most votes wins', 'title', { kind: 'most-votes' }, 'C'],
    [
      'an empty value is passed over',
      'certificate',
      { kind: 'priority', sources: ['films'] },
      'PG',
    ],
    [
      'an empty value counts if the rule says so',
      'certificate',
      { kind: 'priority', sources: ['films'], emptyCounts: true },
      null,
    ],
    [
      'a field that a source does not have never counts as empty',
      'overview',
      { kind: 'priority', sources: ['imdb'], emptyCounts: true },
      'A comet.',
    ],
    [
      'an amount of 0 is no amount',
      'budget',
      { kind: 'priority', sources: ['films'] },
      { amount: 5, currency: 'USD' },
    ],
  ] as const)('%s', (_, field, rule, expected) => {
    const records = [
      record('imdb', { title: 'A' }, 1),
      record(
        'films',
        {
          title: 'B',
          certificate: null,
          countries: ['US'],
          budget: { amount: 0, currency: 'USD' },
          tagline: 'old',
          overview: 'A comet.',
          runtimeMinutes: 90,
          year: 1999,
        },
        0,
      ),
      record(
        'reviews',
        {
          title: 'C',
          certificate: 'PG',
          countries: ['FR', 'DE'],
          budget: { amount: 5, currency: 'USD' },
          tagline: 'new',
          ratings: [audience(70, 900, 100)],
        },
        2,
      ),
    ];
    expect(merged(records, { [field]: rule }).movie[field]).toEqual(expected);
  });

  it('tells who gave the value, who agrees, and who lost', () => {
    const records = [
      record('films', { year: 1998 }, 0),
      record('reviews', { year: 1999 }, 2),
      record('imdb', { year: 1999 }, 1),
    ];
    expect(merged(records).provenance.year).toEqual({
      rule: 'priority',
      at: DAY[2],
      from: [
        { source: 'imdb', record: 'tt0000001', delivery: '2' },
        { source: 'reviews', record: '1', delivery: '3' },
      ],
      by: null,
      lost: [{ source: 'films', record: '1', value: 1998 }],
    });
  });
});

describe('entries of several records', () => {
  it('unites names by name, language and region', () => {
    const names = [
      { name: 'Der Komet', language: 'de', region: 'DE' },
      { name: 'DER KOMET!', language: 'de', region: 'DE' },
      { name: 'Der Komet', language: 'de', region: 'AT' },
    ];
    const { movie, provenance } = merged([
      record('imdb', { names: names.slice(0, 1) }),
      record('films', { names: names.slice(1) }),
    ]);
    expect(movie.names).toEqual([names[0], names[2]]);
    expect(provenance.names?.from.map(({ source }) => source)).toEqual(['imdb', 'films']);
  });

  it('unites people by id or name, each role for itself', () => {
    const ada = { name: 'Ada Winter', role: 'director', imdb: 'nm0000001' } as const;
    const other = { name: 'Ada Winter', role: 'director', imdb: 'nm0000002' } as const;
    const { movie } = merged([
      record('imdb', { people: [ada, { ...ada, role: 'writer' }] }),
      record('films', {
        people: [
          { ...ada, name: 'A. Winter' },
          other,
          { ...ada, imdb: null },
          { name: 'Bo Lind', role: 'actor', imdb: null },
        ],
      }),
      record('reviews', { people: [{ name: 'BO LIND', role: 'actor', imdb: 'nm0000003' }] }),
    ]);
    expect(movie.people).toEqual([
      ada,
      { ...ada, role: 'writer' },
      other,
      { name: 'Bo Lind', role: 'actor', imdb: 'nm0000003' },
    ]);
  });

  it('keeps companies of one name with several ids, and gives one without an id that of its name', () => {
    const { movie } = merged([
      record('films', {
        companies: [
          { id: 'tmdb:1', name: 'Comet Films' },
          { id: 'tmdb:2', name: 'Comet Films' },
        ],
      }),
      record('box', {
        companies: [
          { id: null, name: 'comet films' },
          { id: 'wd:Q1', name: 'Comet Films' },
          { id: null, name: 'Winter' },
        ],
      }),
    ]);
    expect(movie.companies).toEqual([
      { id: 'tmdb:1', name: 'Comet Films' },
      { id: 'tmdb:2', name: 'Comet Films' },
      { id: null, name: 'Winter' },
    ]);
  });

  it('gives genres in the words of IMDb', () => {
    const { movie } = merged([
      record('imdb', { genres: ['Drama', 'Sci-Fi'] }),
      record('films', {
        genres: ['Science Fiction', 'Kids and Family', 'Cult Movies', '(no genres listed)'],
      }),
      record('reviews', { genres: ['Mystery & Suspense', 'cult movies', 'DRAMA'] }),
    ]);
    expect(movie.genres).toEqual([
      'Drama',
      'Sci-Fi',
      'Family',
      'Cult Movies',
      'Mystery',
      'Thriller',
    ]);
  });

  it('collects ids by who gives them', () => {
    const { movie } = merged([
      record('films', { ids: { tmdb: '862', imdb: 'tt0000001' } }),
      record('box', { ids: { tmdb: '11' } }),
    ]);
    expect(movie.ids).toEqual({ imdb: ['tt0000001'], tmdb: ['11', '862'] });
  });
});

describe('ratings', () => {
  const rate = (records: MovieRecord[], rule: object = {}) =>
    merged(records, { rating: { ...DEFAULT_RULES.rating, ...rule } }).movie.rating;

  it.each([
    [
      'IMDb alone: as it is',
      [record('imdb', { ratings: [{ ...audience(7.7, 5), scale: { min: 1, max: 10 } }] })],
      {},
      { value: 7.7, votes: 5 },
    ],
    [
      'weighs by votes, on a scale of 0 to 10',
      [
        record('imdb', { ratings: [audience(8, 300)] }),
        record('films', { ratings: [audience(2, 100, 5)] }),
      ],
      {},
      { value: 7, votes: 400 },
    ],
    [
      'more votes than the cap weigh as the cap',
      [
        record('imdb', { ratings: [audience(8, 300)] }),
        record('films', { ratings: [audience(4, 100)] }),
      ],
      { cap: 100 },
      { value: 6, votes: 400 },
    ],
    [
      'a source weighs more',
      [
        record('imdb', { ratings: [audience(8, 100)] }),
        record('films', { ratings: [audience(4, 100)] }),
      ],
      { weights: { imdb: 3 } },
      { value: 7, votes: 200 },
    ],
    [
      'a source is left out',
      [
        record('imdb', { ratings: [audience(8, 100)] }),
        record('films', { ratings: [audience(4, 100)] }),
      ],
      { weights: { imdb: 0 } },
      { value: 4, votes: 100 },
    ],
    [
      'without a number of votes it counts once',
      [
        record('imdb', { ratings: [audience(8, 1)] }),
        record('films', { ratings: [audience(4, null)] }),
      ],
      {},
      { value: 6, votes: 1 },
    ],
    ['without votes it does not count', [record('imdb', { ratings: [audience(8, 0)] })], {}, null],
    [
      "the owner's own rating does not count",
      [record('films', { ratings: [{ ...audience(8, null), kind: 'own' as const }] })],
      {},
      null,
    ],
    [
      'a scale below zero is stretched',
      [record('films', { ratings: [{ ...audience(0, 1), scale: { min: -5, max: 5 } }] })],
      {},
      { value: 5, votes: 1 },
    ],
    [
      'a scale whose best value is its lowest is turned',
      [record('films', { ratings: [{ ...audience(1, 1), scale: { min: 6, max: 1 } }] })],
      {},
      { value: 10, votes: 1 },
    ],
    ['no rating', [record('films', {})], {}, null],
  ])('%s', (_, records, rule, expected) => {
    expect(rate(records, rule)).toEqual(expected);
  });

  it('rates performance, soundtrack and screenplay, with the number of voices', () => {
    const five = { min: 0, max: 5 };
    const { movie } = merged([
      record('films', {
        cRatings: { performance: [{ value: 4, scale: five, votes: 3 }], soundtrack: [] },
      }),
      record('reviews', { cRatings: { performance: [{ value: 2, scale: five, votes: 1 }] } }),
    ]);
    expect(movie.cRatings).toEqual({
      performance: { value: 7, voices: 4 },
      soundtrack: null,
      screenplay: null,
    });
  });
});

describe('locks', () => {
  const records = [
    record('imdb', { title: 'A', genres: ['Drama'] }),
    record('films', { title: 'B' }),
  ];

  it('win over all records', () => {
    const { movie, provenance } = merged(records, {}, [lock('title', 'Mine')]);
    expect(movie.title).toBe('Mine');
    expect(provenance.title).toEqual({
      rule: 'lock',
      at: DAY[2],
      from: [],
      by: 'ada',
      lost: [
        { source: 'imdb', record: 'tt0000001', value: 'A' },
        { source: 'films', record: '1', value: 'B' },
      ],
    });
  });

  it('set a field to empty', () => {
    const { movie, provenance } = merged(records, {}, [lock('title', null), lock('genres', null)]);
    expect(movie).toMatchObject({ title: null, genres: [] });
    expect(provenance.genres).toMatchObject({ rule: 'lock', by: 'ada' });
  });

  it('are refused if their field cannot have the value', () => {
    expect(() => merged(records, {}, [lock('year', 'soon')])).toThrow();
  });
});

it('makes a movie of IMDb alone in the same shape', () => {
  const imdb = record('imdb', { title: 'A', ids: { imdb: 'tt0000001' } });
  const { movie } = movieOfOne('tt0000001', imdb);
  expect(Movie.parse(movie)).toEqual(movie);
  expect(movie).toMatchObject({
    id: 'tt0000001',
    imdb: 'tt0000001',
    version: 0,
    updatedAt: null,
    sources: ['imdb'],
    budget: null,
    people: [],
    cRatings: { performance: null },
  });
});

it('refuses a rule that its field cannot have', () => {
  expect(() => rulesWith({ rating: { kind: 'newest' } })).toThrow(
    /rating cannot have a rule of kind newest; expected weighted-mean/u,
  );
  expect(() => rulesWith({ title: { kind: 'union' } })).toThrow(/title cannot have/u);
});

describe('for any records', () => {
  const text = fc.constantFrom('Comet', 'comet!', 'Der Komet', 'Winter');
  const content = fc.record(
    {
      title: fc.option(text),
      names: fc.array(
        fc.record({
          name: text,
          language: fc.constantFrom('de', null),
          region: fc.constantFrom('DE', null),
        }),
        { maxLength: 3 },
      ),
      genres: fc.array(
        fc.constantFrom('Drama', 'drama', 'Science Fiction', 'Sci-Fi', 'Odd', 'odd'),
        { maxLength: 3 },
      ),
      people: fc.array(
        fc.record({
          name: text,
          role: fc.constantFrom('actor' as const, 'director' as const),
          imdb: fc.constantFrom('nm0000001', 'nm0000002', null),
        }),
        { maxLength: 4 },
      ),
      companies: fc.array(
        fc.record({ id: fc.constantFrom('tmdb:1', 'tmdb:2', 'wd:1', null), name: text }),
        { maxLength: 4 },
      ),
      budget: fc.option(
        fc.record({ amount: fc.constantFrom(0, 5, 2000), currency: fc.constantFrom('USD', 'EUR') }),
      ),
      ratings: fc.array(
        fc.record({
          name: text,
          value: fc.constantFrom(1, 3.3, 9.9),
          scale: fc.constant({ min: 0, max: 10 }),
          votes: fc.option(fc.nat(1000)),
          kind: fc.constantFrom('audience' as const, 'critics' as const, 'own' as const),
        }),
        { maxLength: 2 },
      ),
      ids: fc.dictionary(fc.constantFrom('tmdb', 'wikidata'), fc.constantFrom('1', '2')),
    },
    { requiredKeys: [] },
  );
  const records = fc.uniqueArray(
    fc.record({
      source: fc.constantFrom('imdb', 'films', 'reviews', 'box'),
      record: fc.constantFrom('1', '2', '3'),
      day: fc.constantFrom(0, 1, 2),
      content,
    }),
    {
      selector: ({ source, record }) => (source === 'imdb' ? source : `${source} ${record}`),
      maxLength: 6,
    },
  );
  const kinds = ['newest', 'most-complete', 'most-votes'] as const;
  const rules = fc.record({
    title: fc.oneof(
      fc.record({ kind: fc.constantFrom(...kinds), emptyCounts: fc.boolean() }),
      fc.constant(DEFAULT_RULES.title),
    ),
    people: fc.oneof(
      fc.record({ kind: fc.constantFrom(...kinds) }),
      fc.constant(DEFAULT_RULES.people),
    ),
    budget: fc.record({ kind: fc.constantFrom(...kinds) }),
  });

  it('their order does not matter', () => {
    const shuffled = records.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, rules, ([one, other], own) => {
        const [first, second] = [one, other].map((all) =>
          merged(
            all.map((each) => record(each.source, each.content, each.day, each.record)),
            own,
          ),
        );
        expect(first).toEqual(second);
      }),
    );
  });

  it('a lock changes its field alone, and its removal returns the same movie', () => {
    fc.assert(
      fc.property(records, (all) => {
        const given = all.map((each) => record(each.source, each.content, each.day, each.record));
        const [free, locked] = [merged(given), merged(given, {}, [lock('title', 'Mine')])];
        expect({ ...locked.movie, title: free.movie.title }).toEqual(free.movie);
        expect(merged(given)).toEqual(free);
      }),
    );
  });

  it('each field with a value has a provenance', () => {
    fc.assert(
      fc.property(records, (all) => {
        const { movie, provenance } = merged(
          all.map((each) => record(each.source, each.content, each.day, each.record)),
        );
        for (const field of MERGED_FIELDS) {
          const value = movie[field];
          const isFilled = Array.isArray(value)
            ? value.length > 0
            : field === 'ids'
              ? Object.keys(movie.ids).length > 0
              : field !== 'cRatings' && value !== null;
          expect(provenance[field] !== undefined, field).toBe(isFilled);
        }
      }),
    );
  });
});
