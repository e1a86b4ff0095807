import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { serializeError } from '../../load/thread/serialized-error.ts';
import { writeDuckDbFile } from './duckdb-file.ts';
import { writeParquetFile } from './parquet-file.ts';
import { writeSqliteFile } from './sqlite-file.ts';
import type { ExportTask, MadeFile, TaskAnswer } from './tasks.ts';

/**
 * The child process of the loader that makes the files of exports, one task after another. DuckDB's
 * memory and its crashes stay here. It ends with the loader, whose death closes the channel.
 */
process.on('disconnect', () => process.exit(0));
process.on('message', (task: ExportTask) => {
  void make(task).then(
    (made) => answer({ made }),
    (error: unknown) => answer({ error: serializeError(error) }),
  );
});

function answer(message: TaskAnswer): void {
  process.send?.(message);
}

async function make(task: ExportTask): Promise<MadeFile> {
  const rows = await rowsOf(task);
  const hash = createHash('sha256');
  await pipeline(createReadStream(task.file, { highWaterMark: 1024 * 1024 }), hash);
  return { rows, bytes: (await stat(task.file)).size, sha256: hash.digest('hex') };
}

async function rowsOf(task: ExportTask): Promise<number> {
  switch (task.kind) {
    case 'parquet':
      return writeParquetFile(task);
    case 'duckdb':
      return writeDuckDbFile(task);
    case 'sqlite':
      return writeSqliteFile(task);
  }
}
