export type { Api } from './api.ts';
export { estimateTokens, MAX_TOKENS } from './answer-size.ts';
export { createMcpServer, type McpServerOptions } from './mcp-server.ts';
