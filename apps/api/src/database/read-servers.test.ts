import { once } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { useTestDatabase } from '@marquee/catalogue/testing';
import { beforeEach, expect, it } from 'vitest';
import { API_TIMINGS } from '../timings.ts';
import { Connections } from './connections.ts';
import { Database } from './database.ts';
import { PublishedWatch } from './published-watch.ts';
import { ReadServers } from './read-servers.ts';
import { Replica } from './replica.ts';

const PORT = { name: 'port', text: 'select $1::int4 as n' };

const test = useTestDatabase();
let link: Link;
let watch: PublishedWatch;
let servers: ReadServers;
let database: Database;
/** What happened to the replica. */
let changes: string[];

/** The way to the database that stands for a replica: a server that is no replica has all of its own WAL. */
interface Link {
  readonly url: string;
  /** Whether bytes are held back, as by a server that hangs. */
  hangs: boolean;
  cut(): void;
  restore(): void;
}

async function openLink(url: string): Promise<Link> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const to = new URL(url);
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const behind = new Socket().connect(Number(to.port), to.hostname);
    for (const [from, into] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (bytes) => {
        if (!opened.hangs) into.write(bytes);
      });
      from.on('close', () => into.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const there = new URL(url);
  there.port = String((server.address() as AddressInfo).port);
  const opened: Link = {
    url: there.href,
    hangs: false,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    restore() {
      isCut = false;
    },
  };
  return opened;
}

beforeEach(async () => {
  link = await openLink(test.url);
  changes = [];
  watch = await PublishedWatch.start(test.url, () => undefined, API_TIMINGS);
  const connections = new Connections(test.url, () => undefined);
  const replica = new Replica(link.url, watch, API_TIMINGS, (message) => changes.push(message));
  servers = new ReadServers(connections, API_TIMINGS, [replica]);
  database = Database.across(servers);
  await expect.poll(() => replica.isCurrent('movies'), { interval: 5 }).toBe(true);
  return async () => {
    link.cut();
    await servers.onApplicationShutdown();
    await connections.onApplicationShutdown();
    await watch.onApplicationShutdown();
  };
});

/** The server that answers a read of a request. */
const readers = {
  published: async () => readDuring('published'),
  movies: async () => readDuring('movies'),
};

async function readDuring(catalogue: 'published' | 'movies'): Promise<string> {
  const before = new Map(servers.reads);
  await servers.during(catalogue, async () => {
    expect(await database.read(PORT, [1])).toEqual([{ n: 1 }]);
    expect(await database.lookUp(PORT, [2])).toEqual([{ n: 2 }]);
    expect(await database.readPrepared(PORT, [3])).toEqual([{ n: 3 }]);
  });
  const used = [...servers.reads].filter(([name, reads]) => reads > (before.get(name) ?? 0));
  return used.map(([name]) => name).join(', ');
}

const REPLICA = () => new URL(link.url).host;

it('reads what is published on a replica, and all else on the primary', async () => {
  expect(await readers.published()).toBe(REPLICA());
  expect(servers.reads).toEqual(new Map([[REPLICA(), 3]]));
  await database.read(PORT, [1]);
  expect(servers.reads.get('primary')).toBe(1);
});

it('asks no replica for movies before it has what this process has changed', async () => {
  watch.noteWrite();
  expect(await readers.movies()).toBe('primary');
  expect(await readers.published()).toBe(REPLICA());
  await expect.poll(readers.movies, { interval: 5 }).toBe(REPLICA());
});

it('asks no replica from the moment of a notification until it has what was published', async () => {
  link.hangs = true;
  await test.pool.query(`update ingest.data_control set rows = 1 where dataset = 'title.basics'`);
  const before = watch.version;
  await expect.poll(() => watch.version, { interval: 5 }).not.toBe(before);
  expect(await readers.published()).toBe('primary');
  link.hangs = false;
  await expect.poll(readers.published, { interval: 20 }).toBe(REPLICA());
});

it('answers from the primary when a replica is lost or hangs in the middle of reads', async () => {
  link.cut();
  expect(await readers.published()).toMatch(/primary$/u);
  link.restore();
  await expect.poll(readers.published, { interval: 20 }).toBe(REPLICA());
  link.hangs = true;
  const before = performance.now();
  const reads = servers.reads.get('primary') ?? 0;
  await Promise.all(Array.from({ length: 5 }, readers.published));
  expect(servers.reads.get('primary')).toBe(reads + 15);
  expect(performance.now() - before).toBeLessThan(3000);
  expect(changes).toEqual([
    `the replica ${REPLICA()} answers`,
    `the replica ${REPLICA()} is out`,
    `the replica ${REPLICA()} answers`,
    `the replica ${REPLICA()} is out`,
  ]);
});
