import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  StackingConfigBuilder,
  StackingMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** A dashboard in Grafana's classic form, which all versions import. */
export type Dashboard = ReturnType<DashboardBuilder['build']>;

/** The Prometheus that a reader picks at the top of the page. */
const SOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Grafana's grid has 24 columns. */
const COLUMNS = 24;

interface Panel {
  readonly title: string;
  /** What it tells, and when to worry: the text behind the panel's (i). */
  readonly about: string;
  /** A unit of Grafana, from `@grafana/grafana-foundation-sdk/units`. */
  readonly unit: string;
}

export interface Chart extends Panel {
  /** PromQL by the legend of its series, such as `{{route}}`. */
  readonly queries: Readonly<Record<string, string>>;
  /** Whether the series add up to a whole. */
  readonly stacked?: true;
  /** The value from which on an alert fires, drawn as a line. */
  readonly limit?: number;
}

export interface Stat extends Panel {
  readonly query: string;
  /** From this value on the value is red: below it, if it is `worseBelow`. */
  readonly limit: number;
  readonly worseBelow?: true;
}

/** A part of a dashboard: a line of stats, then a line of charts. A line has 1, 2, 3, 4 or 6 of them. */
export interface Row {
  readonly title: string;
  readonly stats?: readonly Stat[];
  readonly charts?: readonly Chart[];
}

function timeSeries(
  { title, about, unit, queries, stacked, limit }: Chart,
  width: number,
): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(about)
    .unit(unit)
    .min(0)
    .height(8)
    .span(width)
    .datasource(SOURCE)
    .fillOpacity(stacked ? 40 : 8)
    .targets(
      Object.entries(queries).map(([legend, expr]) =>
        new DataqueryBuilder().expr(expr).legendFormat(legend).range(),
      ),
    );
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (limit === undefined) return panel;
  return panel
    .thresholds(thresholds(limit, 'transparent', 'red'))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line));
}

/** One value of now, green or red. */
function statPanel(
  { title, about, unit, query, limit, worseBelow }: Stat,
  width: number,
): StatBuilder {
  return new StatBuilder()
    .title(title)
    .description(about)
    .unit(unit)
    .height(4)
    .span(width)
    .datasource(SOURCE)
    .thresholds(worseBelow ? thresholds(limit, 'red', 'green') : thresholds(limit, 'green', 'red'))
    .withTarget(new DataqueryBuilder().expr(query).instant());
}

function thresholds(limit: number, below: string, from: string): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: below },
    { value: limit, color: from },
  ]);
}

/**
 * A dashboard, whose queries may use the variable `$instance`: the processes that a reader picked.
 *
 * @param uid part of its URL, which stays the same when the file is imported again
 */
export function dashboard(
  uid: string,
  title: string,
  about: string,
  rows: readonly Row[],
): Dashboard {
  const page = new DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags(['marquee'])
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .timezone('browser')
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    )
    .withVariable(
      new QueryVariableBuilder('instance')
        .label('Process')
        .datasource(SOURCE)
        .query('label_values(up{job="marquee"}, instance)')
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue('.*'),
    );
  for (const { title: name, stats = [], charts = [] } of rows) {
    page.withRow(new RowBuilder(name));
    for (const stat of stats) page.withPanel(statPanel(stat, COLUMNS / stats.length));
    for (const chart of charts) page.withPanel(timeSeries(chart, COLUMNS / charts.length));
  }
  return page.build();
}
