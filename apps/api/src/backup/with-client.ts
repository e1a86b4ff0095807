import { UrlClient } from '@marquee/postgres/url-client';
import type { Client } from 'pg';

/** Does work on a connection of its own. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new UrlClient({
    connectionString: url,
    application_name: 'marquee backup',
    options: '-c search_path=pg_catalog',
  });
  // a lost connection rejects the statement that needs it
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
