import type { ProfitGroup, ProfitKey } from '@marquee/contract';
import { useMemo, useState, type ReactNode } from 'react';
import { useApi, type ApiResponses } from '../api-client.ts';
import { Chart, type Plot } from '../chart.tsx';
import { Segmented } from '../design/segmented.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { count, labelOf, quantity, regionName } from '../format.ts';
import { money } from '../movie/words.ts';

type Attribution = 'full' | 'shared';

/** Groups of a chart of companies, genres or countries: the most profitable ones. */
const GROUPS = 20;
/** Years or decades of a chart: more than there have been since the first film. */
const YEARS = 200;
const BAR_HEIGHT = 26;

const KEYS = [
  ['company', 'Company'],
  ['genre', 'Genre'],
  ['country', 'Country'],
  ['year', 'Year'],
  ['decade', 'Decade'],
] as const satisfies readonly (readonly [ProfitKey, string])[];

/** A group with its name and the list of its movies. */
interface NamedGroup extends ProfitGroup {
  /** Companies of one name differ in it. */
  readonly key: string;
  readonly name: string;
  readonly href: string;
}

const isInTime = (by: ProfitKey) => by === 'year' || by === 'decade';

/** Revenues less budgets of companies, genres, countries, years or decades. */
export function ProfitSection(): ReactNode {
  const [by, setBy] = useState<ProfitKey>('company');
  const [attribution, setAttribution] = useState<Attribution>('full');
  const query = `by=${by}&attribution=${attribution}&sort=${isInTime(by) ? 'year' : 'profit'}`;
  const profit = useApi(
    'profit',
    `/aggregates/profit?${query}&limit=${isInTime(by) ? YEARS : GROUPS}`,
  );
  return (
    <section className="profit" aria-labelledby="profit">
      <h2 id="profit">Profit</h2>
      <div className="actions">
        <Segmented label="By" value={by} choices={KEYS} onChange={setBy} />
        {isInTime(by) ? null : (
          <Segmented
            label="Attribution"
            value={attribution}
            choices={[
              ['full', 'Full'],
              ['shared', 'Shared'],
            ]}
            onChange={setAttribution}
          />
        )}
      </div>
      {profit.isPending ? <Loading what="profits" room="40rem" /> : null}
      {profit.isLoadingError ? <ErrorMessage error={profit.error} /> : null}
      {profit.data === undefined ? null : (
        <ProfitView
          profit={profit.data}
          csv={`/aggregates/profit?${query}&format=csv`}
          isOutdated={profit.isPlaceholderData}
        />
      )}
    </section>
  );
}

function ProfitView({
  profit,
  csv,
  isOutdated,
}: {
  readonly profit: ApiResponses['profit'];
  readonly csv: string;
  readonly isOutdated: boolean;
}): ReactNode {
  const [by = 'year'] = profit.by;
  const groups = useMemo(() => profit.items.map((group) => nameGroup(group, by)), [profit, by]);
  const draw = useMemo(
    () => (isInTime(by) ? drawYears(groups, by) : drawBars(groups)),
    [groups, by],
  );
  if (groups.length === 0)
    return <p className="muted">No movie has both a budget and a revenue yet.</p>;
  const label = KEYS.find(([key]) => key === by)?.[1].toLowerCase() ?? by;
  return (
    <div aria-busy={isOutdated}>
      <Chart
        title={`Revenue less budget by ${label}`}
        summary={`Revenue less budget in US dollars by ${label}${isInTime(by) ? '' : `, the ${count(groups.length)} highest of ${count(profit.sum.groups)}`}`}
        csv={csv}
        {...(isInTime(by) ? {} : { height: 60 + groups.length * BAR_HEIGHT })}
        draw={draw}
      />
      <p className="muted">{attributionWords(profit, by)}</p>
      <p className="muted">{leftOutWords(profit.leftOut)}</p>
      <details>
        <summary>As a table</summary>
        <ProfitTable groups={groups} label={label} />
      </details>
    </div>
  );
}

function nameGroup(group: ProfitGroup, by: ProfitKey): NamedGroup {
  const key = String(group[by] ?? 'Unknown');
  const names = {
    company: group.companyName ?? key,
    genre: key,
    country: regionName(group.country),
    decade: `${key}s`,
    year: key,
  };
  const href = isInTime(by)
    ? hrefOfYears(group[by === 'decade' ? 'decade' : 'year'], by === 'decade' ? 9 : 0)
    : hrefOf(by, key);
  return { ...group, key, name: names[by], href };
}

function hrefOf(filter: string, value: string): string {
  return `/movie?${filter}=${encodeURIComponent(value)}&sort=profit`;
}

function hrefOfYears(from: number | null, more: number): string {
  return from === null ? '/movie' : `/movie?yearFrom=${from}&yearTo=${from + more}&sort=profit`;
}

const dollars = (amount: number) => money({ amount, currency: 'USD' });

function tipOf({ name, profit, budget, revenue, movies }: NamedGroup): string {
  return `${name}\n${dollars(profit)}: revenue ${dollars(revenue)}, budget ${dollars(budget)}\n${quantity(movies, 'movie')}`;
}

const fillOf = ({ profit }: NamedGroup) => (profit < 0 ? 'var(--bad)' : 'var(--bulb)');

function drawBars(groups: readonly NamedGroup[]) {
  return (plot: Plot, width: number) => ({
    marginLeft: width < 500 ? 110 : 200,
    x: { grid: true, label: null, tickFormat: dollars, ticks: Math.max(2, width / 160) },
    y: { label: null, domain: groups.map(({ key }) => key), tickFormat: shortNames(groups, width) },
    marks: [
      plot.barX(groups, { x: 'profit', y: 'key', fill: fillOf, title: tipOf, href: 'href' }),
      plot.ruleX([0], { stroke: 'var(--line)' }),
    ],
  });
}

function drawYears(groups: readonly NamedGroup[], by: ProfitKey) {
  const interval = by === 'decade' ? 10 : 1;
  return (plot: Plot, width: number) => ({
    marginLeft: 64,
    x: { tickFormat: 'd', label: null, ticks: Math.max(3, width / 90) },
    y: { grid: true, label: null, tickFormat: dollars },
    marks: [
      plot.rectY(
        groups.filter((group) => group[by] !== null),
        { x: by, interval, y: 'profit', fill: fillOf, inset: 0.5, title: tipOf, href: 'href' },
      ),
      plot.ruleY([0], { stroke: 'var(--line)' }),
    ],
  });
}

/** Names that fit beside the bars; the tooltip has all of a name. */
function shortNames(groups: readonly NamedGroup[], width: number): (key: string) => string {
  const most = width < 500 ? 15 : 28;
  const names = new Map(groups.map(({ key, name }) => [key, name]));
  return (key) => {
    const name = names.get(key) ?? key;
    return name.length > most ? `${name.slice(0, most - 1)}…` : name;
  };
}

function attributionWords({ attribution, sum }: ApiResponses['profit'], by: ProfitKey): string {
  const total = `All groups add up to ${dollars(sum.profit)}.`;
  if (isInTime(by)) return total;
  return attribution === 'full'
    ? `Full attribution: each ${by} of a movie gets all of its amounts, so that the groups add up to more than there is. ${total}`
    : `Shared attribution: the amounts of a movie are divided equally. ${total}`;
}

function leftOutWords({
  withoutBoth,
  tooSmall,
  withoutYear,
}: ApiResponses['profit']['leftOut']): string {
  return `Left out: ${quantity(withoutBoth, 'movie')} without a budget or a revenue in US dollars, ${count(tooSmall)} with an amount under $1,000, ${count(withoutYear)} without a year.`;
}

function ProfitTable({
  groups,
  label,
}: {
  readonly groups: readonly NamedGroup[];
  readonly label: string;
}): ReactNode {
  return (
    <table className="fitting">
      <thead>
        <tr>
          <th scope="col">{labelOf(label)}</th>
          <th scope="col" className="number">
            Movies
          </th>
          <th scope="col" className="number roomy">
            Budget
          </th>
          <th scope="col" className="number roomy">
            Revenue
          </th>
          <th scope="col" className="number">
            Profit
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={group.key}>
            <th scope="row">{group.name}</th>
            <td className="number">{count(group.movies)}</td>
            <td className="number roomy">{dollars(group.budget)}</td>
            <td className="number roomy">{dollars(group.revenue)}</td>
            <td className="number">{dollars(group.profit)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
