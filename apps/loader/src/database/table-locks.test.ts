import { setTimeout as sleep } from 'node:timers/promises';
import { createPool } from '@marquee/catalogue';
import { useTestDatabase } from '@marquee/catalogue/testing';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import type { Pool } from 'pg';
import { beforeEach, expect, it } from 'vitest';
import { TRANSACTION_LIMITS, type TransactionLimits } from '../timings.ts';
import { lockTables } from './table-locks.ts';
import { endWhenIdle, inTransaction, withKeepAlive } from './transaction.ts';

const database = useTestDatabase();
let pool: Pool;
beforeEach(() => {
  pool = createPool(database.url, 'marquee loader', () => undefined);
  return async () => pool.end();
});

const TABLE = 'imdb.title_ratings';

/** A publish that locks readers out of a table, and then does some work. */
async function holding(
  limits: Partial<TransactionLimits>,
  work: Parameters<typeof inTransaction>[2],
): Promise<void> {
  const { signal } = new AbortController();
  await inTransaction(pool, signal, async (client, held) => {
    await client.query('select pg_sleep(0.4)');
    await lockTables(client, [TABLE], 'access exclusive', {
      ...TRANSACTION_LIMITS,
      ...limits,
      pool,
      signal,
      waitSeconds: 5,
      giveUpAt: Date.now() + 5000,
      onPhase: () => undefined,
    });
    await work(client, held);
    await client.query('select 1');
  });
}

/** Whether readers get their lock within some milliseconds. */
async function canRead(ms: number): Promise<boolean> {
  const statement = `set local lock_timeout = ${ms}; select from ${TABLE} limit 1`;
  return database.pool.query(statement).then(
    () => true,
    () => false,
  );
}

it('lets readers in when the session that locks them out is idle for too long', async () => {
  await expect(
    holding({ exclusiveIdleMs: 300 }, async () => {
      expect(await canRead(20)).toBe(false);
      expect(await canRead(2000)).toBe(true);
    }),
  ).rejects.toThrow(/^Client has encountered a connection error/u);
});

it('lets readers in when the session that locks them out is never idle, but takes too long', async () => {
  await expect(
    holding({ exclusiveMs: 300 }, async (client) => {
      expect(await canRead(20)).toBe(false);
      for (;;) await client.query('select pg_sleep(0.02)');
    }),
  ).rejects.toMatchObject({ code: SQLSTATE.transactionTimeout });
  expect(await canRead(20)).toBe(true);
});

it('counts from the moment readers are locked out', async () => {
  // shorter than the transaction has run before the lock
  await holding({ exclusiveMs: 300 }, async () => expect(await canRead(20)).toBe(false));
});

it('keeps a transaction alive while it awaits other work, and ends one that is idle', async () => {
  const { signal } = new AbortController();
  const waiting = async (isAlive: boolean) =>
    inTransaction(pool, signal, async (client) => {
      await endWhenIdle(client, 300);
      await (isAlive ? withKeepAlive(client, 300, sleep(900)) : sleep(900));
      await client.query('select 1');
    });
  await waiting(true);
  await expect(waiting(false)).rejects.toThrow(/^Client has encountered a connection error/u);
});
