import { once } from 'node:events';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { definitionOf } from '@marquee/datasets';
import fastify from 'fastify';
import { Pool } from 'pg';

/** The statement of `GET /titles/{tconst}`. */
export const TITLE_BY_ID = `select ${definitionOf('title.basics')
  .columns.map(({ name, sql }) => `t.${sql} as "${name}"`)
  .join(', ')} from imdb.title_basics as t where t.tconst = $1::text`;

/**
 * Starts a minimal server for titles as a baseline: Fastify, a pool and a prepared statement, in
 * its own process.
 */
export async function startBareServer(
  databaseUrl: string,
): Promise<{ url: string; pid: number | null; stop(): Promise<void> }> {
  const child = fork(fileURLToPath(import.meta.url), [databaseUrl], {
    env: { NODE_ENV: 'production' },
  });
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    pid: child.pid ?? null,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function serve(databaseUrl: string): Promise<void> {
  const pool = new Pool({ connectionString: databaseUrl, max: 16 });
  const server = fastify();
  server.get<{ Params: { tconst: string } }>('/titles/:tconst', async ({ params }, reply) => {
    const { rows } = await pool.query<object>({
      name: 'title',
      text: TITLE_BY_ID,
      values: [params.tconst],
    });
    return rows[0] ?? reply.status(404).send({});
  });
  process.send?.(await server.listen({ host: '127.0.0.1', port: 0 }));
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send !== undefined)
  await serve(process.argv[2] ?? '');
