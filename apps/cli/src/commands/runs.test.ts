import { RUN } from '@marquee/api-client/testing';
import type { Run } from '@marquee/contract';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { marquee } from '../testing/marquee.ts';

const ALL = [
  'title.basics',
  'title.akas',
  'title.crew',
  'title.episode',
  'title.principals',
  'title.ratings',
  'name.basics',
] as const;
const GOING: Run = { ...RUN, state: 'running', endedAt: null };
const FAILED: Run = {
  ...RUN,
  state: 'failed',
  error: { code: 'drift', message: 'Half is missing.', hint: '', dataset: null },
};

const runs = async (items: readonly Run[], ...args: string[]) =>
  marquee({ '/runs': { items, next: null }, [`POST /runs/${RUN.id}/cancel`]: FAILED }, [
    'runs',
    ...args,
  ]);

describe('a list of runs', () => {
  it('shows the result, the duration and the datasets of each', async () => {
    vi.stubEnv('TZ', 'UTC');
    onTestFinished(() => void vi.unstubAllEnvs());
    const cancelled: Run = {
      ...FAILED,
      error: { code: 'cancelled', message: 'It was cancelled.', hint: '', dataset: null },
    };
    const { stdout } = await runs([
      { ...GOING, datasets: [...ALL] },
      RUN,
      { ...FAILED, kind: 'load', datasets: ['title.basics', 'title.crew'] },
      cancelled,
    ]);
    const [head, ...lines] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(RUN.id, 'ID').split(/ {2,}/u));
    expect(head).toEqual(['ID', 'KIND', 'STATE', 'REQUESTED', 'TOOK', 'DATASETS', 'ERROR']);
    const at = '2026-01-01 00:00';
    expect(lines).toEqual([
      ['ID', 'update', 'running', at, 'all'],
      ['ID', 'update', 'succeeded', at, '1 min 2 s', 'title.basics'],
      ['ID', 'load', 'failed', at, '1 min 2 s', 'title.basics, title.crew', 'Half is missing.'],
      ['ID', 'update', 'cancelled', at, '1 min 2 s', 'title.basics', 'It was cancelled.'],
    ]);
  });

  it('may be empty, which is no error', async () => {
    expect(await runs([])).toMatchObject({ code: 0, stdout: '' });
    expect((await runs([])).stderr).toContain('marquee update');
  });
});

describe('a run to cancel', () => {
  const posted = ({ api }: Awaited<ReturnType<typeof runs>>) =>
    api.requests.filter(({ method }) => method === 'POST').map(({ url }) => url);

  it('is the given one, or the one in progress', async () => {
    const others = { ...RUN, id: '0199bbbb-0000-7000-8000-000000000000' };
    const ended = await runs([others, GOING], 'cancel');
    expect([ended.code, posted(ended)]).toEqual([0, [`/runs/${RUN.id}/cancel`]]);
    expect(posted(await runs([], 'cancel', RUN.id))).toEqual([`/runs/${RUN.id}/cancel`]);
    expect(JSON.parse((await runs([GOING], 'cancel', '--json')).stdout)).toEqual(FAILED);
  });

  it('is missing if none is in progress: 3', async () => {
    const ended = await runs([RUN], 'cancel', '--json');
    expect([ended.code, posted(ended)]).toEqual([3, []]);
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'no-run' } });
  });
});

it('has nothing to watch without any run: 3', async () => {
  expect(await runs([], 'watch')).toMatchObject({ code: 3, stdout: '' });
});
