import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { formatOf, streamAs } from './formats.ts';

describe('the format of a list', () => {
  it.each([
    [undefined, undefined, 'json'],
    [undefined, '*/*', 'json'],
    [undefined, 'text/html,application/xhtml+xml,*/*;q=0.8', 'json'],
    [undefined, 'text/csv', 'csv'],
    [undefined, 'Text/CSV; header=present', 'csv'],
    [undefined, 'application/x-ndjson, application/json;q=0.5', 'ndjson'],
    [undefined, 'application/json;q=0.5, text/csv;q=0.9', 'csv'],
    [undefined, 'text/csv;q=0', 'json'],
    [undefined, 'application/json;Q=0.5, TEXT/CSV', 'csv'],
    [undefined, 'text/csv;charset=utf-8', 'csv'],
    [undefined, 'text/csv;title="a, b;q=0", application/json;q=0.9', 'csv'],
    [undefined, ' , text/csv', 'csv'],
    [undefined, '', 'json'],
    [undefined, 'text/*', 'csv'],
    [undefined, 'image/png', 'json'],
    [undefined, 'constructor', 'json'],
    ['csv', 'application/json', 'csv'],
    ['json', 'text/csv', 'json'],
  ] as const)('with format %s and accept %s is %s', (parameter, accept, expected) => {
    expect(formatOf(parameter, accept)).toBe(expected);
  });
});

const items = (rows: readonly (object | readonly object[])[]) => Readable.from(rows);

describe('a stream of', () => {
  it('CSV tells null, empty text, lists and flags apart, and changes no value', async () => {
    const rows = [
      { a: null, b: '', c: ['x', 'y, "z"'], d: true },
      { a: '=1+1', b: '-2', c: [], d: false },
      { a: 'two\nlines', b: 'plain', c: null, d: null },
      { a: -2, b: '@home', c: [{ n: 1 }], d: 7.5 },
    ];
    const { type, stream } = streamAs({ format: 'csv', fields: ['a', 'b', 'c', 'd'] }, items(rows));
    expect(type).toContain('text/csv');
    expect(await text(stream)).toBe(
      'a,b,c,d\n,"","x|y, ""z""",true\n=1+1,-2,,false\n"two\nlines",plain,,\n-2,@home,"[{""n"":1}]",7.5\n',
    );
  });

  it('CSV for spreadsheets has a byte order mark, and runs no text as a formula', async () => {
    const rows = [
      { text: '=1+1', list: ['@a', 'b'], number: -2 },
      { text: '+2', list: ['b', '=c'], number: 7.5 },
      { text: '-', list: [], number: null },
      { text: '@home', list: [{ '=': 1 }], number: 0 },
      { text: '\t=1', list: null, number: 1 },
      { text: '\r=1', list: null, number: 1 },
      { text: '\uFF1D1', list: null, number: 1 },
      { text: 'a=1', list: null, number: 1 },
      { text: "'til", list: null, number: 1 },
      { text: '', list: null, number: 1 },
    ];
    const { stream } = streamAs(
      { format: 'csv', fields: ['text', 'list', 'number'], csv: 'spreadsheet' },
      items(rows),
    );
    const bytes = await buffer(stream);
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    expect(bytes.subarray(3).toString()).toBe(
      `text,list,number\n'=1+1,'@a|b,-2\n'+2,b|=c,7.5\n'-,,\n'@home,"[{""="":1}]",0\n'\t=1,,1\n"'\r=1",,1\n'\uFF1D1,,1\na=1,,1\n'til,,1\n"",,1\n`,
    );
  });

  it('CSV has its header even without rows', async () => {
    expect(await text(streamAs({ format: 'csv', fields: ['a', 'b'] }, items([])).stream)).toBe(
      'a,b\n',
    );
  });

  it('batches equals a stream of items', async () => {
    const rows = [{ a: 1 }, { a: 2 }, { a: 3 }];
    for (const format of ['csv', 'ndjson'] as const) {
      expect(
        await text(
          streamAs({ format, fields: ['a'] }, items([rows.slice(0, 2), rows.slice(2)])).stream,
        ),
      ).toBe(await text(streamAs({ format, fields: ['a'] }, items(rows)).stream));
    }
  });

  it('NDJSON has one item per line', async () => {
    expect(
      await text(
        streamAs({ format: 'ndjson', fields: [] }, items([{ a: 'x\ny' }, { a: null }])).stream,
      ),
    ).toBe('{"a":"x\\ny"}\n{"a":null}\n');
  });
});
