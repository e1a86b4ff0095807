import { setTimeout as sleep } from 'node:timers/promises';
import { hostUrls } from '@marquee/process';
import { Client } from 'pg';
import { SQLSTATE } from './sqlstates.ts';

/** How long a server may take to say whether it is the primary. */
const ANSWER_MS = 1000;

/** How long the others may take once one is known to be: one that is cut off delays no connection. */
const OTHERS_MS = 100;

/** None of the servers of a database takes writes: a replica is about to be promoted, or none is up. */
class NoPrimaryError extends Error {
  override readonly name = 'NoPrimaryError';
  /** As a server that is starting: what needs it tries again. */
  readonly code = SQLSTATE.cannotConnectNow;
}

/** The searches under way: the connections of a pool are opened together. */
const searches = new Map<string, Promise<string>>();

/**
 * The URL of the server that takes writes, of those that a URL names.
 *
 * @throws NoPrimaryError
 */
export async function findPrimary(url: string): Promise<string> {
  const search =
    searches.get(url) ??
    askAll(hostUrls(url)).finally(() => {
      searches.delete(url);
    });
  searches.set(url, search);
  return search;
}

/** What a server says of itself: the primary has a timeline, which each promotion counts up. */
interface Answer {
  readonly url: string;
  readonly timeline: number | null;
  readonly fault: string;
}

/**
 * Asks all servers at once. If several take writes, an old primary has come back that nobody has
 * made a replica: the one that was promoted last is the primary.
 */
async function askAll(urls: readonly string[]): Promise<string> {
  const answers: Answer[] = [];
  const primaries = () => answers.filter(({ timeline }) => timeline !== null);
  await new Promise<void>((resolve) => {
    const asked = urls.map(async (url) => {
      answers.push(await ask(url));
      if (primaries().length > 0) void sleep(OTHERS_MS).then(resolve);
    });
    void Promise.all(asked).then(() => resolve());
  });
  const [latest] = primaries().sort((a, b) => (b.timeline ?? 0) - (a.timeline ?? 0));
  if (latest !== undefined) return latest.url;
  throw new NoPrimaryError(
    `No server of the database takes writes. ${urls.map((url) => `${new URL(url).host}: ${answers.find((answer) => answer.url === url)?.fault ?? 'no answer'}`).join('; ')}.`,
  );
}

async function ask(url: string): Promise<Answer> {
  const client = new Client({
    connectionString: url,
    application_name: 'marquee looks for the primary',
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
  });
  // the query under way rejects with the same error
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ timeline: string | null }>(
      `select case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end as timeline`,
    );
    const timeline = rows[0]?.timeline ?? null;
    return {
      url,
      timeline: timeline === null ? null : Number.parseInt(timeline, 16),
      fault: 'a replica',
    };
  } catch (error) {
    return { url, timeline: null, fault: (error as Error).message };
  } finally {
    client.end().catch(() => undefined);
  }
}
