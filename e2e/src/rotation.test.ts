import { mkdtemp, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseUrl, queueUrl, readConfig, secret } from '@marquee/process';
import { lacks } from '@marquee/process/testing';
import { roleUrl } from '@marquee/postgres';
import { Redis } from 'ioredis';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startRedis } from './redis.ts';
import { useDays } from './sample-days.ts';
import { startSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 2 });

const LONG = { tags: ['long'] };

/** A secret that comes from a file. */
class SecretFile {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Writes it, and reads it as processes do at their start. */
  static async of(value: string, schema: z.ZodType<string>): Promise<SecretFile> {
    const file = new SecretFile(join(await mkdtemp(join(inject('sharedFolder'), 'secret-')), 'it'));
    await file.write(value);
    const read = readConfig(z.object({ IT: schema }), { IT_FILE: file.#path });
    expect(read).toEqual({ IT: value });
    return file;
  }

  async write(value: string): Promise<void> {
    await writeFile(`${this.#path}.new`, `${value}\n`);
    await rename(`${this.#path}.new`, this.#path);
  }
}

/** Sends requests until it is ended. */
class Requests {
  readonly #url: string;
  readonly #results: string[] = [];
  #isOver = false;
  readonly #sending: Promise<unknown>;

  constructor(url: string) {
    this.#url = url;
    this.#sending = Promise.all(
      Array.from({ length: 4 }, async (_, i) => {
        for (let n = i; !this.#isOver; n += 4) await this.#send(n);
      }),
    );
  }

  /** Sends many requests at once, for which the pools need more connections. */
  async burst(): Promise<void> {
    await Promise.all(Array.from({ length: 60 }, async (_, n) => this.#send(10_000 + n)));
  }

  /** Ends, and tells what was answered other than 200, of how many. */
  async end(): Promise<{ failed: string[]; sent: number }> {
    this.#isOver = true;
    await this.#sending;
    return {
      failed: this.#results.filter((result) => result !== '200'),
      sent: this.#results.length,
    };
  }

  async #send(n: number): Promise<void> {
    // no two are equal: none is answered from memory
    const path = `/titles?numVotesFrom=${n}&limit=50`;
    this.#results.push(
      await fetch(this.#url + path).then(
        async (answer) => {
          const body = await answer.text();
          return answer.ok ? '200' : `${answer.status} ${body}`;
        },
        (error: unknown) => String(error),
      ),
    );
  }
}

/** A system whose processes read their URLs of the database from files. */
async function startWithFiles(queue?: string) {
  const system = await startSystem({
    published: days,
    roles: true,
    ...(queue !== undefined && { queueUrl: queue }),
  });
  onTestFinished(async () => system.stop());
  await system.stopApi();
  const url = roleUrl(system.database.url, 'api');
  const file = await SecretFile.of(url, databaseUrl());
  await system.startApi();
  return { system, url, file };
}

describe('a secret that changes while requests go on', () => {
  it('is the password of the API in the database', LONG, async () => {
    const { system, url, file } = await startWithFiles();
    const sessions = async () =>
      (
        await system.query(
          `select distinct usename::text as login from pg_stat_activity
           where datname = current_database() and usename like 'marquee\\_api%' order by 1`,
        )
      ).map(({ login }) => login);
    expect(await sessions()).toEqual(['marquee_api']);
    const requests = new Requests(system.apiUrl);
    await system.query(`alter role marquee_api_2 password 'another'`);
    const second = new URL(url);
    second.username = 'marquee_api_2';
    second.password = 'another';
    // while somebody edits it, the file holds no URL
    await file.write('another');
    expect((await system.ask('GET', '/health/ready')).status).toBe(200);
    await file.write(second.href);
    await requests.burst();
    expect(await sessions()).toEqual(['marquee_api', 'marquee_api_2']);
    await system.query(`alter role marquee_api password null`);
    await requests.burst();
    // what is opened from now on needs the new login alone
    await system.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'marquee api watch'`,
    );
    await expect
      .poll(async () =>
        system.query(
          `select usename::text as login from pg_stat_activity
           where datname = current_database() and application_name = 'marquee api watch'`,
        ),
      )
      .toEqual([{ login: 'marquee_api_2' }]);
    const { failed, sent } = await requests.end();
    expect(failed).toEqual([]);
    expect(sent).toBeGreaterThan(200);
    expect(await system.run('/run-loader', { datasets: ['title.ratings'] })).toMatchObject({
      error: null,
    });
    await system.query(`alter role marquee_api_2 password null`);
  });

  it('is the password of Redis', { ...LONG, skip: lacks('redis') }, async () => {
    const redis = await startRedis();
    onTestFinished(async () => redis.stop());
    const file = await SecretFile.of(redis.url, queueUrl());
    const system = await startSystem({ published: days, queueUrl: redis.url });
    onTestFinished(async () => system.stop());
    const admin = new Redis(redis.url);
    onTestFinished(() => admin.disconnect());
    const requests = new Requests(system.apiUrl);
    await admin.acl('SETUSER', 'default', '>another');
    const url = new URL(redis.url);
    const old = url.password;
    url.password = 'another';
    await file.write(url.href);
    await admin.acl('SETUSER', 'default', `<${old}`);
    // every process loses its connections, and comes back with the new password
    await admin.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await expect.poll(async () => (await system.ask('GET', '/health/ready')).status).toBe(200);
    expect((await requests.end()).failed).toEqual([]);
    await system.update(days.day(1));
  });

  it('is the admin key of the configuration', LONG, async () => {
    const [first, second] = ['a', 'b'].map((letter) => `mq_${letter.repeat(43)}`) as [
      string,
      string,
    ];
    const file = await SecretFile.of(first, secret(z.string()));
    const system = await startSystem({
      workers: false,
      api: { API_ADMIN_KEY: first, OPERATING: 'keyed' },
    });
    onTestFinished(async () => system.stop());
    const may = async (key: string) =>
      (await fetch(`${system.apiUrl}/keys`, { headers: { authorization: `Bearer ${key}` } }))
        .status;
    expect([await may(first), await may(second)]).toEqual([200, 401]);
    await file.write(`${second},${first}`);
    await expect.poll(async () => may(second)).toBe(200);
    expect(await may(first)).toBe(200);
    await file.write(second);
    await expect.poll(async () => may(first)).toBe(401);
    expect(await may(second)).toBe(200);
  });
});
