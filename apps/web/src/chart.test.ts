import { createElement } from 'react';
import { expect, it } from 'vitest';
import { CsvLink, type CsvSource } from './chart.tsx';
import { render } from './testing/render.ts';

/** File name and content behind the link. */
function fileOf(name: string, source: CsvSource): { name: string; text: string } {
  const html = render(createElement(CsvLink, { name, source }));
  const [, file = ''] = /download="([^"]*)"/u.exec(html) ?? [];
  const [, data = ''] = /href="data:text\/csv;charset=utf-8,([^"]*)"/u.exec(html) ?? [];
  // unescape the HTML attribute
  return { name: file, text: decodeURIComponent(data.replaceAll('&#x27;', "'")) };
}

it('has a line for each row, nothing for null and plain numbers', () => {
  expect(
    fileOf('Ratings, season by season', [
      ['tconst', 'seasonNumber', 'numVotes'],
      ['tt0000001', null, 0],
      ['tt0000002', 1, 2_147_483_647],
    ]),
  ).toEqual({
    name: 'ratings-season-by-season.csv',
    text: 'tconst,seasonNumber,numVotes\r\ntt0000001,,0\r\ntt0000002,1,2147483647',
  });
});

it('quotes fields with separators, line breaks or quotes', () => {
  expect(
    fileOf('x', [['a,b', 'say "so"', 'two\nlines', 'a\rb', "it's", '', ' x ', '神隠し #%&+<']])
      .text,
  ).toBe('"a,b","say ""so""","two\nlines","a\rb",it\'s,, x ,神隠し #%&+<');
});

it('is the file of the API, if that has more than the page', () => {
  const html = render(
    createElement(CsvLink, { name: 'Works', source: '/names/nm1/works?format=csv' }),
  );
  expect(html).toContain('href="/names/nm1/works?format=csv"');
  expect(html).toContain('aria-label="Works as CSV"');
});
