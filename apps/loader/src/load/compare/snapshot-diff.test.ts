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
import { WrongHeader } from '../encode/header.ts';
import { RowEncoder } from '../encode/row-encoder.ts';
import { readChanges, readRows } from '../encode/test-copy-reader.ts';
import { commonPrefix } from './common-prefix.ts';
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
  for await (const part of found.events()) parts.push(part);
  return { events: readChanges(dataset, Buffer.concat(parts)), rejects, found };
}

type Table = Map<string, Record<string, Value>>;

/** The result of a full load of a file: its table, its rows by key, and its rejects. */
function load(dataset: DatasetName, content: string) {
  const first = encode(dataset, content);
  // a full load finds these by the key's index
  const keys = Map.groupBy(first.rows, (row) => keyOf(dataset, row));
  const repeatedKeys = new Set([...keys].flatMap(([key, rows]) => (rows[1] ? [key] : [])));
  const { rows, encoder } = encode(dataset, content, repeatedKeys);
  const { rejects, repeats } = encoder;
  const table: Table = new Map(rows.map((row) => [keyOf(dataset, row), row]));
  return { rows: table, repeats, malformed: rejects - repeats };
}

function encode(dataset: DatasetName, content: string, repeatedKeys?: ReadonlySet<string>) {
  const encoder = new RowEncoder({
    dataset,
    onReject: () => undefined,
    ...(repeatedKeys ? { repeatedKeys } : {}),
  });
  const copy = Buffer.concat([encoder.encode(Buffer.from(content)), encoder.end()]);
  return { rows: readRows(dataset, copy), encoder };
}

function keyOf(dataset: DatasetName, row: Record<string, Value>): string {
  return definitionOf(dataset)
    .key.map((name) => String(row[name]))
    .join(' ');
}

type Event = readonly [kind: string, row: Record<string, Value>];

/**
 * Applies events to a table as the loader joins them: for an ambiguous key, the row of the new
 * table counts.
 */
function apply(
  dataset: DatasetName,
  { before, after, hasRepeats }: { before: Table; after: Table; hasRepeats: boolean },
  events: readonly Event[],
): Table {
  const table = new Map(before);
  for (const [key, ofKey] of Map.groupBy(events, ([, row]) => keyOf(dataset, row))) {
    const gone = ofKey.filter(([kind]) => kind !== 'i');
    const come = ofKey.filter(([kind]) => kind !== 'd').map(([, row]) => row);
    const isAmbiguous = gone.length === 0 ? before.has(key) : hasRepeats;
    if (come.length > 1 || gone.length > 1 || isAmbiguous)
      come.splice(0, Infinity, ...rowOf(after, key));
    else if (gone[0]?.[0] === 'd') expect(gone[0][1]).toEqual(before.get(key));
    if (come[0] === undefined) table.delete(key);
    else table.set(key, come[0]);
  }
  return table;
}

function rowOf(table: Table, key: string): Record<string, Value>[] {
  const row = table.get(key);
  return row === undefined ? [] : [row];
}

const sorted = (table: Table) => [...table].sort(([a], [b]) => (a < b ? -1 : 1));

const ratings = (...rows: string[]) => [headerOf('title.ratings'), ...rows, ''].join('\n');
const principals = (...rows: string[]) => [headerOf('title.principals'), ...rows, ''].join('\n');

describe('SnapshotDiff', () => {
  it('releases both files when one of them cannot be compared', async () => {
    const left: string[] = [];
    async function* watched(name: string, content: string): AsyncGenerator<Buffer> {
      try {
        yield* inChunks(Buffer.from(content), 64 * 1024);
      } finally {
        left.push(name);
      }
    }
    const rows = Array.from({ length: 50_000 }, (_, i) => `${idOf(i)}\t5.0\t10`);
    const found = new SnapshotDiff(
      'title.ratings',
      watched('previous', ratings(...rows)),
      watched('next', `no header\n${rows.join('\n')}\n`),
      () => undefined,
    );
    await expect(Array.fromAsync(found.events())).rejects.toThrow(WrongHeader);
    expect(left).toEqual(['previous', 'next']);
  });

  it('emits the rows that were added, changed and removed, and no others', async () => {
    const { events, found } = await diff(
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
    expect(events).toEqual([
      ['d', parseRow('title.ratings', 'tt0000002\t5.0\t10')],
      ['u', parseRow('title.ratings', 'tt0000003\t5.1\t11')],
      ['i', parseRow('title.ratings', 'tt0000004\t9.0\t5')],
    ]);
    expect(found.counts).toEqual({ i: 1, u: 1, d: 1 });
  });

  it('compares both parts of a key', async () => {
    const row = (ordering: number, name: number) =>
      `tt0000001\t${ordering}\tnm000000${name}\tself\t\\N\t\\N`;
    const { events } = await diff(
      'title.principals',
      principals(row(1, 1), row(2, 2), row(3, 3)),
      principals(row(1, 1), row(3, 4), row(10, 5)),
    );
    expect(events).toEqual([
      ['d', parseRow('title.principals', row(2, 2))],
      ['u', parseRow('title.principals', row(3, 4))],
      ['i', parseRow('title.principals', row(10, 5))],
    ]);
  });

  it('compares ids as text', async () => {
    const row = (id: string) => `${id}\t5.0\t10`;
    const { events } = await diff(
      'title.ratings',
      ratings(row('tt0000001'), row('tt1000101')),
      ratings(row('tt0000001'), row('tt10001008'), row('tt1000101')),
    );
    expect(events).toEqual([['i', parseRow('title.ratings', row('tt10001008'))]]);
  });

  it('finds no difference between equal files, and reads them to the end', async () => {
    const file = ratings(
      ...Array.from({ length: 1000 }, (_, i) => `tt${String(i).padStart(7, '0')}\t5.0\t${i}`),
    );
    for (const chunk of [7, 64, 5000, 1 << 20])
      expect((await diff('title.ratings', file, file, chunk)).events).toEqual([]);
  });

  it('skips malformed lines, and reports those of the new file', async () => {
    const { events, rejects, found } = await diff(
      'title.ratings',
      ratings('tt0000001\t5.0\t10', 'tt0000002\tbad\t10', '', 'TT0000003\t5.0\t10'),
      ratings('tt0000001\tbad\t10', '\\.', 'tt0000002\t5.0\t10', 'TT0000003\t5.0\t10'),
    );
    expect(events).toEqual([
      ['d', parseRow('title.ratings', 'tt0000001\t5.0\t10')],
      ['i', parseRow('title.ratings', 'tt0000002\t5.0\t10')],
    ]);
    expect(rejects.map(({ raw, reason }) => `${raw.toString()}: ${reason}`)).toEqual([
      'tt0000001\tbad\t10: averageRating: not a number with one decimal',
      '\\.: 1 column where 3 were expected',
    ]);
    expect(found).toMatchObject({ previousMalformed: 2, nextMalformed: 2 });
    expect(rejects[0]?.offset).toBe(headerOf('title.ratings').length + 1);
  });

  it('reads a last row without a newline', async () => {
    const rows = ['tt0000001\t5.0\t10', 'tt0000002\t5.0\t10', 'tt0000003\t5.0\t10'];
    const whole = ratings(...rows);
    expect((await diff('title.ratings', whole, whole.slice(0, -1))).events).toEqual([]);
    const { events } = await diff('title.ratings', whole.slice(0, -1), `${whole}tt0000004\t5.0\t1`);
    expect(events).toEqual([['i', parseRow('title.ratings', 'tt0000004\t5.0\t1')]]);
  });

  it('ignores carriage returns and added columns', async () => {
    const file = ratings('tt0000001\t5.0\t10', 'tt0000002\t5.0\t10');
    const others = [
      file.replaceAll('\n', '\r\n'),
      `\ufeff${file}`,
      file.replace('numVotes', 'numVotes\tmore').replaceAll('\t10', '\t10\tx'),
    ];
    for (const other of others) {
      const { events, found } = await diff('title.ratings', file, other);
      expect(events).toEqual([]);
      expect(found.nextMalformed).toBe(0);
      expect((await diff('title.ratings', other, file)).events).toEqual([]);
    }
    // a line with the right number of columns before has one too few now
    const { found } = await diff('title.ratings', file, file.replace('numVotes', 'numVotes\tmore'));
    expect(found).toMatchObject({ nextMalformed: 2, counts: { i: 0, u: 0, d: 2 } });
  });

  it('emits a moved row as a delete and an insert', async () => {
    const row = (id: string, votes = 10) => `${id}\t5.0\t${votes}`;
    const [shorter, longer, last] = ['tt1019966', 'tt10199668', 'tt1019967'];
    const { events } = await diff(
      'title.ratings',
      ratings(row(longer), row(shorter), row(last)),
      ratings(row(shorter, 11), row(longer), row(last)),
    );
    expect(events).toEqual([
      ['d', parseRow('title.ratings', row(longer))],
      ['u', parseRow('title.ratings', row(shorter, 11))],
      ['i', parseRow('title.ratings', row(longer))],
    ]);
  });

  it('finds the few changes in files of any size and order', async () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => idOf((i * 7919) % 20_000));
    const rows = ids.map((id) => `${id}\t5.0\t10`);
    const added = Array.from({ length: 3000 }, (_, i) => `${idOf(50_000 + i)}\t5.0\t10`);
    const next = [...rows.slice(5000, 9000), ...added, ...rows.slice(9100)];
    next.splice(7, 1, `${ids[5007]}\t9.9\t10`);
    const { found } = await diff('title.ratings', ratings(...rows), ratings(...next), 1 << 16);
    expect(found.counts).toEqual({ i: 3000, u: 1, d: 5100 });
  });

  it(
    'uses the order of the ids when a file has more new ids in one place than it searches',
    { tags: ['long'] },
    async () => {
      const rows = (numbers: readonly number[]) =>
        `${ratings()}${numbers.map((n) => `${idOf(n)}\t5.0\t1\n`).join('')}`;
      const all = Array.from({ length: 200_000 }, (_, i) => i);
      const some = all.filter((n) => n < 1000 || n > 150_000);
      const { found } = await diff('title.ratings', rows(some), rows(all), 1 << 16);
      expect(found.counts).toEqual({ i: 149_001, u: 0, d: 0 });
      expect((await diff('title.ratings', rows(all), rows(some), 1 << 16)).found.counts).toEqual({
        i: 0,
        u: 0,
        d: 149_001,
      });
    },
  );

  it('compares the rows of an id in any order: those of title.akas are sorted as text', async () => {
    const row = (ordering: number, name = 1) =>
      `tt0000001\t${ordering}\tnm000000${name}\tself\t\\N\t\\N`;
    const { events } = await diff(
      'title.principals',
      principals(row(1), row(10), row(11), row(2), row(3)),
      principals(row(1), row(10), row(2, 5), row(11), row(3)),
    );
    expect(events).toEqual([['u', parseRow('title.principals', row(2, 5))]]);
  });

  it('emits each further row of a key', async () => {
    const rows = ['tt0000001\t5.0\t10', 'tt0000002\t5.0\t10'] as const;
    const { events } = await diff(
      'title.ratings',
      ratings(...rows),
      ratings(...rows, 'tt0000002\t5.0\t11', 'tt0000001\t5.0\t12'),
    );
    expect(events).toEqual([
      ['i', parseRow('title.ratings', 'tt0000002\t5.0\t11')],
      ['i', parseRow('title.ratings', 'tt0000001\t5.0\t12')],
    ]);
  });
});

const idOf = (n: number) => `tt${String(n).padStart(7, '0')}`;

/**
 * Lines of a few ids in any order, so that equal ids, neighbours and repeats are common; some are
 * malformed.
 */
const lines = (dataset: DatasetName) => {
  const id = fc
    .integer({ min: 1, max: 12 })
    .map((n) => `tt${n % 2 === 0 ? '0' : ''}${String(n).padStart(7, '0')}`);
  const row =
    dataset === 'title.ratings'
      ? fc.tuple(id, fc.constantFrom('5.0\t10', '5.1\t10', 'bad\t10', '5.0'))
      : fc.tuple(
          id,
          fc.integer({ min: 1, max: 4 }).map(String),
          fc.constantFrom(
            'nm0000001\tself\t\\N\t\\N',
            'nm0000002\tself\t\\N\t["A"]',
            'nm0000001\tself\t\\N\t["A',
          ),
        );
  const line = row.map((fields) => fields.join('\t'));
  return fc.array(
    fc.oneof({ weight: 9, arbitrary: line }, fc.constantFrom('', '\\.', 'TT0000001')),
    {
      maxLength: 25,
    },
  );
};

/** Two lists of lines: unrelated ones, or one derived from the other by some edits. */
const pairs = (dataset: DatasetName) => {
  const edit = fc.tuple(
    fc.constantFrom('remove', 'move', 'insert', 'repeat', 'swap'),
    fc.nat(24),
    fc.nat(24),
    lines(dataset),
  );
  const edited = fc
    .tuple(lines(dataset), fc.array(edit, { maxLength: 4 }))
    .map(([previous, edits]): [string[], string[]] => {
      const next = [...previous];
      for (const [what, from, to, [line = '']] of edits) {
        const [taken] = what === 'insert' ? [line] : next.slice(from, from + 1);
        if (taken === undefined) continue;
        if (what === 'remove' || what === 'move') next.splice(from, 1);
        if (what !== 'remove') next.splice(to, what === 'swap' ? 1 : 0, taken);
      }
      return [previous, next];
    });
  return fc.oneof(edited, fc.tuple(lines(dataset), lines(dataset)));
};

describe.each(['title.ratings', 'title.principals'] as const)(
  'the events between any two files of %s',
  (dataset) => {
    it('turn the old table into the one that a full load of the new file makes', async () => {
      await fc.assert(
        fc.asyncProperty(
          pairs(dataset),
          fc.boolean(),
          fc.integer({ min: 1, max: 200 }),
          async (both, ended, chunk) => {
            const [previous = '', next = ''] = both.map(
              (rows) => [headerOf(dataset), ...rows].join('\n') + (ended ? '\n' : ''),
            );
            const [before, after] = [load(dataset, previous), load(dataset, next)];
            const { events, rejects, found } = await diff(dataset, previous, next, chunk);
            const tables = {
              before: before.rows,
              after: after.rows,
              hasRepeats: before.repeats > 0,
            };
            expect(sorted(apply(dataset, tables, events))).toEqual(sorted(after.rows));
            expect(found.nextMalformed).toBe(rejects.length);
            expect(after.malformed).toBe(
              before.malformed - found.previousMalformed + found.nextMalformed,
            );
          },
        ),
        { numRuns: 1000 },
      );
    });
  },
);

it('commonPrefix finds the first byte that differs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(2000), fc.nat(5), (bytes, at, shift) => {
      const a = Buffer.concat([Buffer.alloc(shift), bytes]);
      const b = Buffer.from(bytes);
      if (at < b.length) b[at] = (b[at] as number) ^ 1;
      expect(commonPrefix(a, shift, b, 0, b.length)).toBe(Math.min(at, b.length));
    }),
  );
});

it('every dataset has its key in its first columns, as the diff assumes', () => {
  for (const dataset of DATASET_NAMES)
    expect(headerOf(dataset)).toMatch(/^(tconst|nconst|titleId\tordering)\b/u);
});
