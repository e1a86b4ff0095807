import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chooseFilmFacts } from '@marquee/mcp/testing';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, it } from 'vitest';
import { Cli } from './cli.ts';
import { askBy, connectMcp, mcpClient, PROTOCOLS } from './mcp-client.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const run = promisify(execFile);
const MODULES = join(import.meta.dirname, '../../node_modules');
const INSPECTOR = join(MODULES, '@modelcontextprotocol/inspector/clients/launcher/build/index.js');
const CONFORMANCE = join(MODULES, '@modelcontextprotocol/conformance/dist/index.js');
const MARQUEE = join(import.meta.dirname, '../../apps/cli/bin/marquee.js');

const days = useDays({ titles: 1000, days: 3 });
const system = useSharedSystem(() => ({ workers: false, published: days, upTo: 2 }));
const facts = async () => {
  const client = await connectMcp(system.apiUrl);
  const chosen = await chooseFilmFacts(askBy(client));
  await client.close();
  return chosen;
};

/** Runs the command line of the inspector on the server. @returns its standard output */
async function inspect(era: 'modern' | 'legacy', ...args: string[]): Promise<string> {
  const url = `${system.apiUrl}/mcp`;
  const common = ['--cli', url, '--transport', 'http', '--protocol-era', era];
  const { stdout } = await run(process.execPath, [INSPECTOR, ...common, ...args]);
  return stdout;
}

describe('the inspector', { tags: ['long'] }, () => {
  it.each(['modern', 'legacy'] as const)(
    'finds no fault in the schemas, as a %s client',
    async (era) => {
      // it exits with 6 for a schema that some model would reject
      const listed = await inspect(era, '--method', 'tools/list', '--strict');
      const { tools } = JSON.parse(listed) as { tools: { name: string }[] };
      expect(tools).toHaveLength(10);
    },
  );

  it('calls each tool', async () => {
    const { movie, series, actor, partner, stranger } = await facts();
    const calls = {
      search: { query: movie.title },
      title: { id: movie.id },
      person: { id: actor.id, part: 'works' },
      discover: { genre: 'Drama', numVotesFrom: 100 },
      episodes: { series: series.id },
      rank_people: { as: 'director' },
      compare_people: { people: [actor.id, partner.id] },
      connect_people: { from: actor.id, to: stranger.id },
      match: { title: movie.title, year: movie.year },
      changes: { what: 'movers', minVotes: 100 },
    };
    for (const [name, given] of Object.entries(calls)) {
      const args = ['--method', 'tools/call', '--tool-name', name];
      const text = await inspect('modern', ...args, '--tool-args-json', JSON.stringify(given));
      const answer = JSON.parse(text) as { isError?: boolean; structuredContent: object };
      expect(answer.isError ?? false, `${name}: ${text}`).toBe(false);
      const lists = Object.values(answer.structuredContent).flatMap((value) =>
        Array.isArray(value) ? [value.length] : [],
      );
      if (name !== 'title') expect(Math.max(...lists), `${name}: ${text}`).toBeGreaterThan(0);
    }
  });

  it('reads a resource', async () => {
    const { movie } = await facts();
    const uri = `marquee://title/${movie.id}`;
    expect(await inspect('modern', '--method', 'resources/read', '--uri', uri)).toContain(movie.id);
  });
});

/**
 * Scenarios of the conformance suite that fail by design: they call tools, prompts and resources
 * that only its own example server has, or need what this server does not offer.
 */
const EXPECTED_FAILURES: Readonly<Record<string, readonly string[]>> = {
  'tools of the example server': [
    'tools-call-simple-text',
    'tools-call-image',
    'tools-call-audio',
    'tools-call-embedded-resource',
    'tools-call-mixed-content',
    'tools-call-with-logging',
    'tools-call-error',
    'tools-call-with-progress',
    'tools-call-sampling',
    'tools-call-elicitation',
    'json-schema-2020-12',
    'elicitation-sep1034-defaults',
    'elicitation-sep1330-enums',
  ],
  'resources of the example server; titles and people are not listed': [
    'resources-read-text',
    'resources-read-binary',
    'resources-templates-read',
    'resources-subscribe',
    'resources-unsubscribe',
  ],
  'no prompts': [
    'prompts-list',
    'prompts-get-simple',
    'prompts-get-with-args',
    'prompts-get-embedded-resource',
    'prompts-get-with-image',
  ],
  'no sessions: a stream that breaks is not resumed, a call is sent again': [
    'server-sse-polling',
    'server-sse-multiple-streams',
  ],
  'no completion of arguments, no logging to clients': ['completion-complete', 'logging-set-level'],
};

describe('the conformance suite', { tags: ['long'] }, () => {
  it('passes but for what fails by design', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-conformance-'));
    const scenarios = Object.values(EXPECTED_FAILURES).flat();
    const list = `server:\n${scenarios.map((name) => `  - ${name}\n`).join('')}`;
    await writeFile(join(folder, 'expected.yml'), list);
    const args = ['server', '--url', `${system.apiUrl}/mcp`, '--suite', 'all'];
    // it exits with 1 for another failure, and for a scenario that no longer fails
    const { stdout } = await run(
      process.execPath,
      [CONFORMANCE, ...args, '--expected-failures', join(folder, 'expected.yml')],
      { cwd: folder, maxBuffer: 2 ** 26 },
    );
    expect(stdout).toContain('dns-rebinding-protection');
    await rm(folder, { recursive: true });
  });
});

describe('marquee mcp', { tags: ['long'] }, () => {
  it.each(PROTOCOLS)(
    'answers on standard input and output as the server does, to %s',
    async (protocol) => {
      const client = mcpClient(protocol);
      const env = new Cli(system).environment() as Record<string, string>;
      await client.connect(
        new StdioClientTransport({ command: process.execPath, args: [MARQUEE, 'mcp'], env }),
      );
      const remote = await connectMcp(system.apiUrl, protocol);
      expect(await client.listTools()).toEqual(await remote.listTools());
      const { movie } = await facts();
      const [here, there] = [askBy(client), askBy(remote)];
      expect(await here('title', { id: movie.id })).toEqual(await there('title', { id: movie.id }));
      await expect(here('discover', { genre: 'Dramma' })).rejects.toThrow('did you mean Drama');
      await client.close();
      await remote.close();
    },
  );

  it('ends when its input does', async () => {
    const { code, stderr } = await new Cli(system).run('mcp');
    expect([code, stderr]).toEqual([0, '']);
  });

  it('says what is wrong if no server answers', async () => {
    const client = mcpClient('2025-11-25');
    const env = { ...new Cli(system).environment(), MARQUEE_URL: 'http://127.0.0.1:1' } as Record<
      string,
      string
    >;
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: [MARQUEE, 'mcp'], env }),
    );
    await expect(askBy(client)('discover', {})).rejects.toThrow('Nothing answers at');
    await client.close();
  });
});
