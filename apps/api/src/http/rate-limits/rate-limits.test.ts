import { expect, it } from 'vitest';
import { addressOf } from '../auth/caller.ts';
import { rateLimitKey } from './rate-limits.ts';

const keyOf = (ip: string) => rateLimitKey({ key: null, address: addressOf(ip) });

it.each([
  ['192.0.2.1', 'address:192.0.2.1'],
  ['::ffff:192.0.2.1', 'address:192.0.2.1'],
  ['::FFFF:c000:201', 'address:192.0.2.1'],
  ['2001:db8:0:1::1', 'address:2001:db8:0:1::/64'],
  ['2001:DB8:0:1:ffff::2', 'address:2001:db8:0:1::/64'],
  ['2001:db8::1:0:0:2', 'address:2001:db8::/64'],
  ['::1', 'address:::/64'],
  ['fe80::1%eth0', 'address:fe80::/64'],
  // what a proxy may put into X-Forwarded-For
  ['unknown', 'address:unknown'],
])('counts a request from %s for %s', (ip, expected) => {
  expect(keyOf(ip)).toBe(expected);
});
