import { describe, expect, it } from 'vitest';
import { marquee } from '../testing/marquee.ts';

describe('the address of a page', () => {
  it.each([
    [[], '/'],
    [['title', 'tt0000001'], '/title/tt0000001'],
    [['title', 'TT1'], null],
    [['tt0111161'], '/title/tt0111161'],
    [['https://www.imdb.com/name/nm0000151/'], '/name/nm0000151'],
    [['name', '151'], '/name/nm0000151'],
    [['search', 'the', 'long winter'], '/find?q=the+long+winter'],
    [['data'], '/data'],
    [['docs'], '/docs'],
  ])('of %j is %s, and is printed where there is no browser', async (words, path) => {
    const { code, stdout, api } = await marquee({}, ['open', ...words], { env: { DISPLAY: ':0' } });
    expect([code, stdout]).toEqual(path === null ? [2, ''] : [0, `${api.url}${path}\n`]);
  });

  it('is a document with --json', async () => {
    const { stdout, api } = await marquee({}, ['open', 'data', '--json']);
    expect(JSON.parse(stdout)).toEqual({ url: `${api.url}/data`, isOpened: false });
  });
});
