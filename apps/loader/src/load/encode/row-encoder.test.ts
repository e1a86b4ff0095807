import {
  DATASET_NAMES,
  definitionOf,
  headerOf,
  parseRow,
  type Column,
  type DatasetName,
} from '@marquee/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowEncoder, type Reject } from './row-encoder.ts';
import { readRows } from './test-copy-reader.ts';

/**
 * Encodes a file in chunks of a given size, and reads the resulting COPY data as PostgreSQL does.
 */
function encode(
  dataset: DatasetName,
  content: string | Buffer,
  {
    chunk = 1 << 16,
    ...keys
  }: { chunk?: number; repeatedKeys?: Set<string>; only?: Set<string> } = {},
) {
  const rejects: Reject[] = [];
  const encoder = new RowEncoder({
    dataset,
    onReject: (reject) => rejects.push(reject),
    ...keys,
  });
  const bytes = Buffer.from(content);
  const out: Buffer[] = [];
  // the memory of each chunk is reused
  const memory = Buffer.alloc(Math.min(chunk, bytes.length));
  for (let at = 0; at < bytes.length; at += chunk)
    out.push(encoder.encode(memory.subarray(0, bytes.copy(memory, 0, at, at + chunk))));
  out.push(encoder.end());
  const copy = Buffer.concat(out);
  return {
    copy,
    rows: readRows(dataset, copy),
    rejects,
    encoder,
    reasons: rejects.map(({ line, reason }) => `${line}: ${reason}`),
  };
}

const basics = (...lines: string[]) => [headerOf('title.basics'), ...lines, ''].join('\n');
const principals = (...lines: string[]) => [headerOf('title.principals'), ...lines, ''].join('\n');
const GOOD = 'tt0000001\tmovie\tA\tB\t0\t1990\t\\N\t90\tDrama,Comedy';

/** A value for each key column. */
const KEYS: Readonly<Record<string, string>> = {
  tconst: 'tt0000001',
  nconst: 'nm0000001',
  titleId: 'tt0000001',
  ordering: '1',
};

describe('RowEncoder', () => {
  it('keeps quotes, backslashes and empty strings as they are', () => {
    const { rows } = encode(
      'title.basics',
      basics('tt0000001\tmovie\t"A" \\ b\t\t1\t\\N\t\\N\t\\N\t\\N'),
    );
    expect(rows).toEqual([
      {
        tconst: 'tt0000001',
        titleType: 'movie',
        primaryTitle: '"A" \\ b',
        originalTitle: '',
        isAdult: true,
        startYear: null,
        endYear: null,
        runtimeMinutes: null,
        genres: null,
      },
    ]);
  });

  it('distinguishes null, an empty list and a list', () => {
    const { rows } = encode(
      'name.basics',
      [
        headerOf('name.basics'),
        'nm0000001\tA\t\\N\t\\N\t\\N\t\\N',
        'nm0000002\tA\t\\N\t\\N\t\ttt0000001',
        'nm0000003\tA\t\\N\t\\N\tactor,a"b\ttt0000001,tt0000002',
        '',
      ].join('\n'),
    );
    expect(
      rows.map(({ primaryProfession, knownForTitles }) => [primaryProfession, knownForTitles]),
    ).toEqual([
      [null, null],
      [[], ['tt0000001']],
      [
        ['actor', 'a"b'],
        ['tt0000001', 'tt0000002'],
      ],
    ]);
  });

  it('keeps a backslash and a dot within a row, and rejects them as a line', () => {
    const { rows, reasons } = encode(
      'title.basics',
      basics('tt0000001\tmovie\t\\.\t\\.\t0\t\\N\t\\N\t\\N\t\\N', '\\.'),
    );
    expect(rows).toEqual([
      parseRow('title.basics', 'tt0000001\tmovie\t\\.\t\\.\t0\t\\N\t\\N\t\\N\t\\N'),
    ]);
    expect(reasons).toEqual(['3: 1 column where 9 were expected']);
  });

  it.each([
    ['tt0000001\tmovie', '2: 2 columns where 9 were expected'],
    [`${GOOD}\tmore`, '2: 10 columns where 9 were expected'],
    ['', '2: 1 column where 9 were expected'],
    [GOOD.replace('1990', '1994.0'), '2: startYear: not a whole number'],
    [GOOD.replace('1990', ''), '2: startYear: not a whole number'],
    [GOOD.replace('1990', '01990'), '2: startYear: a number with a leading zero'],
    [GOOD.replace('1990', '2147483648'), '2: startYear: a number of more than 32 bits'],
    [GOOD.replace('\t0\t', '\t2014\t'), '2: isAdult: neither 0 nor 1'],
    [GOOD.replace('tt0000001', 'tt1'), '2: tconst: an id of 1 digits; ids have 7 to 10'],
    [GOOD.replace('tt0000001', 'nm0000001'), '2: tconst: not an id that starts with tt'],
    [GOOD.replace('tt0000001', '\\N'), '2: tconst: null in the key'],
    [GOOD.replace('tt0000001', 'tt0000001 '), '2: tconst: an id with other characters after it'],
    [
      GOOD.replace('A', 'A\0'),
      '2: primaryTitle: a NUL byte, which PostgreSQL cannot store in text',
    ],
  ])('rejects %j and takes the row after it', (line, reason) => {
    const after = GOOD.replace('tt0000001', 'tt0000002');
    const { rows, reasons, encoder } = encode('title.basics', basics(line, after));
    expect(reasons).toEqual([reason]);
    expect(rows).toEqual([parseRow('title.basics', after)]);
    expect(encoder).toMatchObject({ rows: 1, rejects: 1 });
  });

  it('rejects a row that is not UTF-8, with its bytes, and keeps the rows around it', () => {
    const bad = Buffer.from(GOOD.replace('A', '?'));
    bad[bad.indexOf('?')] = 0xe9;
    const lines = [
      Buffer.from(`${headerOf('title.basics')}\n${GOOD}\n`),
      bad,
      Buffer.from(`\n${GOOD.replace('tt0000001', 'tt0000003')}\n`),
    ];
    const { rejects, encoder } = encode('title.basics', Buffer.concat(lines));
    expect(encoder.rows).toBe(2);
    expect(rejects).toEqual([{ line: 3, raw: bad, reason: 'not valid UTF-8' }]);
  });

  it('rejects the second of two rows with one key, also in the second part of the key', () => {
    expect(encode('title.basics', basics(GOOD, GOOD)).reasons).toEqual([
      '3: the key tt0000001 came before',
    ]);
    const row = (ordering: number) => `tt0000001\t${ordering}\tnm0000001\tself\t\\N\t\\N`;
    const { reasons, encoder } = encode(
      'title.principals',
      principals(row(1), row(2), row(2), row(10)),
    );
    expect(reasons).toEqual(['4: the key tt0000001 2 came before']);
    expect(encoder).toMatchObject({ rows: 3, sorted: true });
  });

  it('rejects the second row of a key whose orderings are in the order of text', () => {
    const row = (ordering: number) => `tt0000001\t${ordering}\tnm0000001\tself\t\\N\t\\N`;
    const { encoder, reasons } = encode(
      'title.principals',
      principals(row(1), row(10), row(2), row(10), row(2), row(3)),
    );
    expect(reasons).toEqual([
      '5: the key tt0000001 10 came before',
      '6: the key tt0000001 2 came before',
    ]);
    expect(encoder).toMatchObject({ rows: 4, sorted: true, keysSorted: false });
  });

  it('does not count a rejected row as the first of its key', () => {
    const { encoder, reasons } = encode('title.basics', basics(GOOD.replace('1990', 'x'), GOOD));
    expect(reasons).toEqual(['2: startYear: not a whole number']);
    expect(encoder.rows).toBe(1);
  });

  it('recognises sorted files, with ids compared as text', () => {
    const ids = (...numbers: string[]) =>
      encode('title.basics', basics(...numbers.map((id) => GOOD.replace('tt0000001', id)))).encoder
        .sorted;
    expect(ids('tt0000001', 'tt10001008', 'tt1000101', 'tt9916880')).toBe(true);
    expect(ids('tt0000001', 'tt1000101', 'tt10001008')).toBe(false);
  });

  it('keeps the first row of a key known to repeat, wherever its rows are', () => {
    const other = GOOD.replace('tt0000001', 'tt0000002');
    const { reasons, encoder } = encode('title.basics', basics(GOOD, other, GOOD), {
      repeatedKeys: new Set(['tt0000001']),
    });
    expect(reasons).toEqual(['4: the key tt0000001 came before']);
    expect(encoder.rows).toBe(2);
  });

  it('encodes a last line without a newline, and rejects it when it is incomplete', () => {
    const file = basics(GOOD, GOOD.replace('tt0000001', 'tt0000002'));
    for (const chunk of [1, 100, 1 << 16]) {
      const { reasons, encoder } = encode('title.basics', file.slice(0, -1), { chunk });
      expect(reasons).toEqual([]);
      expect(encoder.rows).toBe(2);
    }
    expect(encode('title.basics', file.slice(0, -20)).reasons).toEqual([
      '3: 6 columns where 9 were expected',
    ]);
  });

  it.each(DATASET_NAMES)('drops carriage returns before newlines in %s', (dataset) => {
    const { columns } = definitionOf(dataset);
    const line = columns.map(({ name }) => KEYS[name] ?? '\\N').join('\t');
    const file = [headerOf(dataset), line, ''].join('\r\n');
    for (const chunk of [1, 1 << 16]) {
      const { rows, reasons } = encode(dataset, file, { chunk });
      expect(reasons).toEqual([]);
      expect(rows).toEqual([parseRow(dataset, line)]);
    }
  });

  it('skips columns added after the known ones, and requires them in each line', () => {
    const file = [
      `${headerOf('title.basics')}\tmood\tcolour`,
      `${GOOD}\tgay\t\\N`,
      GOOD,
      `${GOOD}\t1\t2\t3`,
      '',
    ];
    const { rows, reasons, encoder } = encode('title.basics', file.join('\n'));
    expect(rows).toEqual([parseRow('title.basics', GOOD)]);
    expect(reasons).toEqual([
      '3: 9 columns where 11 were expected',
      '4: 12 columns where 11 were expected',
    ]);
    expect(encoder.header?.added).toEqual(['mood', 'colour']);
  });

  it('encodes only the first rows of wanted keys, and reports their further rows', () => {
    const row = (id: string, ordering: number, name = 1) =>
      `${id}\t${ordering}\tnm000000${name}\tself\t\\N\t\\N`;
    const { rows, reasons } = encode(
      'title.principals',
      principals(
        row('tt0000002', 1),
        'tt0000001\t2\tbad',
        row('tt0000001', 2),
        row('tt0000001', 1),
        row('tt0000002', 1, 2),
        row('tt0000001', 2, 2),
      ),
      { only: new Set(['tt0000001 2', 'tt0000003 1']) },
    );
    expect(rows).toEqual([parseRow('title.principals', row('tt0000001', 2))]);
    expect(reasons).toEqual(['7: the key tt0000001 2 came before']);
  });

  it('rejects a line of any length without keeping it in memory', () => {
    const long = GOOD.replace('A', 'A'.repeat(3_000_000));
    for (const chunk of [1 << 10, 1 << 16, 1 << 20]) {
      const { rejects, encoder } = encode(
        'title.basics',
        basics(
          GOOD,
          long.replace('tt0000001', 'tt0000002'),
          GOOD.replace('tt0000001', 'tt0000003'),
        ),
        { chunk },
      );
      expect(encoder.rows).toBe(2);
      expect(rejects).toMatchObject([{ line: 3, reason: 'a line of more than 1048576 bytes' }]);
      expect(rejects[0]?.raw.subarray(0, 20).toString()).toBe('tt0000002\tmovie\tAAAA');
      expect(rejects[0]?.raw.length).toBeLessThanOrEqual(1 << 16);
    }
  });

  it.each([
    ['["A"]', ['A']],
    ['["A","B, C"]', ['A', 'B, C']],
    ['["Self - \\"Host\\""]', ['Self - "Host"']],
    ['["a\\\\b"]', ['a\\b']],
    ['["\\u00e9\\/"]', ['é/']],
    ['["A", "B"]', ['A', 'B']],
    ['["tab\\tnew\\nline"]', ['tab\tnew\nline']],
    ['[]', []],
    ['[""]', ['']],
  ])('turns characters %s into an array', (json, array) => {
    expect(
      encode('title.principals', principals(`tt0000001\t1\tnm0000001\tactor\t\\N\t${json}`)).rows,
    ).toMatchObject([{ job: null, characters: array }]);
  });

  it.each([
    ['["A"', 'not JSON'],
    ['["A"]x', 'not JSON'],
    ['[1]', 'not a JSON array of strings'],
    ['"A"', 'not a JSON array of strings'],
    ['', 'not JSON'],
    ['["\\ud800"]', 'a JSON string with half a surrogate pair'],
    ['["\\u0000"]', 'a NUL byte, which PostgreSQL cannot store in text'],
  ])('rejects characters %s: %s', (json, reason) => {
    expect(
      encode('title.principals', principals(`tt0000001\t1\tnm0000001\tactor\t\\N\t${json}`))
        .reasons,
    ).toEqual([`2: characters: ${reason}`]);
  });

  it.each([
    ['title.basics', headerOf('name.basics'), 'it is the header of name.basics'],
    ['title.basics', headerOf('title.basics').replace('\t', ' '), '"tconst", expected as column 1'],
    ['title.ratings', headerOf('title.ratings').replace('num', 'count'), '"countVotes" stands in'],
  ] as const)('refuses a file of %s that starts with %j', (dataset, header, differs) => {
    const refusal = `The first line of the file is not the header of ${dataset}: `;
    expect(() => encode(dataset, `${header}\n`)).toThrow(refusal);
    expect(() => encode(dataset, `${header}\n`)).toThrow(differs);
    expect(() => encode(dataset, header)).toThrow(differs);
    expect(() => encode(dataset, `${header.padEnd(3_000_000, 'x')}\n`)).toThrow(
      `${refusal}it does not end within`,
    );
    expect(() => encode(dataset, '')).toThrow(`${refusal}it is empty`);
  });

  it('returns the same for any chunks of a file', () => {
    const file = basics(
      GOOD,
      'broken',
      GOOD.replace('tt0000001', 'tt0000002').replace('A', 'é\\"'),
      'x\ty',
      GOOD.replace('tt0000001', 'tt0000003'),
    );
    const whole = encode('title.basics', file);
    for (let chunk = 1; chunk <= 64; chunk++) {
      const cut = encode('title.basics', file, { chunk });
      expect([cut.copy, cut.reasons, cut.encoder.rows]).toEqual([
        whole.copy,
        whole.reasons,
        whole.encoder.rows,
      ]);
    }
  });

  it("returns valid COPY data for a file without rows, also without the header's newline", () => {
    expect(encode('title.basics', basics()).rows).toEqual([]);
    expect(encode('title.basics', headerOf('title.basics'), { chunk: 5 })).toMatchObject({
      rows: [],
      rejects: [],
    });
  });

  it.each([
    ['title.crew', 'tt0000001\t\t'],
    ['title.akas', 'tt0000001\t1\t\t\t\t\u0002\t\u0002\t0'],
    ['title.akas', 'tt0000001\t1\t\t\t\ta\t\t0'],
    ['title.ratings', 'tt0000001\t7\t1'],
  ] as const)('has room for what is longest for its bytes: rows of %s like %j', (dataset, row) => {
    // ids ascend from row to row
    const lines = Array.from({ length: 1000 }, (_, i) =>
      row.replace('0000001', String(1_000_000 + i)),
    );
    const { rows } = encode(dataset, [headerOf(dataset), ...lines, ''].join('\n'));
    expect(rows).toEqual(lines.map((line) => parseRow(dataset, line)));
  });

  it('encodes any row like the plain parser, and names the one invalid field', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...DATASET_NAMES)
          .chain((dataset) => fc.tuple(fc.constant(dataset), rowOf(dataset), fc.nat(20), spoiled)),
        ([dataset, fields, at, spoil]) => {
          const line = fields.join('\t');
          const taken = encode(dataset, `${headerOf(dataset)}\n${line}\n`);
          expect(taken.reasons).toEqual([]);
          // a carriage return before the newline belongs to the newline
          expect(taken.rows).toEqual([parseRow(dataset, line.replace(/\r$/u, ''))]);
          const { columns } = definitionOf(dataset);
          const column = columns[at % columns.length];
          // any text is valid
          if (
            column === undefined ||
            column.type === 'text' ||
            (column.type === 'textList' && column.list !== 'json')
          )
            return;
          const bad = fields.with(at % columns.length, spoil).join('\t');
          expect(encode(dataset, `${headerOf(dataset)}\n${bad}\n`).reasons).toEqual([
            expect.stringContaining(`2: ${column.name}: `),
          ]);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** Values that are neither a number, an id, a boolean nor JSON. */
const spoiled = fc.constantFrom(
  'x',
  '1.',
  '-',
  '+1',
  ' 1',
  '1 ',
  '0x1',
  '1e3',
  'tt',
  'nm123',
  'tt0000001 ',
  '[',
  '["a"',
  '{}',
  'null',
  '99999999999',
);

const text = fc
  .string({ unit: 'binary', maxLength: 12 })
  .map((value) => value.replaceAll(/[\t\n\0]/gu, ''));
const id = (kind: string) =>
  fc.integer({ min: 0, max: 99_999_999 }).map((n) => `${kind}${String(n).padStart(7, '0')}`);

/** The fields of a valid row, as a file has them. */
function rowOf(dataset: DatasetName): fc.Arbitrary<string[]> {
  const { columns, key } = definitionOf(dataset);
  const fields = columns.map((column) =>
    key.includes(column.name)
      ? fieldOf(column)
      : fc.oneof({ weight: 4, arbitrary: fieldOf(column) }, fc.constant('\\N')),
  );
  return fc.tuple(...fields);
}

function fieldOf({ type, list }: Column): fc.Arbitrary<string> {
  switch (type) {
    case 'titleId':
      return id('tt');
    case 'nameId':
      return id('nm');
    case 'text':
      return text.filter((value) => value !== '\\N');
    case 'integer':
      return fc.integer().map(String);
    case 'decimal':
      return fc.integer({ min: 0, max: 999 }).map((n) => (n / 10).toFixed(1));
    case 'boolean':
      return fc.constantFrom('0', '1');
    case 'titleIdList':
      return fc.array(id('tt'), { maxLength: 3 }).map((ids) => ids.join(','));
    case 'nameIdList':
      return fc.array(id('nm'), { maxLength: 3 }).map((ids) => ids.join(','));
    case 'textList':
      return fc
        .array(text, { maxLength: 3 })
        .map((values) =>
          (list === 'json'
            ? JSON.stringify(values)
            : values.join(list === '0x02' ? '\u0002' : ',')
          ).replace(/^\\N$/u, ''),
        );
  }
}
