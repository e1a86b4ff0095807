import {
  DATASET_NAMES,
  definitionOf,
  headerOf,
  parseRow,
  type DatasetName,
  type Value,
} from '@marquee/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowEncoder } from '../encode/row-encoder.ts';
import { readChanges, readRows } from '../encode/test-copy-reader.ts';
import { commonPrefix } from './common-prefix.ts';
import { NotComparable } from './side.ts';
import { SnapshotDiff, type DiffReject } from './snapshot-diff.ts';

async function* inChunks(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size)
    yield await Promise.resolve(content.subarray(at, at + size));
}

async function diff(dataset: DatasetName, previous: string, next: string, chunk = 64) {
  const rejects: DiffReject[] = [];
  const found = new SnapshotDiff(
    dataset,
    inChunks(Buffer.from(previous), chunk),
    inChunks(Buffer.from(next), chunk),
    (reject) => rejects.push(reject),
  );
  const parts: Buffer[] = [];
  for await (const part of found.changes()) parts.push(part);
  return { changes: readChanges(dataset, Buffer.concat(parts)), rejects, found };
}

type Table = Map<string, Record<string, Value>>;

/** The table that a full load of a file makes: its rows by their keys. */
function load(dataset: DatasetName, content: string): { rows: Table; rejects: number } {
  const encoder = new RowEncoder({ dataset, onReject: () => undefined });
  const rows = readRows(
    dataset,
    Buffer.concat([encoder.encode(Buffer.from(content)), encoder.end()]),
  );
  return { rows: new Map(rows.map((row) => [keyOf(dataset, row), row])), rejects: encoder.rejects };
}

function keyOf(dataset: DatasetName, row: Record<string, Value>): string {
  return definitionOf(dataset)
    .key.map((name) => String(row[name]))
    .join(' ');
}

/** Does to a table what the changes say. */
function apply(
  dataset: DatasetName,
  table: Table,
  changes: readonly [kind: string, row: Record<string, Value>][],
): Table {
  const after = new Map(table);
  for (const [kind, row] of changes) {
    const key = keyOf(dataset, row);
    expect(after.has(key)).toBe(kind !== 'i');
    if (kind === 'd') after.delete(key);
    else after.set(key, row);
  }
  return after;
}

const sorted = (table: Table) => [...table].sort(([a], [b]) => (a < b ? -1 : 1));
const ratings = (...rows: string[]) => [headerOf('title.ratings'), ...rows, ''].join('\n');
const principals = (...rows: string[]) => [headerOf('title.principals'), ...rows, ''].join('\n');

describe('SnapshotDiff', () => {
  it('lets go of both files when one of them is not sorted', async () => {
    const left: string[] = [];
    async function* watched(name: string, content: string): AsyncGenerator<Buffer> {
      try {
        yield* inChunks(Buffer.from(content), 64);
      } finally {
        left.push(name);
      }
    }
    // longer than is read ahead
    const rows = Array.from(
      { length: 50_000 },
      (_, i) => `tt${String(i).padStart(7, '0')}\t5.0\t10`,
    );
    const next = ratings('tt9999999\t5.0\t10', ...rows);
    const found = new SnapshotDiff(
      'title.ratings',
      watched('previous', ratings(...rows)),
      watched('next', next),
      () => undefined,
    );
    await expect(Array.fromAsync(found.changes())).rejects.toThrow(NotComparable);
    expect(left).toEqual(['previous', 'next']);
  });

  it('tells what was added, changed and removed, and nothing of the rest', async () => {
    const { changes, found } = await diff(
      'title.ratings',
      ratings(
        'tt0000001\t5.0\t10',
        'tt0000002\t5.0\t10',
        'tt0000003\t5.0\t10',
        'tt0000005\t5.0\t10',
      ),
      ratings(
        'tt0000001\t5.0\t10',
        'tt0000003\t5.1\t11',
        'tt0000004\t9.0\t5',
        'tt0000005\t5.0\t10',
      ),
    );
    expect(changes).toEqual([
      ['d', { tconst: 'tt0000002', averageRating: null, numVotes: null }],
      ['u', parseRow('title.ratings', 'tt0000003\t5.1\t11')],
      ['i', parseRow('title.ratings', 'tt0000004\t9.0\t5')],
    ]);
    expect(found.counts).toEqual({ i: 1, u: 1, d: 1 });
  });

  it('goes by the whole key where that has two parts', async () => {
    const row = (ordering: number, name: number) =>
      `tt0000001\t${ordering}\tnm000000${name}\tself\t\\N\t\\N`;
    const { changes } = await diff(
      'title.principals',
      principals(row(1, 1), row(2, 2), row(3, 3)),
      principals(row(1, 1), row(3, 4), row(10, 5)),
    );
    expect(changes).toEqual([
      [
        'd',
        {
          tconst: 'tt0000001',
          ordering: 2,
          nconst: null,
          category: null,
          job: null,
          characters: null,
        },
      ],
      ['u', parseRow('title.principals', row(3, 4))],
      ['i', parseRow('title.principals', row(10, 5))],
    ]);
  });

  it('knows ids in the order of text', async () => {
    const row = (id: string) => `${id}\t5.0\t10`;
    const { changes } = await diff(
      'title.ratings',
      ratings(row('tt0000001'), row('tt1000101')),
      ratings(row('tt0000001'), row('tt10001008'), row('tt1000101')),
    );
    expect(changes).toEqual([['i', parseRow('title.ratings', row('tt10001008'))]]);
  });

  it('finds nothing between two equal files, to their ends', async () => {
    const file = ratings(
      ...Array.from({ length: 1000 }, (_, i) => `tt${String(i).padStart(7, '0')}\t5.0\t${i}`),
    );
    for (const chunk of [7, 64, 5000, 1 << 20])
      expect((await diff('title.ratings', file, file, chunk)).changes).toEqual([]);
  });

  it('treats what cannot be taken as a full load does', async () => {
    const { changes, rejects, found } = await diff(
      'title.ratings',
      ratings(
        'tt0000001\t5.0\t10',
        'tt0000002\tbad\t10',
        'tt0000003\t5.0\t10',
        'tt0000003\t6.0\t10',
      ),
      `${ratings('tt0000001\tbad\t10', 'tt0000002\t5.0\t10', 'tt0000003\t5.0\t10', 'tt0000003\t7.0\t10')}tt00000`,
    );
    expect(changes).toEqual([
      ['d', { tconst: 'tt0000001', averageRating: null, numVotes: null }],
      ['i', parseRow('title.ratings', 'tt0000002\t5.0\t10')],
    ]);
    expect(rejects.map(({ raw, reason }) => `${raw.toString()}: ${reason}`)).toEqual([
      'tt0000001\tbad\t10: averageRating: no number with one decimal',
      'tt0000003\t7.0\t10: the key tt0000003 came before',
      'tt00000: the last line has no newline: the file seems cut off',
    ]);
    expect(found.previousRejects).toBe(2);
    expect(rejects[0]?.offset).toBe(headerOf('title.ratings').length + 1);
  });

  it('says so when a file is not sorted', async () => {
    const [a, b, c] = ['tt0000001\t5.0\t10', 'tt0000002\t5.0\t10', 'tt0000003\t5.0\t10'] as const;
    await expect(diff('title.ratings', ratings(a, b), ratings(c, b))).rejects.toThrow(
      NotComparable,
    );
    await expect(diff('title.ratings', ratings(a, c, b), ratings(a))).rejects.toThrow(
      'the previous snapshot is not sorted: tt0000002 comes after tt0000003',
    );
  });

  it('takes the rows of an id in any order, as those of title.akas are ordered as text', async () => {
    const row = (ordering: number, name = 1) =>
      `tt0000001\t${ordering}\tnm000000${name}\tself\t\\N\t\\N`;
    const { changes, rejects } = await diff(
      'title.principals',
      principals(row(1), row(10), row(11), row(2), row(3)),
      principals(row(1), row(10), row(2, 5), row(11), row(10, 7), row(3)),
    );
    expect(changes).toEqual([['u', parseRow('title.principals', row(2, 5))]]);
    expect(rejects.map(({ reason }) => reason)).toEqual(['the key tt0000001 10 came before']);
  });
});

/**
 * Files of some few ids, sorted by them, so that equal ids, neighbours and repeats are common; with lines
 * that cannot be taken among them.
 */
const files = (dataset: DatasetName) => {
  const id = (kind: string) =>
    fc
      .integer({ min: 1, max: 12 })
      .map((n) => `${kind}${n % 2 === 0 ? '0' : ''}${String(n).padStart(7, '0')}`);
  const row: fc.Arbitrary<[string, number, string]> =
    dataset === 'title.ratings'
      ? fc.tuple(id('tt'), fc.constant(0), fc.constantFrom('5.0\t10', '5.1\t10', 'bad\t10', '5.0'))
      : fc.tuple(
          id('tt'),
          fc.integer({ min: 1, max: 4 }),
          fc.constantFrom(
            'nm0000001\tself\t\\N\t\\N',
            'nm0000002\tself\t\\N\t["A"]',
            'nm0000001\tself\t\\N\t["A',
          ),
        );
  return fc.tuple(fc.array(row, { maxLength: 25 }), fc.boolean()).map(([rows, ended]) => {
    const lines = rows
      // within an id, in any order
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, ordering, rest]) =>
        dataset === 'title.ratings' ? `${key}\t${rest}` : `${key}\t${ordering}\t${rest}`,
      );
    return [headerOf(dataset), ...lines].join('\n') + (ended || lines.length === 0 ? '\n' : '');
  });
};

describe.each(['title.ratings', 'title.principals'] as const)(
  'the changes of any two files of %s',
  (dataset) => {
    it('make of the old table the one that a full load of the new file makes', async () => {
      await fc.assert(
        fc.asyncProperty(
          files(dataset),
          files(dataset),
          fc.integer({ min: 1, max: 200 }),
          async (previous, next, chunk) => {
            const [before, after] = [load(dataset, previous), load(dataset, next)];
            const { changes, rejects, found } = await diff(dataset, previous, next, chunk);
            expect(sorted(apply(dataset, before.rows, changes))).toEqual(sorted(after.rows));
            expect(after.rows.size).toBe(before.rows.size + found.counts.i - found.counts.d);
            expect(found.nextRejects).toBe(rejects.length);
            expect(after.rejects).toBe(before.rejects - found.previousRejects + found.nextRejects);
          },
        ),
        { numRuns: 1000 },
      );
    });
  },
);

it('commonPrefix tells the first byte that differs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(2000), fc.nat(5), (bytes, at, shift) => {
      const a = Buffer.concat([Buffer.alloc(shift), bytes]);
      const b = Buffer.from(bytes);
      if (at < b.length) b[at] = (b[at] as number) ^ 1;
      expect(commonPrefix(a, shift, b, 0, b.length)).toBe(Math.min(at, b.length));
    }),
  );
});

it('every dataset has its key in its first columns, as the diff takes for granted', () => {
  for (const dataset of DATASET_NAMES)
    expect(headerOf(dataset)).toMatch(/^(tconst|nconst|titleId\tordering)\b/u);
});
