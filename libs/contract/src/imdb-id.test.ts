import { expect, it } from 'vitest';
import { NamePath, TitleBatchRequest, TitlePath } from './index.ts';
import { imdbIdOf } from './imdb-id.ts';

it.each([
  ['tt0111161', 'tt0111161'],
  ['TT0111161', 'tt0111161'],
  ['tt111161', 'tt0111161'],
  ['Tt00111161', 'tt0111161'],
  ['tt0000000111161', 'tt0111161'],
  ['tt10872600', 'tt10872600'],
  ['tt1234567890', 'tt1234567890'],
  [' tt0111161\n', 'tt0111161'],
  ['NM151151', 'nm0151151'],
  ['https://www.imdb.com/title/tt0111161/', 'tt0111161'],
  ['HTTPS://WWW.IMDB.COM/TITLE/TT0111161', 'tt0111161'],
  ['https://m.imdb.com/title/tt0111161/episodes/?season=1&ref_=tt_ov', 'tt0111161'],
  ['https://m.imdb.com/de/title/tt0111161/?ref_=ext_shr_lnk', 'tt0111161'],
  ['imdb.com/fr-ca/title/tt0111161?ref_=nm_flmg_t_1', 'tt0111161'],
  ['//pro.imdb.com/title/tt0111161#cast', 'tt0111161'],
  ['https://www.imdb.com/title/tt0111161/characters/nm0000151', 'tt0111161'],
  ['https://www.imdb.com/name/nm0000151/?ref_=tt_cl_1', 'nm0000151'],
  ['Look at this: https://www.imdb.com/title/tt0111161/ 👍', 'tt0111161'],
  ['Dusk (2017) {imdb-tt1000001}', 'tt1000001'],
  ['Dusk.2017.[imdbid-tt1000001].mkv', 'tt1000001'],
])('%j is %s', (text, id) => {
  expect(imdbIdOf(text)).toEqual({ kind: id.startsWith('tt') ? 'title' : 'name', id });
});

it.each([
  '',
  'winter',
  'tt',
  'TT3',
  'tt1234',
  'tt12345678901',
  'tt0111161a',
  'att0111161',
  '1tt0111161',
  '1000017',
  'nm 0000151',
  'co0111161',
  'https://www.imdb.com/chart/top/',
  'https://www.imdb.com/user/ur1234567/',
])('%j contains none', (text) => {
  expect(imdbIdOf(text)).toBeNull();
});

it('is what paths and bodies accept', () => {
  expect(TitlePath.parse({ tconst: 'TT111161' })).toEqual({ tconst: 'tt0111161' });
  expect(NamePath.parse({ nconst: 'nm00000151' })).toEqual({ nconst: 'nm0000151' });
  expect(TitleBatchRequest.parse({ ids: ['TT0000001', 'tt0000002'] })).toEqual({
    ids: ['tt0000001', 'tt0000002'],
  });
});

it('tells where an id of the other kind belongs', () => {
  const messageOf = (parse: () => unknown) => {
    try {
      return JSON.stringify(parse());
    } catch (error) {
      return String(error);
    }
  };
  expect(messageOf(() => TitlePath.parse({ tconst: 'nm0000001' }))).toContain(
    'nm0000001 is the id of a person: GET /names/nm0000001; expected',
  );
  expect(messageOf(() => NamePath.parse({ nconst: 'TT0000001' }))).toContain(
    'tt0000001 is the id of a title: GET /titles/tt0000001; expected',
  );
  expect(messageOf(() => TitlePath.parse({ tconst: 'winter' }))).toContain(
    '"expected tt and 7 to 10 digits, such as tt0000001',
  );
});
