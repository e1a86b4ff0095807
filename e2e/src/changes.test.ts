import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ChangeEntry,
  ChangePage,
  Movers,
  NewTitles,
  Published,
  RatingHistory,
  RunChanges,
} from '@marquee/contract';
import { DATASET_NAMES, definitionOf, type DatasetName } from '@marquee/datasets';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readRows } from './compare-published.ts';
import { useDays } from './sample-days.ts';
import { parseProblem, useSharedSystem, useSystem, type TestSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 3 });
/** The system of the current block of tests. */
const system = {} as TestSystem;

/** Starts one with days 0 to 2 published for all tests of a block, which change nothing. */
function useThreeDays(): void {
  useSharedSystem(() => ({ published: days }), system);
  beforeAll(async () => {
    for (const day of [1, 2]) await goTo(day);
  });
}

const goTo = async (day: number, body?: object): Promise<string> =>
  (await system.update(days.day(day), body)).id;

/** The run that has published a day. */
const runOfDay = async (day: number): Promise<string> =>
  String((await system.query('select id from ingest.run order by id'))[day]?.['id']);

async function page(parameters: Record<string, string | number>): Promise<ChangePage> {
  const search = new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return ChangePage.parse(await system.get(`/changes?${search.toString()}`));
}

async function refusal(since: string, more = ''): Promise<ReturnType<typeof parseProblem>> {
  return parseProblem((await system.ask('GET', `/changes?since=${since}${more}`)).body);
}

/** Reads the feed to its end. */
async function follow(
  since: string,
  parameters: Record<string, string | number> = {},
): Promise<{ items: ChangeEntry[]; cursor: string }> {
  const items: ChangeEntry[] = [];
  for (let cursor: string | null = since; ;) {
    const answer: ChangePage = await page({ since: cursor, limit: 97, ...parameters });
    items.push(...answer.items.map((item) => ChangeEntry.parse(item)));
    if (answer.next === null) return { items, cursor: answer.cursor };
    cursor = answer.next;
  }
}

/** Rows of a table with IMDb's field names, by key as in the feed. */
async function table(dataset: DatasetName): Promise<Map<string, unknown>> {
  const { columns, key, table: name } = definitionOf(dataset);
  const rows = await system.query(`select to_jsonb(t) as row from imdb.${name} t`);
  const named = rows.map(({ row }) =>
    Object.fromEntries(
      columns.map((column) => [column.name, (row as Record<string, unknown>)[column.sql]]),
    ),
  );
  return new Map(
    named.map((row) => [
      columns
        .filter((column) => (key as readonly string[]).includes(column.name))
        .map((column) => String(row[column.name]))
        .join(' '),
      row,
    ]),
  );
}

const keyOf = ({ id, ordering }: ChangeEntry): string =>
  ordering === null ? String(id) : `${id ?? ''} ${ordering}`;

describe('the change feed', { timeout: 180_000 }, () => {
  useSystem(() => ({ published: days }), system);

  it('brings a copy of any day up to date, each change once, in the order of the publishes', async () => {
    const copies = new Map<DatasetName, Map<string, unknown>>();
    for (const dataset of DATASET_NAMES) copies.set(dataset, await table(dataset));
    const { cursor } = await page({ since: 'now' });
    const runs = [await goTo(1), await goTo(2)];
    const { items } = await follow(cursor);
    expect(new Set(items.map((item) => item.cursor)).size).toBe(items.length);
    expect([...new Set(items.map(({ runId }) => runId))]).toEqual(runs);
    const [{ count } = {}] = await system.query('select count(*)::int from ingest.change');
    expect(items).toHaveLength(Number(count));
    for (const item of items) {
      const copy = copies.get(item.dataset);
      expect(copy?.get(keyOf(item)) ?? null).toEqual(item.before);
      if (item.after === null) copy?.delete(keyOf(item));
      else copy?.set(keyOf(item), item.after);
    }
    for (const dataset of DATASET_NAMES) expect(copies.get(dataset)).toEqual(await table(dataset));
  });

  it('reports a full load of a dataset, whatever the filters', { tags: ['long'] }, async () => {
    const first = await runOfDay(0);
    const everything = await follow((await page({ limit: 1 })).items[0]?.cursor ?? '');
    expect(everything.items.map(({ kind, runId }) => [kind, runId])).toEqual(
      Array.from({ length: 6 }, () => ['reload', first]),
    );
    const [crew] = await system.query(
      `select snapshot_id as id from ingest.data_control where dataset = 'title.crew'`,
    );
    const file = system.store.locationOf({ dataset: 'title.crew', id: String(crew?.['id']) });
    await rm(join(file, '..'), { recursive: true });
    const second = await goTo(1);
    const { items } = await follow(first, { kind: 'update', dataset: 'title.crew,title.ratings' });
    expect(items.filter(({ kind }) => kind === 'reload')).toMatchObject([
      { dataset: 'title.crew', runId: second, id: null, ordering: null, before: null, after: null },
    ]);
    expect(new Set(items.map(({ dataset, kind }) => `${dataset} ${kind}`))).toEqual(
      new Set(['title.ratings update', 'title.crew reload']),
    );
  });

  it('starts after a run, a time or a cursor, and ends at the last publish', async () => {
    const first = await runOfDay(0);
    const [{ at } = {}] = await system.query('select clock_timestamp()::text as at');
    const second = await goTo(1);
    const unchanged = await goTo(1);
    const afterFirst = await follow(first);
    expect(new Set(afterFirst.items.map(({ runId }) => runId))).toEqual(new Set([second]));
    expect(await follow(new Date(String(at)).toISOString())).toEqual(afterFirst);
    // a publish has one time everywhere: after that time, none of its changes follow
    const { datasets } = Published.parse((await system.ask('GET', '/published')).body);
    const changed = new Map(
      afterFirst.items.map(({ dataset, publishedAt }) => [dataset, Date.parse(publishedAt)]),
    );
    expect(
      new Map(
        datasets
          .filter(({ dataset }) => changed.has(dataset))
          .map(({ dataset, publishedAt }) => [dataset, Date.parse(String(publishedAt))]),
      ),
    ).toEqual(changed);
    expect(new Set(changed.values()).size).toBe(1);
    expect(
      await page({ since: new Date([...changed.values()][0] ?? 0).toISOString() }),
    ).toMatchObject({ items: [], next: null });
    expect(await page({ since: second })).toEqual({
      items: [],
      next: null,
      cursor: afterFirst.cursor,
    });
    expect(await page({ since: unchanged })).toEqual({
      items: [],
      next: null,
      cursor: afterFirst.cursor,
    });
    expect(await page({ since: afterFirst.cursor, kind: 'delete' })).toEqual({
      items: [],
      next: null,
      cursor: afterFirst.cursor,
    });
    const third = await goTo(2);
    expect(new Set((await follow(afterFirst.cursor)).items.map(({ runId }) => runId))).toEqual(
      new Set([third]),
    );
  });

  it('rejects invalid cursors', async () => {
    expect(await refusal('yesterday')).toMatchObject({ status: 400, faults: [{ where: 'since' }] });
    for (const time of [
      '2026-13-45',
      '2026-02-30',
      '2026-02-30T00:00:00Z',
      '0000-01-01',
      '2026-01-01T00:00:00',
    ])
      expect(await refusal(time)).toMatchObject({ status: 400, faults: [{ where: 'since' }] });
    expect((await page({ since: '2026-03-02' })).items).toHaveLength(DATASET_NAMES.length);
    expect(await refusal('0199aaaa-0000-7000-8000-000000000000')).toMatchObject({
      status: 404,
      code: 'not-found',
    });
    expect(await refusal(Buffer.from('change:999999999').toString('base64url'))).toMatchObject({
      status: 410,
      code: 'changes-gone',
    });
    expect(await refusal('now', '&dataset=title.basic')).toMatchObject({
      status: 400,
      faults: [{ where: 'dataset' }],
    });
    expect(await refusal('now', '&id=tt1')).toMatchObject({
      status: 400,
      faults: [{ where: 'id' }],
    });
  });
});

describe('the change feed of three days', { timeout: 180_000 }, () => {
  useThreeDays();

  it('is filtered by dataset, kind and id, in pages as in one request', async () => {
    const first = await runOfDay(0);
    const { items } = await follow(first);
    const sample = items.find(({ dataset }) => dataset === 'title.principals');
    const id = sample?.id ?? '';
    const cases: [Record<string, string>, (change: ChangeEntry) => boolean][] = [
      [{ dataset: 'title.ratings' }, ({ dataset }) => dataset === 'title.ratings'],
      [{ kind: 'insert,delete' }, ({ kind }) => kind !== 'update'],
      [
        { dataset: 'title.ratings,title.akas', kind: 'update' },
        ({ dataset, kind }) =>
          (dataset === 'title.ratings' || dataset === 'title.akas') && kind === 'update',
      ],
      [{ id }, (change) => change.id === id],
      [
        { id, dataset: 'title.principals', kind: sample?.kind ?? '' },
        (change) =>
          change.id === id && change.dataset === 'title.principals' && change.kind === sample?.kind,
      ],
      [{ id: 'nm0000001', dataset: 'title.principals' }, () => false],
    ];
    for (const [parameters, wanted] of cases) {
      const expected = items.filter(wanted);
      expect((await follow(first, parameters)).items).toEqual(expected);
      expect((await follow(first, { ...parameters, limit: 1 })).items).toEqual(expected);
    }
  });

  it('is streamed as NDJSON and CSV', async () => {
    const first = await runOfDay(0);
    for (const filter of [{}, { dataset: 'title.ratings,title.basics', kind: 'update' }]) {
      const { items } = await follow(first, filter);
      const ndjson = await fetch(
        `${system.apiUrl}/changes?${new URLSearchParams({ since: first, ...filter }).toString()}`,
        { headers: { accept: 'application/x-ndjson' } },
      );
      const lines = (await ndjson.text()).trimEnd().split('\n');
      expect(lines.map((line) => ChangeEntry.parse(JSON.parse(line)))).toEqual(items);
    }
    const { items } = await follow(first);
    const csv = await fetch(
      `${system.apiUrl}/changes?since=${first}&format=csv&fields=dataset,id,kind,ordering,before&limit=40`,
    );
    const quoted = (row: object | null) =>
      row === null ? '' : `"${JSON.stringify(row).replaceAll('"', '""')}"`;
    const lines = items
      .slice(0, 40)
      .map(
        ({ dataset, kind, id, ordering, before }) =>
          `${dataset},${kind},${id ?? ''},${ordering ?? ''},${quoted(before)}\n`,
      );
    expect(await csv.text()).toBe(`dataset,kind,id,ordering,before\n${lines.join('')}`);
    expect(new Set(items.slice(0, 40).map(({ before }) => before === null)).size).toBe(2);
  });
});

const UNKNOWN_RUN = '0199aaaa-0000-7000-8000-000000000000';

/** The ratings of the files of a day, by title. */
async function ratingsOf(day: number) {
  const rows = await readRows('title.ratings', days.day(day));
  return new Map(
    rows.map(({ tconst, averageRating, numVotes }) => [tconst, { averageRating, numVotes }]),
  );
}

/** The ratings that a title has had, first to last. */
async function historyOf(tconst: string) {
  const history = RatingHistory.parse(await system.get(`/titles/${tconst}/rating-history`));
  return { ...history, ratings: history.items.map(({ at, ...rating }) => rating) };
}

describe('what refreshes have brought', { timeout: 180_000 }, () => {
  useThreeDays();

  it('is told of one title as its rating at each publish that changed it', async () => {
    const [{ first } = {}] = await system.query('select min(at) as first from ingest.publication');
    const files = await Promise.all([0, 1, 2].map(ratingsOf));
    const ids = [...new Set(files.flatMap((ratings) => [...ratings.keys()]))].filter(
      (tconst, i) => i % 40 === 0 || !files[0]?.has(tconst) || !files[2]?.has(tconst),
    );
    const unrated = { averageRating: null, numVotes: null };
    for (const tconst of ids) {
      const published = files.map((ratings) => ratings.get(tconst) ?? unrated);
      const expected = published.filter((rating, i) => {
        const before = published[i - 1] ?? unrated;
        return rating.averageRating !== before.averageRating || rating.numVotes !== before.numVotes;
      });
      expect(await historyOf(tconst)).toMatchObject({
        ratings: expected,
        since: (first as Date).toISOString(),
      });
    }
    const { status } = await system.ask('GET', '/titles/tt9999999999/rating-history');
    expect(status).toBe(404);
  });

  it('is charted: the titles that are new, and those whose votes or rating moved most', async () => {
    const second = await runOfDay(2);
    const [before, after] = await Promise.all([ratingsOf(0), ratingsOf(2)]);
    const known = new Set(
      (await readRows('title.basics', days.day(0))).map(({ tconst }) => tconst),
    );
    const titles = (await readRows('title.basics', days.day(2))).map(({ tconst, titleType }) => ({
      tconst,
      titleType,
      votes: after.get(tconst)?.numVotes ?? 0,
    }));
    const types = new Map(titles.map(({ tconst, titleType }) => [tconst, titleType]));
    const added = titles.filter(({ tconst }) => !known.has(tconst));
    const byVotes = (a: (typeof titles)[number], b: (typeof titles)[number]) =>
      b.votes - a.votes || (a.tconst < b.tconst ? 1 : -1);
    const newTitles = async (query: string) =>
      NewTitles.parse(await system.get(`/charts/new?limit=250&${query}`)).items;
    const ids = (items: readonly { tconst?: string | undefined }[]) =>
      items.map(({ tconst }) => tconst);
    const all = await newTitles('days=90');
    expect(ids(all)).toEqual(
      ids(added.filter(({ titleType }) => titleType !== 'tvEpisode').sort(byVotes)).slice(0, 250),
    );
    expect(all.map(({ rank }) => rank)).toEqual(all.map((_, i) => i + 1));
    expect(ids(await newTitles('titleType=tvEpisode&minVotes=1'))).toEqual(
      ids(
        added
          .filter(({ titleType, votes }) => titleType === 'tvEpisode' && votes > 0)
          .sort(byVotes),
      ),
    );

    const moves = [...after].flatMap(([tconst, now]) => {
      const was = before.get(tconst) ?? null;
      const hasChanged = now.numVotes !== was?.numVotes || now.averageRating !== was.averageRating;
      if (!hasChanged || (now.numVotes ?? 0) < 100 || types.get(tconst) === 'tvEpisode') return [];
      const gained = (now.numVotes ?? 0) - (was?.numVotes ?? 0);
      const tenths = Math.abs(
        Math.round((now.averageRating ?? 0) * 10) - Math.round((was?.averageRating ?? 0) * 10),
      );
      return [{ tconst, was, now, gained, tenths: was === null ? 0 : tenths }];
    });
    const movers = async (by: string) => {
      const chart = await system.get(`/charts/movers?days=90&minVotes=100&limit=250&by=${by}`);
      return Movers.parse(chart).items.map(({ tconst, previous, averageRating, numVotes }) => ({
        tconst,
        was: previous,
        now: { averageRating, numVotes },
      }));
    };
    const ranking = (by: 'gained' | 'tenths') =>
      moves
        .filter((move) => move[by] > 0)
        .sort(
          (a, b) =>
            b[by] - a[by] ||
            (b.now.numVotes ?? 0) - (a.now.numVotes ?? 0) ||
            (a.tconst < b.tconst ? -1 : 1),
        )
        .map(({ tconst, was, now }) => ({ tconst, was, now }));
    expect(ranking('gained').length).toBeGreaterThan(5);
    expect(await movers('votes')).toEqual(ranking('gained'));
    expect(await movers('rating')).toEqual(ranking('tenths'));
    // the last publish alone, and as CSV
    const delayOthers = async (interval: string) =>
      system.query(
        `update ingest.publication set at = at + $2::interval where run_id <> $1::uuid`,
        [second, interval],
      );
    await delayOthers('-3 days');
    const yesterday = await ratingsOf(1);
    const [mover] = Movers.parse(
      await system.get('/charts/movers?days=1&minVotes=100&limit=1'),
    ).items;
    expect(mover?.previous ?? null).toEqual(yesterday.get(String(mover?.tconst)) ?? null);
    const csv = await fetch(`${system.apiUrl}/charts/new?days=90&format=csv&fields=rank,tconst`);
    expect((await csv.text()).split('\n')[1]).toBe(`${String(all[0]?.tconst)},1`);
    await delayOthers('3 days');
  });
});

describe('what a refresh has brought', { timeout: 180_000 }, () => {
  useSystem(() => ({ published: days }), system);

  it('is listed for a run by dataset and kind, with titles and names', async () => {
    const first = await runOfDay(0);
    const second = await goTo(1);
    const changesOf = async (run: string, query = '') =>
      RunChanges.parse(await system.get(`/runs/${run}/changes?limit=200${query}`));
    const { items: feed } = await follow(first);
    const { datasets } = await changesOf(second);
    const counted = (dataset: string, kind: string) =>
      feed.filter((item) => item.dataset === dataset && item.kind === kind).length;
    expect(datasets.map(({ rows, ...counts }) => counts)).toEqual(
      datasets.map(({ dataset }) => ({
        dataset,
        isReload: false,
        added: counted(dataset, 'insert'),
        changed: counted(dataset, 'update'),
        removed: counted(dataset, 'delete'),
        isKept: true,
      })),
    );
    expect(datasets.map(({ dataset }) => dataset).sort()).toEqual([...DATASET_NAMES].sort());

    const items: RunChanges['items'] = [];
    for (let after: string | null = ''; after !== null;) {
      const answer: RunChanges = RunChanges.parse(
        await system.get(
          `/runs/${second}/changes?limit=170${after === '' ? '' : `&after=${after}`}`,
        ),
      );
      items.push(...answer.items);
      after = answer.next;
    }
    const order = datasets.map(({ dataset }) => dataset);
    const kinds = ['insert', 'update', 'delete'];
    const sorted = feed.toSorted(
      (a, b) =>
        order.indexOf(a.dataset) - order.indexOf(b.dataset) ||
        kinds.indexOf(a.kind) - kinds.indexOf(b.kind),
    );
    expect(
      items.map(({ name, titleType, startYear, episodeOf, person, ...change }) => change),
    ).toEqual(sorted.map(({ cursor, runId, publishedAt, ...change }) => change));
    const titles = new Map(
      (await readRows('title.basics', days.day(1))).map((title) => [title.tconst, title]),
    );
    const names = new Map(
      (await readRows('name.basics', days.day(1))).map((name) => [name.nconst, name]),
    );
    expect(
      items.map(({ name, titleType, startYear, person }) => ({
        name,
        titleType,
        startYear,
        person,
      })),
    ).toEqual(
      items.map(({ dataset, id, before, after }) => {
        const title = titles.get(id);
        const was = before?.['primaryTitle'] ?? before?.['primaryName'] ?? null;
        const nconst = (after ?? before)?.['nconst'];
        const primaryName = names.get(String(nconst))?.primaryName ?? null;
        return {
          name: title?.primaryTitle ?? names.get(id)?.primaryName ?? was,
          titleType: title?.titleType ?? null,
          startYear: title?.startYear ?? null,
          person: dataset === 'title.principals' ? { nconst, primaryName } : null,
        };
      }),
    );
    const ratings = await changesOf(second, '&dataset=title.ratings&kind=update,delete');
    expect(ratings.items).toEqual(
      items
        .filter(({ dataset, kind }) => dataset === 'title.ratings' && kind !== 'insert')
        .slice(0, 200),
    );

    // what is not known: of a full load, and of a run whose changes are dropped
    const reload = await changesOf(first);
    expect(reload.items).toEqual([]);
    expect(new Set(reload.datasets.map(({ isReload, isKept }) => `${isReload} ${isKept}`))).toEqual(
      new Set(['true false']),
    );
    await system.query(`drop table ingest.change_${second.replaceAll('-', '')}`);
    const dropped = await changesOf(second);
    expect(dropped.items).toEqual([]);
    expect(dropped.datasets).toEqual(datasets.map((counts) => ({ ...counts, isKept: false })));
    const { status } = await system.ask('GET', `/runs/${UNKNOWN_RUN}/changes`);
    expect(status).toBe(404);
  });
});

describe('changes that are dropped', { timeout: 180_000 }, () => {
  useSystem(() => ({ published: days }), system);
  beforeEach(async () => {
    for (const day of [1, 2]) await goTo(day);
  });

  it('are told by the next change of a rating: what they had brought', async () => {
    const dropped = await runOfDay(1);
    await system.query(`drop table ingest.change_${dropped.replaceAll('-', '')}`);
    const files = await Promise.all([0, 1, 2].map(ratingsOf));
    const moved = [...(files[2]?.keys() ?? [])].filter((tconst) => {
      const votes = files.map((ratings) => ratings.get(tconst)?.numVotes);
      return votes.every((count, i) => count !== undefined && count !== votes[i + 1]);
    });
    expect(moved.length).toBeGreaterThan(0);
    for (const tconst of moved.slice(0, 5))
      expect((await historyOf(tconst)).ratings.slice(-2)).toEqual([
        files[1]?.get(tconst),
        files[2]?.get(tconst),
      ]);
  });

  it(
    'are reported when they are requested, unless a reload replaced them',
    { tags: ['long'] },
    async () => {
      const first = await runOfDay(0);
      const second = await runOfDay(1);
      const { cursor } = await page({ since: first, limit: 10 });
      await system.query(`drop table ingest.change_${second.replaceAll('-', '')}`);
      for (const since of [first, cursor, '2020-01-01'])
        expect(await refusal(since)).toMatchObject({ status: 410, code: 'changes-gone' });
      expect(await refusal(first, '&format=ndjson')).toMatchObject({
        status: 410,
        code: 'changes-gone',
      });
      expect((await page({ since: second })).items.length).toBeGreaterThan(0);
      expect((await page({})).items.length).toBeGreaterThan(0);
      await goTo(2, { force: 'full' });
      expect((await follow(cursor, { kind: 'reload' })).items.map(({ kind }) => kind)).toEqual(
        DATASET_NAMES.map(() => 'reload'),
      );
    },
  );
});
