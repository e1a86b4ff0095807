import type { Run, RunStep } from './runs.ts';

/** A run that succeeded after 62.5 seconds. */
export const RUN: Run = {
  id: '0199aaaa-0000-7000-8000-000000000000',
  url: '/runs/0199aaaa-0000-7000-8000-000000000000',
  kind: 'update',
  state: 'succeeded',
  phase: null,
  datasets: ['title.basics'],
  requestedAt: '2026-01-01T00:00:00Z',
  endedAt: '2026-01-01T00:01:02.500Z',
  error: null,
  steps: [],
};

/** A load step that is copying. */
export const STEP: RunStep = {
  job: 'load',
  dataset: 'title.basics',
  state: 'running',
  phase: 'copying',
  note: null,
  bytesDone: 0,
  bytesTotal: null,
  rowsDone: 0,
  rowsTotal: null,
  rejects: 0,
  bytesPerSecond: null,
  rowsPerSecond: null,
  secondsLeft: null,
  snapshotId: null,
  startedAt: null,
  endedAt: null,
  error: null,
};
