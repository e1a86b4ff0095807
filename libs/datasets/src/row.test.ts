import { describe, expect, it } from 'vitest';
import { DATASET_NAMES, definitionOf, headerOf } from './datasets.ts';
import { parseRow } from './row.ts';

describe('the definitions', () => {
  it.each(DATASET_NAMES)('of %s are consistent', (dataset) => {
    const { columns, key, indexes, references } = definitionOf(dataset);
    const names: string[] = columns.map(({ name }) => name);
    const sql: string[] = columns.map((column) => column.sql);
    expect(names[0]).toBe(key[0]);
    for (const name of [...key, ...references.map(({ column }) => column)])
      expect(names).toContain(name);
    for (const column of indexes.flat()) expect(sql).toContain(column);
    for (const column of columns) {
      expect(column.sql).toBe(
        column.name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`),
      );
      expect(column.list !== undefined).toBe(column.type.endsWith('List'));
    }
  });

  it('give the header as IMDb writes it', () => {
    expect(headerOf('title.principals')).toBe(
      'tconst\tordering\tnconst\tcategory\tjob\tcharacters',
    );
  });
});

describe('parseRow', () => {
  it('parses each field by the type of its column', () => {
    expect(
      parseRow('title.basics', 'tt0000001\tmovie\t"A" \\ b\t\t1\t1990\t\\N\t12\tDrama,Comedy'),
    ).toEqual({
      tconst: 'tt0000001',
      titleType: 'movie',
      primaryTitle: '"A" \\ b',
      originalTitle: '',
      isAdult: true,
      startYear: 1990,
      endYear: null,
      runtimeMinutes: 12,
      genres: ['Drama', 'Comedy'],
    });
    expect(parseRow('title.akas', 'tt0000001\t1\tA\tNA\t\\N\ta\u0002b\t\t0')).toMatchObject({
      region: 'NA',
      types: ['a', 'b'],
      attributes: [],
    });
    expect(
      parseRow('title.principals', 'tt0000001\t1\tnm0000001\tself\t\\N\t["Self - \\"Host\\""]')
        .characters,
    ).toEqual(['Self - "Host"']);
  });

  it('throws for a malformed row', () => {
    expect(() => parseRow('title.ratings', 'tt0000001\t5.0')).toThrow(
      '2 fields where 3 were expected',
    );
    expect(() => parseRow('title.ratings', 'tt0000001\t5.0\tmany')).toThrow(
      'numVotes is not a number: many',
    );
    expect(() => parseRow('title.akas', 'tt0000001\t1\tA\tNA\t\\N\ta\t\t2')).toThrow(
      'isOriginalTitle is neither 0 nor 1: 2',
    );
  });
});
