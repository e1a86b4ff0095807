import type { Context } from './context.ts';

/**
 * The database's URL: the given one, else DATABASE_URL, else that of the running embedded stack or
 * of the stack in Docker; null if unknown. Contains the password: never print or log it.
 */
export function databaseUrl(
  { config, stack, isLocalStack }: Context,
  given?: string,
): string | null {
  const url = given ?? config.DATABASE_URL;
  if (url !== undefined) return url;
  if (stack !== null) return stack.databaseUrl;
  if (!isLocalStack || config.POSTGRES_READER_PASSWORD === undefined) return null;
  return `postgres://marquee_reader:${encodeURIComponent(config.POSTGRES_READER_PASSWORD)}@127.0.0.1:${config.POSTGRES_PORT}/marquee`;
}
