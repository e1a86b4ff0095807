import { describe, expect, it } from 'vitest';
import { DATASET_NAMES, headerOf } from './datasets.ts';
import { compareHeader, MAX_HEADER, noteOnAdded } from './header.ts';

const HEADER = 'tconst\taverageRating\tnumVotes';
const KNOWN = ['tconst', 'averageRating', 'numVotes'];

function compare(line: string | Uint8Array): ReturnType<typeof compareHeader> {
  return compareHeader(
    'title.ratings',
    typeof line === 'string' ? new TextEncoder().encode(line) : line,
  );
}

describe('a known header', () => {
  it.each(DATASET_NAMES)('is the header of %s', (dataset) => {
    expect(compareHeader(dataset, new TextEncoder().encode(headerOf(dataset)))).toEqual({
      isKnown: true,
      columns: headerOf(dataset).split('\t'),
      added: [],
    });
  });

  it.each([
    ['a byte order mark before it', `\ufeff${HEADER}`],
    ['a carriage return at its end', `${HEADER}\r`],
    ['both', `\ufeff${HEADER}\r`],
  ])('may have %s', (_, line) => {
    expect(compare(line)).toEqual({ isKnown: true, columns: KNOWN, added: [] });
  });

  it('may have added columns after the known ones, which are reported by name', () => {
    const found = compare(`\ufeff${HEADER}\tmedian\tspread\u200b\r`);
    const added = ['median', 'spread\u200b'];
    expect(found).toEqual({ isKnown: true, columns: [...KNOWN, ...added], added });
    expect(found.isKnown && noteOnAdded(found)).toBe(
      String.raw`the file has 2 columns that this version does not know and leaves out: "median", "spread\u200b"`,
    );
  });

  it('needs no note when it has no added columns', () => {
    const found = compare(HEADER);
    expect(found.isKnown && noteOnAdded(found)).toBeNull();
  });
});

describe('a line that is not the header', () => {
  it.each([
    ['is empty', '', 'it is empty'],
    ['is a carriage return', '\r', 'it is empty'],
    ["is another dataset's", headerOf('title.crew'), 'it is the header of title.crew'],
    [
      'has a renamed column',
      'tconst\tmeanRating\tnumVotes',
      '"averageRating", expected as column 2, is not there: "meanRating" stands in its place',
    ],
    [
      'lacks a column within',
      'tconst\tnumVotes',
      '"averageRating", expected as column 2, is not there',
    ],
    [
      'lacks the last column',
      'tconst\taverageRating',
      '"numVotes", expected as column 3, is not there',
    ],
    [
      'breaks off',
      'tconst\tavera',
      '"averageRating", expected as column 2, is not there: "avera" stands in its place; "numVotes", expected as column 3, is not there',
    ],
    [
      'has a new column within',
      'tconst\tmedian\taverageRating\tnumVotes',
      '"median", which is not known, stands as column 2 before "averageRating"',
    ],
    [
      'has two columns changed over',
      'tconst\tnumVotes\taverageRating',
      'column 2 is "numVotes" where "averageRating" was expected; column 3 is "averageRating" where "numVotes" was expected',
    ],
    [
      'has one column twice within',
      'tconst\ttconst\taverageRating\tnumVotes',
      'column 2 is "tconst" where "averageRating" was expected; column 3 is "averageRating" where "numVotes" was expected',
    ],
    ['has a known column once more', `${HEADER}\ttconst`, 'column 4 is "tconst" once more'],
    ['has an added column twice', `${HEADER}\ta\ta`, 'column 5 is "a" once more'],
    ['has an added column without a name', `${HEADER}\t`, 'column 4 has no name'],
    [
      'is a row',
      'tt1000001\t7.0\t10',
      'it has "tt1000001", "7.0", "10" where "tconst", "averageRating", "numVotes" were expected',
    ],
    [
      'has two byte order marks',
      `\ufeff\ufeff${HEADER}`,
      String.raw`"tconst", expected as column 1, is not there: "\ufefftconst" stands in its place`,
    ],
    [
      'has carriage returns, no-break spaces and quotes in it',
      `tconst\taverage\u00a0Rating\r\t"numVotes"`,
      String.raw`"averageRating", expected as column 2, is not there: "average\u00a0Rating\r" stands in its place; "numVotes", expected as column 3, is not there: "\"numVotes\"" stands in its place`,
    ],
    [
      'has many long columns',
      Array.from({ length: 9 }, (_, i) => `${i}${'😀'.repeat(50)}`).join('\t'),
      `it has ${[0, 1, 2, 3, 4, 5].map((i) => `"${i}${'😀'.repeat(39)}…"`).join(', ')}, and 3 more where "tconst", "averageRating", "numVotes" were expected`,
    ],
    [
      'has no end',
      `${HEADER}\t${'x'.repeat(MAX_HEADER)}`,
      String.raw`it does not end within 4096 bytes, and starts with "tconst\taverageRating\tnumVotes\txxxxxxxxxx…"`,
    ],
    ['is no UTF-8', Uint8Array.of(0x74, 0xff, 0xfe), 'it is not text in UTF-8'],
  ])('%s', (_, line, differs) => {
    expect(compare(line)).toEqual({ isKnown: false, differs });
  });

  it('is recognised, whatever it is', () => {
    for (const dataset of DATASET_NAMES)
      for (const other of DATASET_NAMES)
        expect(compareHeader(dataset, new TextEncoder().encode(headerOf(other))).isKnown).toBe(
          dataset === other,
        );
  });
});
