import { UrlClient } from '@marquee/postgres/url-client';
import { readConfigOrExit } from '@marquee/process';
import { formatBytes } from '@marquee/process/format-bytes';
import { LoaderConfig } from './config.ts';
import {
  buildIndex,
  dropIndex,
  isRunActive,
  RECOMMENDED_INDEXES,
} from './indexes/recommended-indexes.ts';

/**
 * Builds the recommended indexes one after another, or with `--drop` drops them, and prints what
 * each takes. Readers and the API go on meanwhile.
 */
const { DATABASE_URL } = await readConfigOrExit(
  LoaderConfig.pick({ DATABASE_URL: true }),
  process.env,
);
const isDrop = process.argv.includes('--drop');
const client = new UrlClient({
  connectionString: DATABASE_URL,
  application_name: 'marquee indexes',
  options: '-c search_path=imdb,public -c maintenance_work_mem=256MB',
});
await client.connect();
try {
  process.exitCode = await run();
} finally {
  await client.end();
}

async function run(): Promise<number> {
  if (await isRunActive(client)) {
    console.error('A run is active. Wait until it has ended, and try again: marquee runs');
    return 1;
  }
  // for the trigrams; it is a trusted extension, so the loader's role may create it
  if (!isDrop) await client.query('create extension if not exists pg_trgm with schema public');
  let bytes = 0;
  for (const index of RECOMMENDED_INDEXES) {
    if (isDrop) {
      const freed = await dropIndex(client, index.name);
      bytes += freed ?? 0;
      print(index.name, freed === null ? 'was not there' : formatBytes(freed), '');
    } else {
      const cost = await buildIndex(client, index);
      bytes += cost.bytes;
      const time = cost.seconds === null ? 'existed' : `${cost.seconds.toFixed(1)} s`;
      print(index.name, `${formatBytes(cost.bytes)}, ${time}`, index.purpose);
    }
  }
  console.log(
    isDrop
      ? `Dropped; ${formatBytes(bytes)} are free again.`
      : `They take ${formatBytes(bytes)}. Full loads build them again. To drop them: make indexes DROP=1`,
  );
  return 0;
}

function print(name: string, cost: string, purpose: string): void {
  console.log(`${name.padEnd(30)}${cost.padEnd(20)}${purpose}`.trimEnd());
}
