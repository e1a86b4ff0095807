import { finished } from 'node:stream/promises';
import { createMcpServer } from '@marquee/mcp';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Command } from 'commander';
import type { Context } from '../context/context.ts';
import { examples } from '../options/values.ts';
import type { RunCommand } from './run-command.ts';

interface McpOptions {
  readonly sql?: boolean;
}

export function defineMcp(command: Command, run: RunCommand): void {
  command
    .option('--sql', 'offer the tool sql too; the server must allow it with API_SQL=true')
    .action(async (options: McpOptions, self: Command) =>
      run(self, async (context) => serveMcp(context, options)),
    );
  examples(command, 'mcp', '--url https://films.example.org --key mq_… mcp').addHelpText(
    'after',
    '\nA client of the Model Context Protocol starts this command; see docs/mcp.md.',
  );
}

/** Serves the Model Context Protocol until standard input ends. */
async function serveMcp(context: Context, { sql = false }: McpOptions): Promise<void> {
  const { signal } = context;
  const api = context.apiFor({
    unreachable: context.startHint,
    unexpectedAnswer: 'Another server, or another version of the API, answers at this address.',
    invalidKey: 'The key of this server (--key or MARQUEE_KEY) is not one.',
    problem: ({ hint }) => hint ?? null,
  });
  const server = serveStdio(() => createMcpServer({ api, hasSql: sql }));
  await finished(process.stdin, { writable: false, signal }).catch(() => undefined);
  await server.close();
}
