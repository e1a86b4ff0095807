import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '@marquee/contract';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addLongList, LONG_LIST, expectStreams } from './long-list.ts';
import { useSharedSystem, type SystemOptions, type TestSystem } from './system.ts';

const EXPORT = `${LONG_LIST}?format=ndjson`;
const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const WINDOW_MS = 1000;

/** A system with a long list, which takes client addresses from X-Forwarded-For. */
function useExports(timings: SystemOptions['timings'] = {}): void {
  const used = useSharedSystem(() => ({
    workers: false,
    api: { TRUSTED_PROXIES: '127.0.0.1', READING: 'open', API_ADMIN_KEY: ADMIN },
    timings,
  }));
  beforeAll(async () => {
    system = used;
    await addLongList(system);
  });
}

let system: TestSystem;

/** Connections of a test; at its end no stream may be open. */
const opened: (Agent | Socket)[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) one.destroy();
  await untilStreams(0);
});
const from = (address: string) => ({ 'x-forwarded-for': address });
const keyed = (key: string) => ({ authorization: `Bearer ${key}` });

const untilStreams = async (count: number) => expectStreams(system, count);

/** An export on its own connection, which is read only on demand. */
async function open(headers: Record<string, string>, path = EXPORT): Promise<IncomingMessage> {
  const agent = new Agent();
  opened.push(agent);
  const [response] = (await once(
    request(system.apiUrl + path, { agent, headers }).end(),
    'response',
  )) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

async function refusal(response: IncomingMessage): Promise<Problem> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  const { 'content-type': type, 'retry-after': again } = response.headers;
  expect(type).toContain('application/problem+json');
  expect(Number(again)).toBeGreaterThan(0);
  const problem = Problem.parse(JSON.parse(text));
  expect(problem).toMatchObject({ code: 'too-many-streams', status: response.statusCode });
  expect(problem.hint).toContain('pages of JSON');
  return problem;
}

describe('exports', () => {
  useExports();

  it('count apart from streams of events, ten for an address and 200 in all', async () => {
    const follow = async (address: string) =>
      open({ ...from(address), accept: 'text/event-stream' }, '/events');
    const followTen = async (address: string) => {
      const streams = await Promise.all(Array.from({ length: 10 }, async () => follow(address)));
      expect(streams.map(({ statusCode }) => statusCode)).toEqual(streams.map(() => 200));
      return streams;
    };
    const [first] = await followTen('203.0.113.1');
    expect(await refusal(await follow('203.0.113.1'))).toMatchObject({ status: 429 });
    first?.destroy();
    await expect.poll(async () => (await follow('203.0.113.1')).statusCode).toBe(200);
    const others = Array.from({ length: 19 }, (_, i) => `203.0.113.${2 + i}`);
    const [[one] = []] = await Promise.all(others.map(followTen));
    expect(await refusal(await follow('203.0.113.21'))).toMatchObject({ status: 503 });
    expect((await open(from('203.0.113.1'))).statusCode).toBe(200);
    one?.destroy();
    await expect.poll(async () => (await follow('203.0.113.21')).statusCode).toBe(200);
  });

  describe('one address', () => {
    it('has two exports at a time, while others get theirs', async () => {
      const first = await open(from('203.0.113.1'));
      const second = await open(from('203.0.113.1'));
      expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
      expect(await refusal(await open(from('203.0.113.1')))).toMatchObject({ status: 429 });
      expect((await open(from('203.0.113.2'))).statusCode).toBe(200);
      first.destroy();
      await untilStreams(2);
      expect((await open(from('203.0.113.1'))).statusCode).toBe(200);
    });

    it('is a /64 network for IPv6', async () => {
      for (const end of ['1', '2'])
        expect((await open(from(`2001:db8:0:1::${end}`))).statusCode).toBe(200);
      expect(await refusal(await open(from('2001:db8:0:1:ffff::3')))).toMatchObject({
        status: 429,
      });
      expect((await open(from('2001:db8:0:2::1'))).statusCode).toBe(200);
    });

    it('does not count for requests with a key: each key has two exports', async () => {
      const made = await fetch(`${system.apiUrl}/keys`, {
        method: 'POST',
        headers: { ...keyed(ADMIN), 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'reader', role: 'reader' }),
      });
      const { secret } = (await made.json()) as { secret: string };
      for (const address of ['203.0.113.1', '203.0.113.2'])
        expect((await open({ ...from(address), ...keyed(secret) })).statusCode).toBe(200);
      const third = await open({ ...from('203.0.113.3'), ...keyed(secret) });
      expect(await refusal(third)).toMatchObject({ status: 429 });
      expect((await open(from('203.0.113.3'))).statusCode).toBe(200);
    });

    it('still gets pages', async () => {
      await open(from('203.0.113.1'));
      await open(from('203.0.113.1'));
      const page = await fetch(`${system.apiUrl}${LONG_LIST}?limit=1`, {
        headers: from('203.0.113.1'),
      });
      expect(await page.json()).toMatchObject({ items: [{ ordering: 1 }] });
    });
  });

  it('serves four exports in total, and rejects the next with a time to wait', async () => {
    const addresses = ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4'];
    const responses = await Promise.all(addresses.map(async (address) => open(from(address))));
    for (const { statusCode } of responses) expect(statusCode).toBe(200);
    expect(await refusal(await open(from('203.0.113.5')))).toMatchObject({ status: 503 });
    expect(await system.get(`${LONG_LIST}?limit=1`)).toMatchObject({
      items: [{ ordering: 1 }],
    });
    for (const response of responses) response.destroy();
    await untilStreams(0);
    expect((await open(from('203.0.113.5'), `${EXPORT}&limit=1`)).statusCode).toBe(200);
  });

  describe('one connection', () => {
    /** Sends requests at once, without waiting for responses. */
    async function pipeline(paths: readonly string[]): Promise<Socket> {
      const { port, hostname } = new URL(system.apiUrl);
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      opened.push(socket);
      const heads = paths.map(
        (path) =>
          `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nX-Forwarded-For: 203.0.113.1`,
      );
      socket.write(`${heads.join('\r\n\r\n')}\r\n\r\n`);
      return socket;
    }

    it('has one export at a time, however many are requested on it', async () => {
      const socket = await pipeline(Array.from({ length: 50 }, () => EXPORT));
      await untilStreams(1);
      expect((await open(from('203.0.113.1'))).statusCode).toBe(200);
      expect((await open(from('203.0.113.2'))).statusCode).toBe(200);
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text = (text + chunk.toString('latin1')).slice(-100_000);
      });
      // after the complete one
      await expect
        .poll(() => text.match(/"code":"too-many-streams"/gu)?.length, { timeout: 30_000 })
        .toBe(49);
      expect(text).toContain('HTTP/1.1 429 ');
    });

    it('has one after another', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      opened.push(agent);
      for (let i = 0; i < 20; i++) {
        const [response] = (await once(
          request(`${system.apiUrl}${EXPORT}&limit=${i * 10 + 1}`, { agent }).end(),
          'response',
        )) as [IncomingMessage];
        expect(response.statusCode).toBe(200);
        let lines = 0;
        for await (const chunk of response) lines += String(chunk).split('\n').length - 1;
        expect(lines).toBe(i * 10 + 1);
      }
    });
  });
});

describe('an export that is read slowly', () => {
  useExports({ exportWindowMs: WINDOW_MS });

  it('is cut off, and its slot becomes free', async () => {
    const response = await open(from('203.0.113.1'));
    await untilStreams(0);
    // data in transit still arrives, but not the end
    let bytes = 0;
    const read = (async () => {
      for await (const chunk of response) bytes += (chunk as Buffer).length;
    })();
    await expect(read).rejects.toThrow('aborted');
    expect(bytes).toBeLessThan(50_000_000);
  });

  it(
    'continues while it is read faster than that, over more than one window',
    { tags: ['long'] },
    async () => {
      const response = await open(from('203.0.113.1'));
      const iterator = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      const until = performance.now() + 3 * WINDOW_MS;
      let lines = 0;
      let part = await iterator.next();
      for (; part.done !== true; part = await iterator.next()) {
        lines += part.value.toString('latin1').split('\n').length - 1;
        // the buffers in between are larger than the data read in a window of this test
        if (performance.now() < until) await sleep(4);
      }
      expect(performance.now()).toBeGreaterThan(until);
      expect(lines).toBe(100_000);
    },
  );
});
