import { expect, it } from 'vitest';
import { connectionOf } from './connection.ts';

it.each([
  [true, false, undefined, 'good'],
  // result of an earlier check
  [true, false, false, 'good'],
  // not checked yet
  [true, true, undefined, 'good'],
  // a single response was lost
  [true, true, true, 'good'],
  [true, true, false, 'unreachable'],
  // a server on this machine needs no network
  [false, false, true, 'good'],
  [false, true, true, 'good'],
  [false, false, undefined, 'good'],
  [false, false, false, 'offline'],
  [false, true, false, 'offline'],
])(
  'online: %s, failing requests: %s, server up: %s: the connection is %s',
  (online, isFailing, isServerUp, connection) => {
    expect(connectionOf({ online, isFailing, isServerUp })).toBe(connection);
  },
);
