import { createServer } from 'node:http';
import { once } from 'node:events';
import type { LookupAddress } from 'node:dns';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { AddressGuard, AddressRefusedError, isPublic, type Resolve } from './address-guard.ts';

describe('an address', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
  ])('is public: %s', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  it.each([
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1']],
    [
      'private',
      [
        '10.0.0.1',
        '172.16.0.1',
        '172.31.255.255',
        '192.168.1.1',
        'fc00::1',
        'fd12:3456:789a::1',
        'fec0::1',
      ],
    ],
    ['link-local', ['169.254.0.1', 'fe80::1', 'fe80::1%lo', 'febf::1']],
    [
      'a metadata service',
      ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
    ],
    ["a provider's own", ['100.64.0.1', '100.127.255.255']],
    [
      'multicast or broadcast',
      ['224.0.0.1', '239.255.255.255', '255.255.255.255', '240.0.0.1', 'ff02::1'],
    ],
    [
      'documentation or measurement',
      ['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '2001:db8::1', '3fff::1'],
    ],
    [
      'IPv4 in IPv6',
      [
        '::ffff:127.0.0.1',
        '::ffff:7f00:1',
        '::ffff:8.8.8.8',
        '::127.0.0.1',
        '64:ff9b::7f00:1',
        '64:ff9b:1::1',
        '2002:7f00:1::',
        '2001:0:7f00:1::',
      ],
    ],
    ['no address', ['', 'localhost', '1.2.3', '0x7f000001']],
  ])('is not public where it is %s', (_, addresses) => {
    expect(addresses.filter(isPublic)).toEqual([]);
  });
});

const rule = 'films are fetched from public addresses only';

/** Resolves to the next list of addresses each time, and to the last list from then on. */
function resolveInTurn(...answers: string[][]): Resolve {
  return (_, __, done) => {
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    done(
      null,
      addresses.map((address): LookupAddress => ({
        address,
        family: address.includes(':') ? 6 : 4,
      })),
    );
  };
}

describe('a URL', () => {
  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::1]:80/',
    'http://[::ffff:127.0.0.1]/',
    'https://169.254.169.254/latest',
    'http://localhost/',
  ])('is refused: %s', async (url) => {
    await expect(new AddressGuard({ allowPrivate: false, rule }).check(url)).rejects.toThrow(
      AddressRefusedError,
    );
  });

  it('is refused when one of several addresses is private', async () => {
    await expect(
      new AddressGuard({
        allowPrivate: false,
        rule,
        resolve: resolveInTurn(['8.8.8.8', '10.0.0.1']),
      }).check('http://films.example/'),
    ).rejects.toThrow(
      'films.example is at 10.0.0.1, which is no public address, and films are fetched from public addresses only.',
    );
  });

  it('is accepted where it is public, does not resolve yet, or private ones are allowed', async () => {
    await new AddressGuard({
      allowPrivate: false,
      rule,
      resolve: resolveInTurn(['8.8.8.8', '2606:4700::1']),
    }).check('http://films.example/');
    await new AddressGuard({ allowPrivate: false, rule, resolve: resolveInTurn([]) }).check(
      'http://films.example/',
    );
    await new AddressGuard({ allowPrivate: true, rule }).check('http://127.0.0.1/');
  });
});

describe('a connection', () => {
  async function withServer(
    work: (port: number, requests: string[]) => Promise<void>,
  ): Promise<void> {
    const requests: string[] = [];
    const server = createServer((incoming, response) => {
      requests.push(incoming.headers.host ?? '');
      response.end('here');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    try {
      await work(typeof address === 'object' && address !== null ? address.port : 0, requests);
    } finally {
      server.close();
    }
  }

  it('is not made where a name has become private since it was checked', async () => {
    await withServer(async (port, requests) => {
      const guard = new AddressGuard({
        allowPrivate: false,
        rule,
        resolve: resolveInTurn(['8.8.8.8'], ['127.0.0.1']),
      });
      const url = `http://films.example:${port}/`;
      await guard.check(url);
      const agent = guard.agent(1000);
      await expect(request(url, { dispatcher: agent })).rejects.toThrow('is at 127.0.0.1');
      await expect(request(`http://127.0.0.1:${port}/`, { dispatcher: agent })).rejects.toThrow(
        AddressRefusedError,
      );
      await expect(
        request(`http://[::ffff:127.0.0.1]:${port}/`, { dispatcher: agent }),
      ).rejects.toThrow(AddressRefusedError);
      expect(requests).toEqual([]);
      await agent.close();
    });
  });

  it('is made to a checked address, and sends the name as Host', async () => {
    await withServer(async (port, requests) => {
      const agent = new AddressGuard({
        allowPrivate: true,
        rule,
        resolve: resolveInTurn(['127.0.0.1']),
      }).agent(1000);
      const { body } = await request(`http://films.example:${port}/`, { dispatcher: agent });
      expect(await body.text()).toBe('here');
      expect(requests).toEqual([`films.example:${port}`]);
      await agent.close();
    });
  });
});
