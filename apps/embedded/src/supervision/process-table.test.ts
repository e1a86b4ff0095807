import { expect, it } from 'vitest';
import { processTable } from './process-table.ts';

it('has a line for each process, with its pid, its state and the time in it', () => {
  const since = '2026-01-01T00:00:00.000Z';
  const state = {
    pid: 10,
    apiUrl: '',
    databaseUrl: null,
    processes: [
      { name: 'supervisor', pid: 10, state: 'running', since },
      { name: 'api', pid: null, state: 'failed', since },
    ] as const,
  };
  expect(processTable(state, new Date('2026-01-01T00:05:59Z')).split('\n')).toEqual([
    'NAME        PID  STATE    SINCE',
    'supervisor  10   running  5 min',
    'api         -    failed   5 min',
  ]);
});
