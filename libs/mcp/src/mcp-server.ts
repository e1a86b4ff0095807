import { McpServer } from '@modelcontextprotocol/server';
import type { Api } from './api.ts';
import { addResources } from './resources.ts';
import type { AddTool } from './tool.ts';
import { changes } from './tools/changes.ts';
import { comparePeople } from './tools/compare-people.ts';
import { connectPeople } from './tools/connect-people.ts';
import { discover } from './tools/discover.ts';
import { episodes } from './tools/episodes.ts';
import { match } from './tools/match.ts';
import { person } from './tools/person.ts';
import { rankPeople } from './tools/rank-people.ts';
import { search } from './tools/search.ts';
import { sql } from './tools/sql.ts';
import { title } from './tools/title.ts';

/** The tools of every server, at most ten: each costs room in every conversation. */
const TOOLS: readonly AddTool[] = [
  search,
  title,
  person,
  discover,
  episodes,
  rankPeople,
  comparePeople,
  connectPeople,
  match,
  changes,
];

/** Version of the tools, which clients show. */
const VERSION = '0.1.0';

const INSTRUCTIONS = `Answers questions about films, series and people from a copy of IMDb's datasets.
Get ids with search (or match, if year or director is known); the other tools take ids.
Ratings are IMDb users', 1 to 10. There are no plots, awards or box office, unless title with part sources has them.
Every answer has data.day, the day of the data, and data.source, which must be named beside what you tell.
Answers are short: pass more for the next items. If an answer has no items, note says why.`;

/** What a server is made of. */
export interface McpServerOptions {
  readonly api: Api;
  /** Whether it has the tool `sql` too. */
  readonly hasSql: boolean;
}

/** A server of the Model Context Protocol whose tools read the API. */
export function createMcpServer({ api, hasSql }: McpServerOptions): McpServer {
  const server = new McpServer(
    {
      name: 'marquee',
      title: 'marquee: films, series and people',
      version: VERSION,
      websiteUrl: 'https://developer.imdb.com/non-commercial-datasets/',
    },
    {
      instructions: INSTRUCTIONS,
      // neither list ever changes while a server runs
      capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
    },
  );
  for (const add of hasSql ? [...TOOLS, sql] : TOOLS) add(server, api);
  addResources(server, api);
  return server;
}
