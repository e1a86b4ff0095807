import { rm } from 'node:fs/promises';
import { countOf, literal, withDuckDb } from './duckdb.ts';
import type { DatabaseTask } from './tasks.ts';

/**
 * Writes tables into a DuckDB file. They have no keys: DuckDB would hold the index of a key in
 * memory, and finds rows of a sorted table without it.
 *
 * @returns the number of rows
 */
export async function writeDuckDbFile({ file, tables }: DatabaseTask): Promise<number> {
  await rm(file, { force: true });
  return withDuckDb(
    file,
    async (duckDb) => {
      await duckDb.run(`attach ${literal(file)} as made`);
      let rows = 0;
      for (const { name, comment, columns, parquet } of tables) {
        rows += await countOf(
          duckDb,
          `create table made.${name} as select * from read_parquet(${literal(parquet)})`,
        );
        await duckDb.run(`comment on table made.${name} is ${literal(comment)}`);
        for (const column of columns)
          await duckDb.run(
            `comment on column made.${name}.${column.name} is ${literal(column.comment)}`,
          );
      }
      await duckDb.run('detach made');
      return rows;
    },
    2,
  );
}
