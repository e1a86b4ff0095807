import { expect, it } from 'vitest';
import { Transform, TRANSFORM_EXAMPLES } from '../definition/transform.ts';
import { compileTransforms } from './compile-transforms.ts';

const apply = (value: unknown, ...transforms: Transform[]) => compileTransforms(transforms)(value);

it.each(Object.values(TRANSFORM_EXAMPLES).flat())(
  '$by does what its example shows',
  ({ by, from, to }) => {
    expect(apply(from, Transform.parse(by))).toEqual(to);
  },
);

it.each<[unknown, Transform, unknown]>([
  ['3 000 000,50 €', { money: { decimal: ',' } }, 3_000_000.5],
  ['USD 12,000', 'money', 12_000],
  ['US$1,500', 'money', 1500],
  ['415000000.0', { money: { decimal: '.', thousands: 1_000_000 } }, 415_000_000],
  ['1,019.4', { money: { decimal: '.', thousands: 1_000_000 } }, 1_019_400_000],
  ['1.234,5', { number: { decimal: ',' } }, 1234.5],
  ['1e3', 'number', 1000],
  ['3', 'boolean', true],
  ['0.0', 'boolean', false],
  ['2. Mai 1999', { date: ['yyyy-MM-dd', 'd.M.yyyy', 'd. MMM yyyy'] }, null],
  ['31.12.1999', { date: ['yyyy-MM-dd', 'd.M.yyyy'] }, '1999-12-31'],
  ['September 4, 2001', { date: 'MMMM d, yyyy' }, '2001-09-04'],
  ['1999', { date: ['yyyy-MM-dd', 'yyyy'] }, '1999-01-01'],
  ['29.2.2000', { date: 'd.M.yyyy' }, '2000-02-29'],
  ["[(1, \"it's\"), u'caf\\xe9', None, -1.5e2,]", 'python', [[1, "it's"], 'café', null, -150]],
  [String.raw`'\U0001F600 \Uffffffff'`, 'python', '😀 Uffffffff'],
  [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'json', null],
  // what would take minutes to read
  [`1${' '.repeat(1_000_000)}1`, 'money', null],
  [`a ${'(b)'.repeat(300_000)}`, 'title-with-year', null],
  [`a${' '.repeat(1_000_000)}b (c)`, 'title-with-year', null],
  ['tt10872600', 'imdb-id', 'tt10872600'],
  ['114709', 'imdb-id', 'tt0114709'],
  ["Avventura, L'", 'article', "L'Avventura"],
  ['Live and Let, Spy', 'article', 'Live and Let, Spy'],
  ['L√©on', { unmojibake: 'macintosh' }, 'Léon'],
  ['Worldâ\u0080\u0099s End', { unmojibake: 'latin1' }, 'World’s End'],
  ['DÃ©jÃ  Vu', { unmojibake: 'latin1' }, 'Déjà  Vu'],
  ['São Paulo, Amélie, NÃO', { unmojibake: 'latin1' }, 'São Paulo, Amélie, NÃO'],
])('%j by %j is %j', (from, transform, to) => {
  if (to === null) expect(() => apply(from, transform)).toThrow('expected');
  else expect(apply(from, transform)).toEqual(to);
});

it.each<[string, string, number | null, string[]]>([
  ['The Comet (a.k.a. Halley) (1994)', 'The Comet', 1994, ['Halley']],
  ['Comet, The (Komet, Der) (1994)', 'Comet, The', 1994, ['Komet, Der']],
  ['Winter or (The Unexpected Snow) (2014)', 'Winter or (The Unexpected Snow)', 2014, []],
  ['The Comet (IMAX re-issue 2010)', 'The Comet', null, []],
  ['The Comet (in 3D)', 'The Comet', null, []],
  ['(500) Nights', '(500) Nights', null, []],
  ['A Comet (Not) Alone', 'A Comet (Not) Alone', null, []],
  ['Fire (Feu (1)) (Fuego) (1960)', 'Fire', 1960, ['Feu (1)', 'Fuego']],
  ['Comet 5', 'Comet 5', null, []],
  ['(1999)', '(1999)', null, []],
])('takes “%s” apart', (text, title, year, names) => {
  expect(apply(text, 'title-with-year')).toEqual({ title, year, endYear: null, names });
});

it('keeps empty values empty, and works on each element of a list', () => {
  expect(apply(null, 'integer', 'article')).toBeNull();
  expect(apply(' | ', { split: '|' })).toEqual([]);
  expect(apply('1|n/a|3', { split: '|' }, { empty: ['n/a'] }, 'integer')).toEqual([1, null, 3]);
  expect(apply('1|n/a|3', { split: '|' }, { empty: ['n/a'] }, 'integer', 'first')).toBe(1);
  expect(apply([{ a: { b: 1 } }, { a: null }], { pluck: 'a.b' })).toEqual([1, null]);
});

it.each<[unknown, Transform]>([
  ['abc', 'integer'],
  ['1.5', 'integer'],
  ['1,5', 'number'],
  ['', 'boolean'],
  ['perhaps', 'boolean'],
  ['2001-02-30', { date: 'yyyy-MM-dd' }],
  ['{"a": 1', 'json'],
  ["[{'a': 1}", 'python'],
  ['[__import__("os")]', 'python'],
  ['[[[['.repeat(50), 'python'],
  ['nm0000001', 'imdb-id'],
  ['0', 'imdb-id'],
])('says what it expected instead of %j for %j', (from, transform) => {
  expect(() => apply(from, transform)).toThrow(/^expected /u);
});
