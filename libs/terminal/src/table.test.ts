import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type Cell, type Column, formatTable } from './table.ts';
import { cut, plain } from './text.ts';

const COLUMNS: readonly Column[] = [
  { head: 'ID' },
  { head: 'TITLE', isFlexible: true },
  { head: 'VOTES', align: 'right' },
];

/** The lines of a table, the head first. */
function linesOf(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): string[] {
  const { head, lines } = formatTable(columns, rows, width);
  return head === null ? [...lines] : [head, ...lines];
}

describe('a table', () => {
  it('aligns words to the left, numbers to the right, and has no spaces at the ends of lines', () => {
    expect(
      linesOf(
        COLUMNS,
        [
          ['tt0000001', 'Winter', '12,345'],
          ['tt00000002', 'The Long Winter', 0],
          ['tt0000003', 'It', null],
        ],
        Infinity,
      ),
    ).toEqual([
      'ID          TITLE             VOTES',
      'tt0000001   Winter           12,345',
      'tt00000002  The Long Winter       0',
      'tt0000003   It',
    ]);
  });

  it('has only its head if there are no rows', () => {
    expect(linesOf(COLUMNS, [], 80)).toEqual(['ID  TITLE  VOTES']);
  });

  it('counts East Asian and other wide characters as two columns', () => {
    const lines = linesOf(
      COLUMNS,
      [
        ['tt0245429', '千と千尋の神隠し', '900'],
        ['tt6751668', '기생충', '900'],
        ['tt0000001', 'Amélie', '900'],
        // the same in two code points
        ['tt0000002', 'Ame\u0301lie', '900'],
        ['tt0000003', '🎬', '900'],
      ],
      Infinity,
    );
    expect(lines[1]).toBe('tt0245429  千と千尋の神隠し    900');
    expect(lines[2]).toBe('tt6751668  기생충              900');
    expect(lines.map((line) => stringWidth(line))).toEqual([34, 34, 34, 34, 34, 34]);
  });

  it('leaves out an optional column that is empty in every row', () => {
    const columns: Column[] = [{ head: 'ID' }, { head: 'EPISODE', isOptional: true }];
    expect(
      linesOf(
        columns,
        [
          ['tt1', null],
          ['tt2', undefined],
        ],
        80,
      ),
    ).toEqual(['ID', 'tt1', 'tt2']);
    expect(
      linesOf(
        columns,
        [
          ['tt1', null],
          ['tt2', 'S1 E1'],
        ],
        80,
      ),
    ).toEqual(['ID   EPISODE', 'tt1', 'tt2  S1 E1']);
  });

  it('shrinks the widest flexible column to fit a narrow terminal', () => {
    const columns: Column[] = [
      { head: 'ID' },
      { head: 'TITLE', isFlexible: true },
      { head: 'AS', isFlexible: true },
    ];
    const rows = [['tt0000001', 'A title that is very long indeed', 'Herself, as a guest']];
    const lines = linesOf(columns, rows, 40);
    expect(lines).toEqual([
      'ID         TITLE          AS',
      'tt0000001  A title that…  Herself, as a…',
    ]);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(40);
  });

  it('leaves out columns rather than cut a title short, those that matter least first', () => {
    const columns: Column[] = [
      { head: 'ID' },
      { head: 'TITLE', isFlexible: true },
      { head: 'YEAR', drop: 1 },
      { head: 'VOTES', align: 'right', drop: 2 },
    ];
    const rows = [['tt0000001', 'The Longest Winter', 1977, '12,345']];
    expect([50, 40, 30, 28].map((width) => linesOf(columns, rows, width)[1])).toEqual([
      'tt0000001  The Longest Winter  1977  12,345',
      'tt0000001  The Longest Winter  1977',
      'tt0000001  The Longest Winter',
      'tt0000001  The Longest Wint…',
    ]);
  });

  it('writes each row as a block if no more can be left out, and keeps its id whole', () => {
    const columns: Column[] = [
      { head: 'ID' },
      { head: 'KIND' },
      { head: 'ERROR', isFlexible: true },
    ];
    const id = '0199aaaa-0000-7000-8000-000000000000';
    const rows = [
      [id, 'update', 'the disk is full, so nothing was loaded'],
      [id, 'load', null],
    ];
    expect(linesOf(columns, rows, 40)).toEqual([
      id,
      '  KIND   update',
      '  ERROR  the disk is full, so nothing w…',
      id,
      '  KIND   load',
    ]);
  });

  it('fits any width in between, whatever the characters are', () => {
    const rows = [
      ['tt0245429', '千と千尋の神隠し 千と千尋の神隠し', '9'],
      ['tt1', '👩‍👩‍👧 '.repeat(9), '9'],
    ];
    for (let width = 12; width < 60; width++) {
      const widths = linesOf(COLUMNS, rows, width).map((line) => stringWidth(line));
      expect(Math.max(...widths), `${width} columns`).toBeLessThanOrEqual(width);
    }
  });

  it('keeps each row on one line, and removes control characters', () => {
    expect(
      linesOf([{ head: 'TITLE' }], [['a\nb\tc'], ['\u001B[31mred\u009B0m\u0000']], 80),
    ).toEqual(['TITLE', 'a b c', ' [31mred 0m']);
  });
});

describe('a text that is cut', () => {
  it.each([
    ['fits', 4, 'fits'],
    ['fits not', 7, 'fits n…'],
    ['fits not', 1, '…'],
    ['', 0, ''],
    // half of a wide character does not fit
    ['神隠し', 6, '神隠し'],
    ['神隠し', 5, '神隠…'],
    ['神隠し', 4, '神…'],
    ['anything', Infinity, 'anything'],
  ])('%j is in %d columns %j', (text, width, expected) => {
    expect(cut(text, width)).toBe(expected);
  });

  it('keeps graphemes whole', () => {
    expect(cut('ame\u0301lie', 4)).toBe('ame\u0301…');
    expect(cut('👨‍👩‍👧‍👦 family', 4)).toBe('👨‍👩‍👧‍👦 …');
    expect(cut('👨‍👩‍👧‍👦 family', 2)).toBe('…');
  });
});

it('writes nothing for null, and any other value as it is', () => {
  expect([null, undefined, 0, '', 'x', 2_147_483_647].map(plain)).toEqual([
    '',
    '',
    '0',
    '',
    'x',
    '2147483647',
  ]);
});
