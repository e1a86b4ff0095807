import { parseArgs } from 'node:util';
import { estimateTokens } from '@marquee/mcp';
import { chooseFilmFacts, FILM_QUESTIONS, type Answer, type Ask } from '@marquee/mcp/testing';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { printTable } from './table.ts';

/**
 * `npm run bench:mcp -- [--url http://127.0.0.1:3000] [--key mq_…]`: how many tokens the answers to
 * thirty questions about films take, and how long they take, on a server that runs.
 *
 * Tokens are those of `o200k_base`; other models count up to a fifth differently. `estimate` is what
 * the server limits answers by.
 */

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    key: { type: 'string' },
  },
});

/** A call of a tool. */
interface Call {
  readonly tool: string;
  readonly tokens: number;
  readonly estimate: number;
  readonly ms: number;
}

const calls: Call[] = [];
const client = new Client(
  { name: 'marquee-bench', version: '1.0.0' },
  { versionNegotiation: { mode: { pin: '2026-07-28' } } },
);
const headers = values.key === undefined ? {} : { authorization: `Bearer ${values.key}` };
await client.connect(
  new StreamableHTTPClientTransport(new URL('/mcp', values.url), { requestInit: { headers } }),
);

const ask: Ask = async (tool, given) => {
  const start = performance.now();
  const result = await client.callTool({ name: tool, arguments: { ...given } });
  const text = result.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  if (result.isError === true) throw new Error(`${tool}: ${text}`);
  const ms = performance.now() - start;
  calls.push({ tool, tokens: countTokens(text), estimate: estimateTokens(text), ms });
  return result.structuredContent as Answer;
};

const { tools } = await client.listTools();
const facts = await chooseFilmFacts(ask);
const rows: string[][] = [];
for (const { question, plan } of Object.values(FILM_QUESTIONS)) {
  const first = calls.length;
  await plan(ask, facts);
  const made = calls.slice(first);
  const sum = (of: (call: Call) => number) => made.reduce((total, call) => total + of(call), 0);
  rows.push([
    question(facts),
    made.map(({ tool }) => tool).join(', '),
    String(sum(({ tokens }) => tokens)),
    sum(({ ms }) => ms).toFixed(0),
  ]);
}
await client.close();

printTable(['question', 'calls', 'tokens', 'ms'], rows);
console.log('');
printTable(
  ['tool', 'answers', 'median tokens', 'longest', 'median ms'],
  [...Map.groupBy(calls, ({ tool }) => tool)].map(([tool, made]) => [
    tool,
    String(made.length),
    String(quantile(made, 'tokens', 0.5)),
    String(quantile(made, 'tokens', 1)),
    quantile(made, 'ms', 0.5).toFixed(0),
  ]),
);
const ratio = Math.max(...calls.map((call) => call.tokens / call.estimate));
console.log(
  `\n${calls.length} answers: median ${quantile(calls, 'tokens', 0.5)} tokens, 95% ${quantile(calls, 'tokens', 0.95)}, longest ${quantile(calls, 'tokens', 1)}; at most ${(100 * ratio).toFixed(0)}% of the estimate.`,
);
const told = tools.map(({ name, description, inputSchema }) => ({
  name,
  description,
  inputSchema,
}));
console.log(
  `The ${tools.length} tools take ${countTokens(JSON.stringify(told))} tokens of a conversation, with the schemas of answers ${countTokens(JSON.stringify(tools))}.`,
);

/** The value below which a share of the calls are. */
function quantile(made: readonly Call[], of: 'tokens' | 'ms', share: number): number {
  const sorted = made.map((call) => call[of]).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
