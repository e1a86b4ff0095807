import { useTestDatabase } from '@marquee/catalogue/testing';
import { withLogFields } from '@marquee/process';
import { expect, it } from 'vitest';
import { API_TIMINGS } from '../timings.ts';
import { Connections } from './connections.ts';
import { Database } from './database.ts';
import { ReadServers } from './read-servers.ts';

const database = useTestDatabase();

it('tells pg_stat_activity which request a statement without a name is of', async () => {
  const connections = new Connections(database.url, () => undefined);
  const servers = new ReadServers(connections, API_TIMINGS);
  const reads = Database.across(servers);
  const text = 'select query from pg_stat_activity where pid = pg_backend_pid()';
  const query = async (name: string) =>
    withLogFields({ request: 'one' }, async () => reads.read({ name, text }, []));
  expect(await query('')).toEqual([{ query: `/* request one */ ${text}` }]);
  // it is prepared once, for all requests
  expect(await query('named')).toEqual([{ query: text }]);
  expect(await reads.read({ name: '', text }, [])).toEqual([{ query: text }]);
  await servers.onApplicationShutdown();
  await connections.onApplicationShutdown();
});
