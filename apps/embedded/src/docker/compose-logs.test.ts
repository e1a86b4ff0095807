import { Readable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { formatComposeLogs } from './compose-logs.ts';

const LINES = [
  'Attaching to films_api_1, films_postgres_1',
  'postgres-1  | 2030-01-31T06:30:03.000000000Z LOG:  ready',
  'postgres-1  | 2030-01-31T06:30:04.000000000Z ',
  'set-up_1    | 2030-01-31T06:30:01.500000000Z {"level":"info","msg":"roles"}',
  'api-1       | 2030-01-31T06:30:02.000000000Z {"level":"info","msg":"a | b"}',
  'api-1       | 2030-01-31T06:30:03.000000001Z {"level":"info","msg":"again"}',
  'api-1       | 2030-01-31T06:30:05.000000000Z {"level":"info","msg":"again"}',
];

async function format(lines: readonly string[], follow: boolean): Promise<string[]> {
  const log = vi.spyOn(console, 'log').mockReturnValue(undefined);
  await formatComposeLogs(Readable.from(lines.map((line) => `${line}\n`)), follow);
  const printed = log.mock.calls.map(([text]) => String(text));
  log.mockRestore();
  return printed;
}

it('brings the lines of all containers into the order of their times', async () => {
  expect(await format(LINES, false)).toEqual([
    'INFO (set-up): roles',
    'INFO (api): a | b',
    'postgres: LOG:  ready',
    'INFO (api): again  (and 1 more)',
  ]);
});

it('prints each line as it comes while it follows, with what compose says', async () => {
  const lines = [...LINES.slice(1, 4), 'api-1 exited with code 1'];
  expect(await format(lines, true)).toEqual([
    'postgres: LOG:  ready',
    'INFO (set-up): roles',
    'api-1 exited with code 1',
  ]);
});
