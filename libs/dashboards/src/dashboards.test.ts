import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dashboards, queriesOf } from './index.ts';

const FOLDER = join(import.meta.dirname, '../../../deploy/grafana');

describe('dashboards for Grafana', () => {
  it.each(Object.entries(dashboards))('%s is that of deploy/grafana', async (name, dashboard) => {
    await expect(`${JSON.stringify(dashboard, null, 2)}\n`).toMatchFileSnapshot(
      join(FOLDER, `${name}.json`),
    );
  });

  it('are all in deploy/grafana, and nothing else is', async () => {
    const files = Object.keys(dashboards).map((name) => `${name}.json`);
    expect((await readdir(FOLDER)).toSorted()).toEqual(files.toSorted());
  });

  it.each(Object.entries(dashboards))(
    '%s has panels side by side, none over another',
    (_, { panels }) => {
      const cells = (panels ?? []).flatMap(({ gridPos: { x = 0, y = 0, w = 0, h = 0 } = {} }) =>
        Array.from({ length: w * h }, (_cell, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
      );
      expect(cells.length).toBeGreaterThan(24);
      expect(new Set(cells).size).toBe(cells.length);
      expect(cells.join()).not.toContain('.');
    },
  );

  it('have a description and a query for each panel', () => {
    for (const dashboard of Object.values(dashboards)) {
      const panels = (dashboard.panels ?? []).filter(({ type }) => type !== 'row');
      const asked = new Set(queriesOf(dashboard).map(({ title }) => title));
      for (const panel of panels) {
        expect(panel).toHaveProperty('description');
        expect(asked).toContain(panel.title);
      }
    }
  });
});
