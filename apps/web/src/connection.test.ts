import { expect, it } from 'vitest';
import { connectionOf } from './connection.ts';

it.each([
  [true, false, undefined, 'good'],
  // an answer of an earlier time
  [true, false, false, 'good'],
  // nobody has asked the server yet
  [true, true, undefined, 'good'],
  // one answer was lost
  [true, true, true, 'good'],
  [true, true, false, 'unreachable'],
  // a server on this machine needs no network
  [false, false, true, 'good'],
  [false, true, true, 'good'],
  [false, false, undefined, 'good'],
  [false, false, false, 'offline'],
  [false, true, false, 'offline'],
])(
  'with a network: %s, without answers: %s, and a server that answers: %s, it is %s',
  (online, isFailing, isServerUp, connection) => {
    expect(connectionOf({ online, isFailing, isServerUp })).toBe(connection);
  },
);
