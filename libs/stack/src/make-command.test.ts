import { expect, it } from 'vitest';
import { makeCommand, makeEnvironment } from './make-command.ts';

it('repeats the variables that name the stack, without defaults', () => {
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

it.each([
  ['/srv/marquee/data', 'make key ROLE=admin'],
  ['/srv/marquee/data/demo', 'DATA_DIR=data/demo MODE=embedded make key ROLE=admin'],
  ['/srv/marquee/other', 'DATA_DIR=other MODE=embedded make key ROLE=admin'],
  // relative to the repository, a folder outside it would be hard to read
  ['/var/lib/imdb', 'DATA_DIR=/var/lib/imdb MODE=embedded make key ROLE=admin'],
  ['/srv/marquee-two/data', 'DATA_DIR=/srv/marquee-two/data MODE=embedded make key ROLE=admin'],
  [
    "/srv/ada's films",
    String.raw`DATA_DIR='/srv/ada'\''s films' MODE=embedded make key ROLE=admin`,
  ],
])('acts on the stack of %s: %s', (data, command) => {
  expect(makeCommand(makeEnvironment('/srv/marquee', data), 'key ROLE=admin')).toBe(command);
});
