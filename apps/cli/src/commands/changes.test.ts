import type { AnswersByPath } from '@marquee/api-client/testing';
import type { ChangeEntry } from '@marquee/contract';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { freshApi } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

const CHANGE: ChangeEntry = {
  cursor: 'c1',
  runId: '0199aaaa-0000-7000-8000-000000000000',
  publishedAt: '2026-08-15T06:15:00Z',
  dataset: 'title.ratings',
  kind: 'update',
  id: 'tt0000001',
  ordering: null,
  before: null,
  after: null,
};

function feed(items: readonly Partial<ChangeEntry>[], next: string | null = null): AnswersByPath {
  return { ...freshApi(), '/changes': { items, next, cursor: next ?? 'end' } };
}

/** The printed lines of changes, without their time. */
async function lines(...items: Partial<ChangeEntry>[]): Promise<string[]> {
  vi.stubEnv('TZ', 'UTC');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { stdout } = await marquee(feed(items.map((item) => ({ ...CHANGE, ...item }))), [
    'changes',
  ]);
  return stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^2026-08-15 06:15 {2}/u, ''));
}

describe('a change of a row', () => {
  it('is shown by its changed fields, with old and new values', async () => {
    expect(
      await lines({
        before: { tconst: 'tt0000001', averageRating: 5.6, numVotes: 1200 },
        after: { tconst: 'tt0000001', averageRating: 5.7, numVotes: 1210 },
      }),
    ).toEqual(['title.ratings  update  tt0000001  averageRating 5.6 → 5.7, numVotes 1200 → 1210']);
  });

  it('is shown with lists, nulls, false and 0', async () => {
    expect(
      await lines({
        dataset: 'title.basics',
        before: {
          genres: ['Drama'],
          endYear: null,
          isAdult: false,
          runtimeMinutes: 0,
          startYear: 1977,
        },
        after: {
          genres: ['Drama', 'War'],
          endYear: 1981,
          isAdult: true,
          runtimeMinutes: 1,
          startYear: null,
        },
      }),
    ).toEqual([
      'title.basics  update  tt0000001  genres Drama → Drama|War, endYear ∅ → 1981, isAdult false → true, runtimeMinutes 0 → 1, startYear 1977 → ∅',
    ]);
  });

  it.each<[ChangeEntry['dataset'], NonNullable<ChangeEntry['after']>, string]>([
    ['title.basics', { primaryTitle: 'The Long Winter' }, 'The Long Winter'],
    ['title.akas', { title: 'Der lange Winter', region: 'DE' }, 'Der lange Winter'],
    ['name.basics', { primaryName: 'Ada Winter' }, 'Ada Winter'],
    ['title.principals', { category: 'actress', nconst: 'nm0000001' }, 'actress'],
    ['title.episode', { parentTconst: 'tt0000009' }, 'tt0000009'],
    ['title.ratings', { averageRating: 5.6 }, '5.6'],
    ['title.basics', { primaryTitle: null }, '∅'],
  ])('of %s that was added or removed is shown by its name: %j', async (dataset, row, called) => {
    expect(
      await lines(
        { dataset, kind: 'insert', after: row },
        { dataset, kind: 'delete', before: row },
      ),
    ).toEqual([
      `${dataset}  insert  tt0000001  ${called}`,
      `${dataset}  delete  tt0000001  ${called}`,
    ]);
  });

  it('has its ordering beside the id, if its key has one', async () => {
    expect(
      await lines({ dataset: 'title.akas', kind: 'insert', ordering: 3, after: { title: 'X' } }),
    ).toEqual(['title.akas  insert  tt0000001 3  X']);
  });

  it('of the kind reload has no row', async () => {
    const [line] = await lines({ kind: 'reload', id: null });
    expect(line).toMatch(/^title\.ratings {2}reload +all rows loaded again$/u);
  });
});

describe('changes', () => {
  it('are requested with the given options only', async () => {
    const { api } = await marquee(feed([]), ['changes']);
    expect(api.queriesOf('/changes')).toEqual([{ limit: '50' }]);
    const filtered = await marquee(feed([]), [
      'changes',
      '--since',
      '2026-08-15T00:00:00Z',
      '--dataset',
      'title.ratings,title.crew',
      '--id',
      'tt0000001',
      '--kind',
      'insert',
      '-n',
      '1000',
    ]);
    expect(filtered.api.queriesOf('/changes')).toEqual([
      {
        since: '2026-08-15T00:00:00Z',
        dataset: 'title.ratings,title.crew',
        id: 'tt0000001',
        kind: 'insert',
        limit: '1000',
      },
    ]);
  });

  it('end with the cursor for more, or with a note that there are none', async () => {
    expect((await marquee(feed([CHANGE], 'c9'), ['changes'])).stderr).toContain('--since c9');
    const { code, stdout, stderr } = await marquee(feed([]), ['changes']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).not.toBe('');
  });

  it('are the page of the API as JSON', async () => {
    const { stdout, stderr } = await marquee(feed([CHANGE], 'c9'), ['changes', '--json']);
    expect(JSON.parse(stdout)).toEqual({ items: [CHANGE], next: 'c9', cursor: 'c9' });
    expect(stderr).toBe('');
  });

  it('are followed from now on, each shown once, until Ctrl-C', async () => {
    const stop = new AbortController();
    const pages = [
      { items: [CHANGE], next: 'c1', cursor: 'c1' },
      { items: [{ ...CHANGE, id: 'tt0000002' }], next: 'c2', cursor: 'c2' },
    ];
    const answers: AnswersByPath = {
      '/changes': () => {
        // all pages are shown: it now waits for more
        if (pages.length === 0) setTimeout(() => stop.abort(), 20);
        return Response.json(pages.shift() ?? { items: [], next: null, cursor: 'c2' });
      },
    };
    const { code, stdout, api } = await marquee(answers, ['changes', '--follow', '--json'], {
      signal: stop.signal,
    });
    expect(code).toBe(130);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as ChangeEntry).id),
    ).toEqual(['tt0000001', 'tt0000002']);
    expect(api.queriesOf('/changes')).toEqual([
      { limit: '50', since: 'now' },
      { limit: '50', since: 'c1' },
      { limit: '50', since: 'c2' },
    ]);
  });
});
