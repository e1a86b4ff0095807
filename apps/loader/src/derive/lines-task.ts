import { connectTo, type Connection } from '../database/connection.ts';
import type { ThreadTask } from '../load/thread/thread-task.ts';
import { lineMaker, type LineSource } from './copy-lines.ts';
import { readRows } from './row-streams.ts';

/**
 * Characters collected before they are passed on. Until then they are many small strings, which
 * survive minor garbage collections: so the number is small.
 */
const CHUNK_LENGTH = 32 * 1024;

/** Reads rows from the database, and makes COPY lines from them. */
export const LINES: ThreadTask<
  { readonly connection: Connection; readonly source: LineSource },
  object
> = {
  name: 'lines',
  async *run({ connection, source }) {
    const client = await connectTo(connection);
    try {
      const lineOf = await lineMaker(client, source);
      let lines = '';
      for await (const rows of readRows(client, source.query)) {
        for (const row of rows) lines += lineOf(row);
        if (lines.length < CHUNK_LENGTH) continue;
        yield { copy: Buffer.from(lines) };
        lines = '';
      }
      yield { copy: Buffer.from(lines) };
    } finally {
      await client.end();
    }
  },
};
