import { expect, it } from 'vitest';
import { addressOf } from '../auth/caller.ts';
import { rateLimitKey } from './rate-limits.ts';

const keyOf = (...ips: string[]) =>
  rateLimitKey({ key: null, address: addressOf({ ip: ips.at(-1) ?? '', ips }) });

it.each([
  ['192.0.2.1', 'address:192.0.2.1'],
  ['::ffff:192.0.2.1', 'address:192.0.2.1'],
  ['::FFFF:c000:201', 'address:192.0.2.1'],
  ['2001:db8:0:1::1', 'address:2001:db8:0:1::/64'],
  ['2001:DB8:0:1:ffff::2', 'address:2001:db8:0:1::/64'],
  ['2001:db8::1:0:0:2', 'address:2001:db8::/64'],
  ['::1', 'address:::/64'],
  ['fe80::1%eth0', 'address:fe80::/64'],
])('counts a request from %s for %s', (ip, expected) => {
  expect(keyOf(ip)).toBe(expected);
});

it.each(['unknown', '<script>', '192.0.2.1:4711', 'A'.repeat(3000), ''])(
  'counts a request for the proxy that hands on what is no address: %j',
  (text) => {
    expect(keyOf('10.0.0.1', '10.0.0.2', text)).toBe('address:10.0.0.2');
  },
);

it('leaves out the zone of an address, which may be any text', () => {
  expect(addressOf({ ip: `fe80::1%${'A'.repeat(3000)}` })).toBe('fe80::1');
});
