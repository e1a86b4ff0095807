import fastify from 'fastify';
import fstatic from '@fastify/static';
export async function serveSample({folder, port}: {folder: string; port: number}) {
  const app = fastify(); await app.register(fstatic, { root: folder });
  await app.listen({port, host: '127.0.0.1'});
  const a = app.server.address() as {port: number};
  return { url: `http://127.0.0.1:${a.port}/`, close: async () => { await app.close(); } };
}
