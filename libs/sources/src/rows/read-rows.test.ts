import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FileDefinition } from '../definition/definition.ts';
import { unpacked } from './content.ts';
import { readRows } from './read-rows.ts';

async function rowsOf(content: string | Buffer, options: Record<string, unknown> = {}) {
  const file = FileDefinition.parse({
    name: 'films',
    pattern: '*',
    format: 'csv',
    fields: {},
    ...options,
  });
  // byte by byte: nothing depends on where chunks end
  const bytes = Array.from(Buffer.from(content), (byte) => Buffer.of(byte));
  return Array.fromAsync(readRows(file, Readable.from(bytes), []));
}

describe('CSV', () => {
  it('is read with quotes, line breaks in them, and without a final newline', async () => {
    expect(await rowsOf('id,title\r\n1,"A ""comet"",\nnear"\r\n\r\n2, two ')).toEqual([
      { line: 2, columns: { id: '1', title: 'A "comet",\nnear' } },
      { line: 5, columns: { id: '2', title: ' two ' } },
    ]);
  });

  it('may be compressed, and have a byte order mark or another encoding and delimiter', async () => {
    const rows = [{ line: 2, columns: { id: '1', title: 'Amélie' } }];
    expect(await rowsOf(gzipSync('\u{feff}id,title\n1,Amélie'))).toEqual(rows);
    expect(await rowsOf('id\ttitle\n1\tAmélie', { format: 'tsv' })).toEqual(rows);
    expect(await rowsOf('id;title\n1;Amélie', { delimiter: ';' })).toEqual(rows);
    // PostgreSQL keeps no NUL, not in keys either
    expect(await rowsOf('i\0d,title\n1,Amélie')).toEqual(rows);
    const latin = Buffer.from('id,title\n1,Amélie', 'latin1');
    expect(await rowsOf(latin, { encoding: 'windows-1252' })).toEqual(rows);
    const utf16 = Buffer.from('\u{feff}id,title\n1,Amélie', 'utf16le');
    expect(await rowsOf(utf16, { encoding: 'utf-16le' })).toEqual(rows);
  });

  it('has rejects: rows with too many or too few columns, of another encoding, or too long', async () => {
    const text = `id,title\n1\n2,a,b\n4,${'x'.repeat(1024 * 1024 + 1)}\n5,fine`;
    const bad = Buffer.concat([Buffer.from(text), Buffer.from('\n6,Am\u00e9lie', 'latin1')]);
    const file = FileDefinition.parse({ name: 'films', pattern: '*', format: 'csv', fields: {} });
    const rows = await Array.fromAsync(readRows(file, Readable.from([bad]), []));
    expect(rows.map((row) => ('reason' in row ? row.reason : row.columns))).toEqual([
      'expected 2 columns, got 1',
      'expected 2 columns, got 3',
      'a field is longer than 1 MB',
      { id: '5', title: 'fine' },
      'it has bytes that are not of the encoding of the file',
    ]);
  });
});

describe('JSON', () => {
  it('is a list of objects, or an object a line', async () => {
    const rows = [
      { line: 1, columns: { id: 1, title: 'The Comet' } },
      { line: 2, reason: 'it is no object', raw: '7' },
    ];
    expect(await rowsOf('[{"id": 1, "title": "The Comet"}, 7]', { format: 'json' })).toEqual(rows);
    expect(await rowsOf('{"id": 1, "title": "The Comet"}\n7\n', { format: 'ndjson' })).toEqual(
      rows,
    );
    expect(await rowsOf('{"id": \n', { format: 'ndjson' })).toMatchObject([
      { line: 1, reason: 'it is not JSON' },
    ]);
  });

  it('keeps no signs that PostgreSQL cannot keep', async () => {
    const [row] = await rowsOf(String.raw`[{"title": "a\u0000b\ud800"}]`, { format: 'json' });
    expect(row).toMatchObject({ columns: { title: 'ab\u{fffd}' } });
  });

  it('rejects rows that are too deep, and refuses those that do not end', async () => {
    const deep = `{"a": ${'['.repeat(1000)}${']'.repeat(1000)}}`;
    for (const format of ['json', 'ndjson'])
      expect(await rowsOf(format === 'json' ? `[${deep}]` : deep, { format })).toMatchObject([
        { line: 1, reason: 'its lists and objects are more than 50 levels deep' },
      ]);
    const file = FileDefinition.parse({ name: 'a', pattern: '*', format: 'json', fields: {} });
    const chunks = [Buffer.from('[{"a": "'), ...Array<Buffer>(200).fill(Buffer.alloc(65_536, 'x'))];
    await expect(Array.fromAsync(readRows(file, Readable.from(chunks), []))).rejects.toMatchObject({
      code: 'row-too-long',
    });
  });

  it.each([
    ['empty', '[]'],
    ['wrong-format', '{"id": 1}'],
    ['wrong-format', 'id,title'],
    ['truncated', '[{"id": 1}, {"id": '],
  ])('that is %s is none: %s', async (code, text) => {
    await expect(rowsOf(text, { format: 'json' })).rejects.toMatchObject({ code });
  });
});

it.each([
  ['a ZIP archive', Buffer.from('504b030414000000', 'hex')],
  ['compressed by zstd', Buffer.from('28b52ffd00000000', 'hex')],
])('says that a file is %s', async (what, content) => {
  await expect(rowsOf(content)).rejects.toMatchObject({
    code: 'wrong-format',
    message: expect.stringContaining(what) as string,
  });
});

it('refuses gzip that grows without end', async () => {
  const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
  await expect(Array.fromAsync(unpacked(Readable.from([bomb])))).rejects.toMatchObject({
    code: 'archive-bomb',
  });
});
