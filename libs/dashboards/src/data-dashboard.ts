import { LocaleFormat, Seconds, Short } from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './dashboard.ts';

/** Whether the data is current and whole: downloads, loads, sources and events. Each process of the API tells the same. */
export const dataDashboard = dashboard(
  'marquee-data',
  'marquee: data',
  'Runs, published rows, sources and events. docs/runbooks.md says what to do at an alert.',
  [
    {
      title: 'Published data',
      stats: [
        {
          title: 'Newest download',
          about: 'Time since the newest published snapshot was downloaded.',
          unit: Seconds,
          query: 'marquee:data_age:seconds',
          limit: 36 * 3600,
        },
        {
          title: 'Rows',
          about: 'Published rows of all datasets.',
          unit: LocaleFormat,
          query: 'sum(max by (dataset) (marquee_rows))',
          limit: 1,
          worseBelow: true,
        },
        {
          title: 'Rejects',
          about:
            'Lines of the published snapshots that could not be loaded: `marquee rejects` shows them.',
          unit: LocaleFormat,
          query: 'sum(max by (dataset) (marquee_rejects))',
          limit: 1000,
        },
        {
          title: 'Failed runs of a day',
          about: '`marquee runs` says why.',
          unit: Short,
          query:
            'sum(max by (kind) (marquee_runs{state="failed"}) - (max by (kind) (marquee_runs{state="failed"} offset 1d) or 0 * max by (kind) (marquee_runs{state="failed"}))) or vector(0)',
          limit: 1,
        },
      ],
      charts: [
        {
          title: 'Rows by dataset',
          about: 'IMDb’s files grow slowly. A step is worth a look.',
          unit: LocaleFormat,
          queries: { '{{dataset}}': 'max by (dataset) (marquee_rows)' },
        },
        {
          title: 'Time since the download',
          about: 'A dataset that IMDb did not change keeps its snapshot.',
          unit: Seconds,
          queries: { '{{dataset}}': 'max by (dataset) (marquee_data_age_seconds)' },
          limit: 36 * 3600,
        },
        {
          title: 'Time since the publish',
          about: 'When the rows that are served replaced those before.',
          unit: Seconds,
          queries: { '{{dataset}}': 'max by (dataset) (marquee_published_age_seconds)' },
        },
      ],
    },
    {
      title: 'Runs',
      charts: [
        {
          title: 'How long the last run took',
          about: 'By kind, of those that succeeded. A refresh costs what changed.',
          unit: Seconds,
          queries: {
            '{{kind}}': 'max by (kind) (marquee_last_run_duration_seconds{state="succeeded"})',
          },
        },
        {
          title: 'Runs of an hour',
          about: 'Runs that ended, by kind and state.',
          unit: Short,
          queries: {
            '{{kind}} {{state}}':
              'clamp_min(max by (kind, state) (marquee_runs) - max by (kind, state) (marquee_runs offset 1h), 0)',
          },
        },
        {
          title: 'Jobs in the queue',
          about: 'Jobs that wait for a quarter of an hour while none is active fire an alert.',
          unit: Short,
          queries: {
            '{{queue}} {{state}}': 'max by (queue, state) (marquee_queue_jobs) > 0',
          },
        },
      ],
    },
    {
      title: 'Sources',
      charts: [
        {
          title: 'Waiting records and movies',
          about: 'Records to be matched, and movies to be merged.',
          unit: LocaleFormat,
          queries: { '{{what}}': 'max by (what) (marquee_sources_pending)' },
        },
        {
          title: 'How long the oldest has waited',
          about: 'An alert fires after an hour.',
          unit: Seconds,
          queries: { '{{what}}': 'max by (what) (marquee_sources_pending_age_seconds)' },
          limit: 3600,
        },
        {
          title: 'Deliveries',
          about: 'Files delivered to sources, by state.',
          unit: LocaleFormat,
          queries: { '{{source}} {{state}}': 'max by (source, state) (marquee_deliveries)' },
        },
      ],
    },
    {
      title: 'Events and backups',
      charts: [
        {
          title: 'Age of the newest backup',
          about: 'Of the state that it has. An alert fires after 36 hours.',
          unit: Seconds,
          queries: { backup: 'min(marquee_backup_age_seconds)' },
          limit: 36 * 3600,
        },
        {
          title: 'Unsent events',
          about: 'Events that a queue or topic does not have yet.',
          unit: LocaleFormat,
          queries: { '{{sink}}': 'max by (sink) (marquee_events_unsent)' },
        },
      ],
    },
  ],
);
