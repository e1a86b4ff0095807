import {
  BytesIEC,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './dashboard.ts';

/** Requests of users, of the processes that the reader picked. */
const USERS = `instance=~"$instance",route!~"/health.*|/metrics|.*/events|/exports/:id/:file"`;

/** How long requests take, where the reader's processes are one service. */
function quantile(q: number, by = ''): string {
  return `histogram_quantile(${q}, sum by (le${by}) (rate(marquee_http_request_duration_seconds_bucket{${USERS}}[$__rate_interval])))`;
}

/** Whether users are served, and what they cost: the first page at an alert. */
export const serviceDashboard = dashboard(
  'marquee-service',
  'marquee: service',
  'Availability, latency and load of the API. The objectives are those of deploy/prometheus/marquee.rules.yml; docs/runbooks.md says what to do at an alert.',
  [
    {
      title: 'Objectives over 30 days',
      stats: [
        {
          title: 'Budget of errors left',
          about: '99.9 % of the requests get no error of the server. At 0 the budget is used up.',
          unit: PercentUnit,
          query: '1 - avg_over_time(marquee:errors:ratio_rate5m[30d]) / 0.001',
          limit: 0,
          worseBelow: true,
        },
        {
          title: 'Budget of slow reads left',
          about: '99 % of the reads are answered within 100 ms. At 0 the budget is used up.',
          unit: PercentUnit,
          query: '1 - avg_over_time(marquee:slow_reads:ratio_rate5m[30d]) / 0.01',
          limit: 0,
          worseBelow: true,
        },
        {
          title: 'Age of the data',
          about:
            'Time since the newest published snapshot was downloaded. The objective is 36 hours.',
          unit: Seconds,
          query: 'marquee:data_age:seconds',
          limit: 36 * 3600,
        },
        {
          title: 'Processes that answer',
          about: 'Processes of the API that Prometheus reaches.',
          unit: Short,
          query: 'sum(up{job="marquee"})',
          limit: 1,
          worseBelow: true,
        },
      ],
      charts: [
        {
          title: 'Alerts',
          about: 'Alerts that fire. docs/runbooks.md has a part for each.',
          unit: Short,
          queries: {
            '{{alertname}}':
              'count by (alertname) (ALERTS{alertname=~"Marquee.*",alertstate="firing"})',
          },
          stacked: true,
        },
      ],
    },
    {
      title: 'Requests',
      charts: [
        {
          title: 'Requests by status',
          about: 'Without probes and streams. Statuses from 500 on are errors of the server.',
          unit: RequestsPerSecond,
          queries: {
            '{{status}}': `sum by (status) (rate(marquee_http_request_duration_seconds_count{${USERS}}[$__rate_interval]))`,
          },
          stacked: true,
        },
        {
          title: 'Time to answer',
          about: 'Half, 95 % and 99 % of the requests take at most as long.',
          unit: Seconds,
          queries: { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
          limit: 0.1,
        },
        {
          title: 'Share of errors',
          about: 'The line is the budget of the objective.',
          unit: PercentUnit,
          queries: { errors: 'marquee:errors:ratio_rate5m' },
          limit: 0.001,
        },
      ],
    },
    {
      title: 'Routes',
      charts: [
        {
          title: 'Busiest routes',
          about: 'The ten routes with most requests.',
          unit: RequestsPerSecond,
          queries: {
            '{{method}} {{route}}': `topk(10, sum by (method, route) (rate(marquee_http_request_duration_seconds_count{${USERS}}[$__rate_interval])))`,
          },
          stacked: true,
        },
        {
          title: 'Slowest routes',
          about: '99 % of their requests take at most as long.',
          unit: Seconds,
          queries: { '{{route}}': `topk(10, ${quantile(0.99, ', route')})` },
          limit: 0.1,
        },
        {
          title: 'How lists of titles are read',
          about:
            'The access paths that the API chose. A path that is new here explains a change of speed.',
          unit: RequestsPerSecond,
          queries: {
            '{{path}}':
              'sum by (path) (rate(marquee_title_list_reads_total{instance=~"$instance"}[$__rate_interval]))',
          },
          stacked: true,
        },
      ],
    },
    {
      title: 'Processes',
      charts: [
        {
          title: 'Processor',
          about: 'Cores that a process uses. One process of Node uses little more than one.',
          unit: Short,
          queries: {
            '{{instance}}':
              'rate(process_cpu_seconds_total{job="marquee",instance=~"$instance"}[$__rate_interval])',
          },
        },
        {
          title: 'Event loop, p99',
          about: 'How late the process is with its work. An alert fires if it stays over 200 ms.',
          unit: Seconds,
          queries: {
            '{{instance}}': 'nodejs_eventloop_lag_p99_seconds{job="marquee",instance=~"$instance"}',
          },
          limit: 0.2,
        },
        {
          title: 'Memory',
          about: 'Resident memory, and of it the heap that JavaScript uses.',
          unit: BytesIEC,
          queries: {
            '{{instance}}': 'process_resident_memory_bytes{job="marquee",instance=~"$instance"}',
            '{{instance}} heap': 'nodejs_heap_size_used_bytes{job="marquee",instance=~"$instance"}',
          },
        },
        {
          title: 'Open files and sockets',
          about: 'File descriptors, of which each connection takes one.',
          unit: Short,
          queries: {
            '{{instance}}': 'process_open_fds{job="marquee",instance=~"$instance"}',
          },
        },
      ],
    },
    {
      title: 'Database',
      charts: [
        {
          title: 'Busy connections',
          about: 'By pool. Requests that find all connections busy wait.',
          unit: Short,
          queries: {
            '{{pool}}': 'sum by (pool) (marquee_pool{state="busy",instance=~"$instance"})',
          },
          stacked: true,
        },
        {
          title: 'Requests that wait for a connection',
          about: 'More than a moment of them: the database is slow, or the pool too small.',
          unit: Short,
          queries: {
            '{{pool}}': 'sum by (pool) (marquee_pool{state="waiting",instance=~"$instance"})',
          },
        },
        {
          title: 'Reachable',
          about: '1 while the database and the queue answer a process of the API.',
          unit: Short,
          queries: { '{{what}}': 'min by (what) (marquee_up{instance=~"$instance"})' },
        },
      ],
    },
  ],
);
