import { createElement } from 'react';
import { expect, it } from 'vitest';
import { CsvLink, type ChartProps } from './chart.tsx';
import { render } from './testing/render.ts';

/** The name and the text of the file behind a link. */
function fileOf(name: string, rows: ChartProps['rows']): { name: string; text: string } {
  const html = render(createElement(CsvLink, { name, rows }));
  const [, file = ''] = /download="([^"]*)"/u.exec(html) ?? [];
  const [, data = ''] = /href="data:text\/csv;charset=utf-8,([^"]*)"/u.exec(html) ?? [];
  // in the HTML of an attribute
  return { name: file, text: decodeURIComponent(data.replaceAll('&#x27;', "'")) };
}

it('is a file of lines, with nothing for null and numbers as they are', () => {
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

it('quotes what would be taken for the end of a field, a line or a quote', () => {
  expect(
    fileOf('x', [['a,b', 'say "so"', 'two\nlines', 'a\rb', "it's", '', ' x ', '神隠し #%&+<']])
      .text,
  ).toBe('"a,b","say ""so""","two\nlines","a\rb",it\'s,, x ,神隠し #%&+<');
});
