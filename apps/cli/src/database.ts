import type { Context } from './context.ts';

/**
 * The database's URL, where it is known: as it was given, that of the embedded stack, or of the one
 * in Docker.
 */
export function databaseUrl({ config, stack, isOwn }: Context, given?: string): string | null {
  const named = given ?? config.DATABASE_URL;
  if (named !== undefined) return named;
  if (stack !== null) return stack.databaseUrl;
  if (!isOwn || config.POSTGRES_PASSWORD === undefined) return null;
  return `postgres://marquee:${encodeURIComponent(config.POSTGRES_PASSWORD)}@127.0.0.1:${config.POSTGRES_PORT}/marquee`;
}
