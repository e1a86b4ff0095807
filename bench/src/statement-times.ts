import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

/**
 * Sums up what PostgreSQL says of how long statements took it, without the way there and back: its
 * log is the one place that knows all of them.
 */
export class StatementTimes {
  #ms = 0;

  /**
   * Takes a line of its log. Of whom else there is, only what is done once a second or less has
   * parameters too.
   */
  addLine(line: string): void {
    const [, ms] = /^LOG: {2}duration: ([\d.]+) ms {2}(?:parse|bind|execute) /u.exec(line) ?? [];
    this.#ms += Number(ms ?? 0);
  }

  /** PostgreSQL's own time, in ms, for all that is asked of it by the way of `work`. */
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
  // sessions take it up when they are next asked something, and the log has a way to go
  await sleep(300);
}
