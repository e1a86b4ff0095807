import type { z } from 'zod';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * The HTTP API, which all tools read: over a connection, or within its own process. Errors are
 * `UserError`s.
 */
export interface Api {
  get<S extends z.ZodType>(schema: S, path: string, query?: Query): Promise<z.infer<S>>;
  send<S extends z.ZodType>(
    method: 'POST',
    schema: S,
    path: string,
    body: object,
  ): Promise<z.infer<S>>;
}
