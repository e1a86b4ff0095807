import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dashboards, queriesOf } from '@marquee/dashboards';
import { freePort } from '@marquee/process';
import { lacks } from '@marquee/process/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const ROOT = join(import.meta.dirname, '../..');
const RULES = join(ROOT, 'deploy/prometheus/marquee.rules.yml');

const days = useDays({ titles: 1000, days: 1 });
const system = useSharedSystem(() => ({ published: days }));

describe('rules and dashboards for Prometheus', () => {
  const inPrometheus = { skip: lacks('prometheus'), tags: ['long'] };

  it('are valid, and alert as their tests say', inPrometheus, () => {
    const { status, stdout, stderr } = spawnSync(
      'promtool',
      ['test', 'rules', join(ROOT, 'deploy/prometheus/marquee.rules.test.yml')],
      { encoding: 'utf8' },
    );
    expect(status, stdout + stderr).toBe(0);
  });

  it('have a test and a runbook for each alert', async () => {
    const rules = await readFile(RULES, 'utf8');
    const tests = await readFile(RULES.replace('.rules.', '.rules.test.'), 'utf8');
    const books = await readFile(join(ROOT, 'docs/runbooks.md'), 'utf8');
    const alerts = [...rules.matchAll(/- alert: (\w+)/gu)].map(([, name = '']) => name);
    expect(alerts.length).toBeGreaterThan(10);
    for (const alert of alerts) {
      expect(tests).toContain(`alertname: ${alert}\n`);
      expect(books).toContain(`\`${alert}\``);
    }
    const headings = [...books.matchAll(/^## (.+)$/gmu)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    for (const [, anchor] of rules.matchAll(/runbook: docs\/runbooks\.md#(.+)$/gmu))
      expect(headings).toContain(anchor);
  });

  it('read what a server tells Prometheus', inPrometheus, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-prometheus-'));
    const port = await freePort();
    const rules = await readFile(RULES, 'utf8');
    await writeFile(join(folder, 'rules.yml'), rules.replaceAll('interval: 30s', 'interval: 1s'));
    await writeFile(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs:
  - job_name: marquee
    static_configs: [{ targets: ['${new URL(system.apiUrl).host}'] }]
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
    const valueOf = async (query: string) =>
      z
        .object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) })
        .parse(await ask(`query?query=${encodeURIComponent(query)}`)).result[0]?.value[1];
    // rates need requests
    const requests = setInterval(() => {
      void system.ask('GET', '/titles?limit=1');
    }, 200);
    onTestFinished(() => {
      clearInterval(requests);
    });
    await expect
      .poll(async () => valueOf('marquee:slow_reads:ratio_rate5m').catch(() => undefined))
      .toBeDefined();
    expect(Number(await valueOf('marquee:data_age:seconds'))).toBeLessThan(3600);
    expect(Number(await valueOf('sum(marquee:requests:rate5m)'))).toBeGreaterThan(0);
    const { groups } = z
      .object({
        groups: z.array(
          z.object({
            rules: z.array(
              z.object({ name: z.string(), health: z.string(), state: z.string().optional() }),
            ),
          }),
        ),
      })
      .parse(await ask('rules'));
    const all = groups.flatMap((group) => group.rules);
    expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(all.filter(({ state }) => state === 'firing')).toEqual([]);
    const known = new Set(z.array(z.string()).parse(await ask('label/__name__/values')));
    const used = new Set(rules.match(/\b(?:marquee|nodejs)_[a-z0-9_]+(?=[{)[ ])/gu));
    // has a value once there is a sink
    used.delete('marquee_event_sink_failures');
    expect([...used].filter((name) => !known.has(name))).toEqual([]);

    const charts = Object.values(dashboards).flatMap(queriesOf);
    const values = await Promise.all(
      charts.map(async ({ expr }) =>
        valueOf(expr.replaceAll('$__rate_interval', '10s').replaceAll('$instance', '.*')),
      ),
    );
    const empty = charts.flatMap(({ title }, i) => (values[i] === undefined ? [title] : []));
    // no alert fires, nothing was here an hour ago, and there are no sources and sinks
    expect(empty).toEqual(['Alerts', 'Runs of an hour', 'Deliveries', 'Unsent events']);
  });
});
