import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@marquee/process';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

/** The rules that are shipped. */
export const RULES = join(import.meta.dirname, '../../deploy/prometheus/marquee.rules.yml');

const Vector = z.object({
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      value: z.tuple([z.number(), z.string()]),
    }),
  ),
});

/** A Prometheus that scrapes one API each second, until the test has ended. */
export interface Prometheus {
  /** The data of an answer of its HTTP API. @param path below `/api/v1/` */
  readonly ask: (path: string) => Promise<unknown>;
  /** The first value of a query; undefined if it has none. */
  readonly valueOf: (query: string) => Promise<string | undefined>;
  /** The names of the alerts that fire. */
  readonly firing: () => Promise<Set<string>>;
}

/**
 * Starts a Prometheus on the rules that are shipped.
 *
 * @param adjust makes them quicker
 * @param authority file of who has issued the certificate of the API, if it speaks TLS
 */
export async function startPrometheus(
  apiUrl: string,
  adjust: (rules: string) => string,
  authority?: string,
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'marquee-prometheus-'));
  const port = await freePort();
  await writeFile(join(folder, 'rules.yml'), adjust(await readFile(RULES, 'utf8')));
  const { protocol, host } = new URL(apiUrl);
  await writeFile(
    join(folder, 'prometheus.yml'),
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs:
  - job_name: marquee
    scheme: ${protocol.replace(':', '')}
    ${authority === undefined ? '' : `tls_config: { ca_file: ${authority} }`}
    static_configs: [{ targets: ['${host}'] }]
`,
  );
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'inherit' },
  );
  onTestFinished(async () => {
    prometheus.kill();
    await once(prometheus, 'exit');
    await rm(folder, { recursive: true });
  });
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    return ((await response.json()) as { data: unknown }).data;
  };
  const query = async (text: string) =>
    Vector.parse(await ask(`query?query=${encodeURIComponent(text)}`)).result;
  return {
    ask,
    valueOf: async (text) => (await query(text))[0]?.value[1],
    firing: async () =>
      new Set(
        (await query('ALERTS{alertstate="firing"}')).map(({ metric }) => metric['alertname'] ?? ''),
      ),
  };
}
