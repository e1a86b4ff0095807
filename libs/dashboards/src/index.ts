import type { Dashboard } from './dashboard.ts';
import { dataDashboard } from './data-dashboard.ts';
import { serviceDashboard } from './service-dashboard.ts';

export { queriesOf } from './queries.ts';

/** The dashboards for Grafana, by the name of their file in `deploy/grafana`. */
export const dashboards: Readonly<Record<string, Dashboard>> = {
  'marquee-service': serviceDashboard,
  'marquee-data': dataDashboard,
};
