import { problem, RUN, STEP } from '@marquee/api-client/testing';
import type { Reject, Run } from '@marquee/contract';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { z } from 'zod';
import { marquee } from '../testing/marquee.ts';

const REJECT: z.infer<typeof Reject> = {
  id: '1',
  dataset: 'title.ratings',
  snapshotId: 'title.ratings-1',
  line: 4711,
  raw: 'tt0000001\tbad\t12',
  reason: 'averageRating: no number',
};

/** A run with the number of rejects of a dataset. */
function runWith(n: number, rejects: number, dataset: Run['datasets'][number] = 'title.ratings') {
  return {
    ...RUN,
    id: `0199aaaa-0000-7000-8000-00000000000${n}`,
    steps: [{ ...STEP, dataset, state: 'done', rejects }],
  } satisfies Run;
}
const pathOf = ({ id }: Pick<Run, 'id'>) => `/runs/${id}/rejects`;

describe('the rejects of a run', () => {
  it('show the position, the reason and the text of each line', async () => {
    const { code, stdout, stderr } = await marquee(
      { [pathOf(RUN)]: { items: [REJECT], next: null } },
      ['rejects', RUN.id],
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        'DATASET        LINE  REASON                    TEXT',
        'title.ratings  4711  averageRating: no number  tt0000001␉bad␉12',
        '',
      ].join('\n'),
    );
  });

  it('show control and invisible characters', async () => {
    const raw = 'a\u001B[2Jb\u0007\u009B31mc\u202Ed\u2028e\u007Ff\r\u200Bg';
    const { stdout } = await marquee(
      { [pathOf(RUN)]: { items: [{ ...REJECT, raw, reason: 'is \u001B' }], next: null } },
      ['rejects', RUN.id],
    );
    expect(stdout.split('\n')[1]).toContain('is ␛');
    expect(stdout.split('\n')[1]).toMatch(
      / a␛\[2Jb␇\\u\{9b\}31mc\\u\{202e\}d\\u\{2028\}e␡f␍\\u\{200b\}g$/u,
    );
  });

  it('fit the terminal, however long the line is', async () => {
    const { stdout } = await marquee(
      { [pathOf(RUN)]: { items: [{ ...REJECT, raw: 'x'.repeat(5000) }], next: null } },
      ['rejects', RUN.id],
      { columns: 80 },
    );
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(stdout).toContain('xxx…');
  });

  it('are the page of the API as JSON', async () => {
    const page = { items: [{ ...REJECT, raw: 'a\u001Bb' }], next: 'more' };
    const { stdout, stderr, api } = await marquee({ [pathOf(RUN)]: page }, [
      'rejects',
      RUN.id,
      '--dataset',
      'title.ratings',
      '-n',
      '1',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toEqual(page);
    expect(stderr).toBe('');
    expect(api.queriesOf(pathOf(RUN))).toEqual([{ dataset: 'title.ratings', limit: '1' }]);
  });

  it('end with a note if there are more', async () => {
    const { stderr } = await marquee({ [pathOf(RUN)]: { items: [REJECT], next: 'more' } }, [
      'rejects',
      RUN.id,
    ]);
    expect(stderr).toContain('--limit');
  });

  it('of a run that does not exist end with 3', async () => {
    const { code, stdout } = await marquee(
      { [pathOf(RUN)]: () => problem({ status: 404, code: 'not-found' }) },
      ['rejects', RUN.id],
    );
    expect([code, stdout]).toEqual([3, '']);
  });
});

describe('without a run', () => {
  const [none, old, first] = [runWith(3, 0), runWith(2, 1), runWith(1, 2)];
  const answers = {
    '/runs': ({ url }: { url: string }) =>
      Promise.resolve(
        Response.json(
          url.includes('after=')
            ? { items: [first], next: null }
            : { items: [none, old], next: 'older' },
        ),
      ),
    // its rejects are kept with the run before
    [pathOf(old)]: { items: [], next: null },
    [pathOf(first)]: { items: [REJECT], next: null },
  };

  it('are those of the newest run with any, which is named', async () => {
    vi.stubEnv('TZ', 'UTC');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { code, stdout, stderr, api } = await marquee(answers, ['rejects']);
    expect(code).toBe(0);
    expect(stdout).toContain('4711');
    expect(stderr).toBe(`Rejects of the update of 2026-01-01 00:00, ${first.id}:\n`);
    expect(api.requests.map(({ url }) => url.split('?')[0])).toEqual([
      '/runs',
      pathOf(old),
      '/runs',
      // whether there are any, and then the list
      pathOf(first),
      pathOf(first),
    ]);
  });

  it('are searched by dataset too', async () => {
    const { stdout, api } = await marquee(answers, [
      'rejects',
      '--dataset',
      'title.crew',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toEqual({ items: [], next: null });
    expect(api.queriesOf(pathOf(first))).toEqual([]);
  });

  it('may be none, which is no error', async () => {
    const { code, stdout, stderr } = await marquee({ '/runs': { items: [none], next: null } }, [
      'rejects',
    ]);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('no rejects');
  });
});
