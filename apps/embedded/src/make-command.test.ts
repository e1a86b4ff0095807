import { expect, it } from 'vitest';
import { makeCommand } from './make-command.ts';

it('repeats what names the stack, and nothing that is usual', () => {
  expect(makeCommand({}, 'down')).toBe('make down');
  expect(makeCommand({ DATA_DIR: 'data', CHOSEN: 'auto', MODE: 'embedded' }, 'down')).toBe(
    'make down',
  );
  expect(makeCommand({ DATA_DIR: 'data/sample', CHOSEN: 'embedded' }, 'open-db')).toBe(
    'DATA_DIR=data/sample MODE=embedded make open-db',
  );
  expect(makeCommand({ DATA_DIR: "/srv/ada's films" }, 'ps')).toBe(
    String.raw`DATA_DIR='/srv/ada'\''s films' make ps`,
  );
});
