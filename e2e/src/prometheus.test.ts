import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dashboards, queriesOf } from '@marquee/dashboards';
import { lacks } from '@marquee/process/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { RULES, startPrometheus } from './prometheus-server.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const ROOT = join(import.meta.dirname, '../..');

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
    await system.query(
      `insert into ingest.backup (id, state, requested_by) values ('20261130T080000Z', 'done', 'schedule')`,
    );
    const { ask, valueOf } = await startPrometheus(system.apiUrl, (text) =>
      text.replaceAll('interval: 30s', 'interval: 1s'),
    );
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
    const used = new Set(
      (await readFile(RULES, 'utf8')).match(/\b(?:marquee|nodejs)_[a-z0-9_]+(?=[{)[ ])/gu),
    );
    // has a value once there is a sink
    used.delete('marquee_event_sink_failures');
    // have values once there is a certificate: see tls-server.test.ts
    used.delete('marquee_certificate_expiry_timestamp_seconds');
    used.delete('marquee_certificate_refused');
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
