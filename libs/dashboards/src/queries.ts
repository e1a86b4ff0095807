import { z } from 'zod';
import type { Dashboard } from './dashboard.ts';

// the types of the SDK leave open what a query is
const page = z.object({
  panels: z.array(
    z.object({
      title: z.string().optional(),
      targets: z.array(z.object({ expr: z.string() })).optional(),
    }),
  ),
});

/** The queries of a dashboard, each with the title of its panel. */
export function queriesOf(dashboard: Dashboard): { title: string; expr: string }[] {
  return page
    .parse(dashboard)
    .panels.flatMap(({ title = '', targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
}
