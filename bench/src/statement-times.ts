import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

/**
 * Sums the durations of statements in PostgreSQL's log, without round trips. Only the log covers
 * the statements of all sessions.
 */
export class StatementTimes {
  #ms = 0;

  /**
   * Adds a line of the log. Only statements with parameters count: other sessions run such ones at
   * most once a second.
   */
  addLine(line: string): void {
    const [, ms] = /^LOG: {2}duration: ([\d.]+) ms {2}(?:parse|bind|execute) /u.exec(line) ?? [];
    this.#ms += Number(ms ?? 0);
  }

  /** Time that PostgreSQL spends on statements during `work`, in ms. */
  async during(client: Client, work: () => Promise<void>): Promise<number> {
    await set(client, '0');
    this.#ms = 0;
    await work();
    await set(client, '-1');
    return this.#ms;
  }
}

async function set(client: Client, ms: string): Promise<void> {
  await client.query(`alter system set log_min_duration_statement = ${ms}`);
  await client.query('select pg_reload_conf()');
  // sessions apply it at their next statement, and log lines arrive with a delay
  await sleep(300);
}
