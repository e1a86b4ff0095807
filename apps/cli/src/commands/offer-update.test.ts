import { type AnswersByPath, problem, RUN } from '@marquee/api-client/testing';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Freshness, stalenessOf } from '../checks/freshness.ts';
import { publishedAt } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

const NOW = '2026-08-15T06:00:00Z';
const GOING = {
  ...RUN,
  id: '0199bbbb-0000-7000-8000-000000000000',
  state: 'running' as const,
  endedAt: null,
};
const FOUND = {
  items: [
    { kind: 'name', id: 'nm0000001', match: 'exact', matched: 'ada', title: null, name: null },
  ],
  next: null,
};

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(NOW), toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
});

/** Searches in data of a time, after these runs. */
async function noted(time: string | null, runs: readonly object[], args: readonly string[] = []) {
  return marquee(
    {
      '/published': publishedAt(time),
      '/runs': { items: runs, next: null },
      '/search': FOUND,
      'POST /updatedata': { id: RUN.id, url: RUN.url },
      [`/runs/${RUN.id}/events`]: () =>
        new Response(`event: run\ndata: ${JSON.stringify(RUN)}\n\n`),
    },
    ['search', 'ada', ...args],
  );
}

describe('the age of the data', () => {
  const ageAt = (updatedAt: string | null) =>
    stalenessOf({ isEmpty: false, running: null, updatedAt } satisfies Freshness);

  it.each([null, NOW, '2026-08-14T06:00:00Z', '2026-08-16T00:00:00Z'])(
    'is not mentioned at %s',
    (time) => {
      expect(ageAt(time)).toBeNull();
    },
  );

  it('is mentioned after a day', () => {
    expect(ageAt('2026-08-14T05:59:59Z')).toContain(' 1 d 0 h ago');
    expect(ageAt('2026-08-01T03:00:00Z')).toContain(' 14 d 3 h ago');
  });
});

describe('before data is read', () => {
  it('says nothing about data of today', async () => {
    expect((await noted('2026-08-15T01:00:00Z', [])).stderr).toBe('');
  });

  it('says that data is old and how to update, and shows the result nevertheless', async () => {
    const { code, stdout, stderr } = await noted('2026-08-13T06:00:00Z', []);
    expect(code).toBe(0);
    expect(stdout).toContain('nm0000001');
    expect(stderr).toMatch(/ 2 d 0 h ago.* marquee update\n$/u);
  });

  it('counts from the last successful update, even if its data was published long before', async () => {
    const failed = { ...RUN, state: 'failed', endedAt: '2026-08-15T05:00:00Z' };
    const loaded = { ...RUN, kind: 'load', endedAt: '2026-08-15T05:00:00Z' };
    const updated = { ...RUN, endedAt: '2026-08-15T04:00:00Z' };
    expect((await noted('2026-08-01T06:00:00Z', [failed, updated])).stderr).toBe('');
    expect((await noted('2026-08-01T06:00:00Z', [failed, loaded])).stderr).toContain('14 d 0 h');
    expect(
      (await noted('2026-08-15T05:00:00Z', [{ ...RUN, endedAt: '2026-08-01T06:00:00Z' }])).stderr,
    ).toContain('14 d 0 h');
  });

  it('says that there is none yet', async () => {
    expect((await noted(null, [])).stderr).toMatch(/no data .* marquee update\n$/u);
  });

  it('names the run in progress, and starts none', async () => {
    for (const time of [null, '2026-08-01T06:00:00Z']) {
      const { stderr, api } = await noted(time, [GOING], ['--yes']);
      expect(stderr).toContain(`marquee runs watch ${GOING.id}`);
      expect(api.queriesOf('/updatedata')).toEqual([]);
    }
  });

  it('updates first with --yes, and then shows the result', async () => {
    const { code, stdout, stderr, api } = await noted('2026-08-01T06:00:00Z', [], ['--yes']);
    expect(code).toBe(0);
    expect(stderr).toContain('14 d 0 h');
    expect(stderr).toContain('The update has succeeded');
    expect(stdout).toContain('nm0000001');
    expect(stdout).not.toContain('succeeded');
    expect(api.requests.find(({ method }) => method === 'POST')?.body).toBe(
      '{"ignoreGates":[],"force":false}',
    );
    expect(api.requests.findLastIndex(({ url }) => url.startsWith('/search'))).toBeGreaterThan(
      api.requests.findIndex(({ method }) => method === 'POST'),
    );
  });

  it('prints only the one document with --json', async () => {
    const { stdout } = await noted('2026-08-01T06:00:00Z', [], ['--yes', '--json']);
    expect(JSON.parse(stdout)).toEqual(FOUND);
  });

  it('says nothing to users who may read data but not runs', async () => {
    const answers: AnswersByPath = {
      '/published': publishedAt('2026-08-01T06:00:00Z'),
      '/runs': () => problem({ status: 403, code: 'role-too-low' }),
      '/search': FOUND,
    };
    expect(await marquee(answers, ['search', 'ada'])).toMatchObject({ code: 0, stderr: '' });
  });
});
