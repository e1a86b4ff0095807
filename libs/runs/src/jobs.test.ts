import type { FlowJob } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { backoffMs, flowOf, type RunRequest } from './jobs.ts';

const run = (kind: RunRequest['kind']): RunRequest => ({
  id: '0199aaaa-0000-7000-8000-000000000000',
  kind,
  datasets: ['title.ratings', 'title.principals'],
  ignoreGates: ['row-loss'],
  snapshots:
    kind === 'load'
      ? { 'title.ratings': 'title.ratings-1', 'title.principals': 'title.principals-1' }
      : {},
  fullLoad: false,
});

/** A flow as indented lines. */
const outline = ({ name, queueName, children = [] }: FlowJob, depth = 0): string[] => [
  `${'  '.repeat(depth)}${name} (${queueName})`,
  ...children.flatMap((child) => outline(child, depth + 1)),
];

describe('flowOf', () => {
  it('makes publish wait for all loads, and each load for its download', () => {
    expect(outline(flowOf(run('update')))).toEqual([
      'publish (loader)',
      '  load (loader)',
      '    download (downloader)',
      '  load (loader)',
      '    download (downloader)',
    ]);
    expect(outline(flowOf(run('load')))).toEqual([
      'publish (loader)',
      '  load (loader)',
      '  load (loader)',
    ]);
    expect(outline(flowOf(run('download')))).toEqual([
      'record (loader)',
      '  download (downloader)',
      '  download (downloader)',
    ]);
  });

  it('gives each job its payload', () => {
    expect(flowOf(run('load')).children?.map(({ data }) => data as unknown)).toEqual([
      {
        runId: run('load').id,
        dataset: 'title.ratings',
        snapshotId: 'title.ratings-1',
        ignoreGates: ['row-loss'],
        fullLoad: false,
      },
      {
        runId: run('load').id,
        dataset: 'title.principals',
        snapshotId: 'title.principals-1',
        ignoreGates: ['row-loss'],
        fullLoad: false,
      },
    ]);
  });

  it('starts the largest dataset first', () => {
    const [ratings, principals] =
      flowOf(run('load')).children?.map(({ opts }) => opts?.priority ?? 0) ?? [];
    expect(principals).toBeLessThan(ratings ?? 0);
  });

  it('derives job ids from the run, so that adding them twice adds them once', () => {
    const ids = (flow: FlowJob): (string | undefined)[] => [
      flow.opts?.jobId,
      ...(flow.children ?? []).flatMap(ids),
    ];
    expect(ids(flowOf(run('update')))).toEqual(ids(flowOf(run('update'))));
    expect(new Set(ids(flowOf(run('update')))).size).toBe(5);
  });
});

describe('the delay before the next attempt', () => {
  it('grows from a second to half a minute, in whole milliseconds', () => {
    for (let attempt = 1; attempt <= 40; attempt++) {
      const max = Math.min(1000 * 2 ** (attempt - 1), 30_000);
      const delay = backoffMs(attempt);
      expect(Number.isInteger(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(max * 0.75);
      expect(delay).toBeLessThanOrEqual(max);
    }
  });
});
