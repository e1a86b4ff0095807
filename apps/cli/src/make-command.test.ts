import { expect, it } from 'vitest';
import { makeFor } from './make-command.ts';

it.each([
  ['/srv/marquee/data', 'make key ROLE=admin'],
  ['/srv/marquee/data/demo', 'DATA_DIR=data/demo MODE=embedded make key ROLE=admin'],
  ['/srv/marquee/other', 'DATA_DIR=other MODE=embedded make key ROLE=admin'],
  // outside of the repository a path from its root would be hard to read
  ['/var/lib/imdb', 'DATA_DIR=/var/lib/imdb MODE=embedded make key ROLE=admin'],
  ['/srv/marquee-two/data', 'DATA_DIR=/srv/marquee-two/data MODE=embedded make key ROLE=admin'],
  [
    "/srv/ada's films",
    String.raw`DATA_DIR='/srv/ada'\''s films' MODE=embedded make key ROLE=admin`,
  ],
])('acts on the stack of %s: %s', (data, command) => {
  expect(makeFor('/srv/marquee', data)('key ROLE=admin')).toBe(command);
});
