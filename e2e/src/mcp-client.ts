import type { Answer, Ask } from '@marquee/mcp/testing';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

/** The versions of the protocol that servers speak. */
export const PROTOCOLS = ['2026-07-28', '2025-11-25'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** A client of the protocol, not yet connected. */
export function mcpClient(protocol: Protocol): Client {
  return new Client(
    { name: 'marquee-test', version: '1.0.0' },
    protocol === '2026-07-28' ? { versionNegotiation: { mode: { pin: protocol } } } : {},
  );
}

/** A client that is connected over HTTP. @param headers of each request, such as a key */
export async function connectMcp(
  apiUrl: string,
  protocol: Protocol = '2026-07-28',
  headers: Readonly<Record<string, string>> = {},
): Promise<Client> {
  const client = mcpClient(protocol);
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', apiUrl), {
    requestInit: { headers: { ...headers } },
  });
  await client.connect(transport);
  return client;
}

/** The text of an answer. */
export function textOf({ content }: Awaited<ReturnType<Client['callTool']>>): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** Calls tools by a client. @param onText receives the text of each answer */
export function askBy(client: Client, onText: (text: string) => void = () => undefined): Ask {
  return async (name, given) => {
    const result = await client.callTool({ name, arguments: { ...given } });
    const text = textOf(result);
    onText(text);
    if (result.isError === true) throw new Error(`${name}: ${text}`);
    return result.structuredContent as Answer;
  };
}
