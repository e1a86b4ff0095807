import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useApi } from '../api-client.ts';
import { TitleChart } from '../chart-list.tsx';
import { decades, yearsOfDecade } from '../decades.ts';
import { BarList } from '../design/bar-list.tsx';
import { PageHead, Section } from '../design/section.tsx';
import { Loading } from '../feedback.tsx';
import { facetCount } from '../find/facet-values.ts';
import { quantity } from '../format.ts';
import { PageNotFound, usePageTitle } from '../layout.tsx';
import { TitleCount } from './title-count.tsx';

const GENRES_SHOWN = 12;

/** The page of a decade, by its first year: its best and best known titles, its years, its genres. */
export function DecadePage({ decade: given }: { readonly decade: string }): ReactNode {
  const decade = Number(given.replace(/s$/u, ''));
  return Number.isInteger(decade) && decade % 10 === 0 && decade >= 0 && decade < 10_000 ? (
    <Decade decade={decade} />
  ) : (
    <PageNotFound />
  );
}

function Decade({ decade }: { readonly decade: number }): ReactNode {
  usePageTitle(`${decade}s`);
  const span = yearsOfDecade(decade);
  const facets = useApi('facets', `/facets?${span}`);
  const find = (more: string) => `/find?${span}&${more}`;
  return (
    <>
      <PageHead
        title={`The ${decade}s`}
        kicker={<Neighbours decade={decade} />}
        aside={<TitleCount facets={facets.data} href={find('sort=votes')} />}
      />
      <div className="columns">
        <TitleChart chart="Best rated" of="films" decade={decade} />
        <TitleChart chart="Best known" of="films" decade={decade} note="With most votes." />
        <TitleChart
          chart="Best known"
          of="series"
          decade={decade}
          note="That began in these years."
        />
        <div>
          <Years decade={decade} />
          <Section title="By genre" note="All titles of the decade; one can have three genres.">
            {facets.isPending ? <Loading what="genres" room="26rem" /> : null}
            <BarList
              label="Titles by genre"
              bars={(facets.data?.genres ?? []).slice(0, GENRES_SHOWN).map((facet) => ({
                label: facet.value,
                value: facet.count,
                figure: facetCount(facet),
                href: find(`genre=${encodeURIComponent(facet.value)}&sort=votes`),
              }))}
            />
          </Section>
        </div>
      </div>
    </>
  );
}

function Neighbours({ decade }: { readonly decade: number }): ReactNode {
  const all = decades();
  return (
    <>
      {all.includes(decade - 10) ? (
        <Link href={`/decade/${decade - 10}`}>← {decade - 10}s</Link>
      ) : null}{' '}
      {all.includes(decade + 10) ? (
        <Link href={`/decade/${decade + 10}`}>{decade + 10}s →</Link>
      ) : null}
    </>
  );
}

/** Numbers of titles by year. Episodes are left out: they would bury all others. */
function Years({ decade }: { readonly decade: number }): ReactNode {
  const stats = useApi('stats', '/stats');
  const byYear = Map.groupBy(
    (stats.data?.titlesByYear ?? []).filter(({ titleType }) => titleType !== 'tvEpisode'),
    ({ year }) => year,
  );
  const bars = Array.from({ length: 10 }, (_, index) => decade + index).map((year) => {
    const titles = (byYear.get(year) ?? []).reduce((sum, one) => sum + one.titles, 0);
    return {
      label: String(year),
      value: titles,
      figure: quantity(titles, 'title'),
      href: `/find?startYearFrom=${year}&startYearTo=${year}&sort=votes`,
    };
  });
  return (
    <Section title="By year" note="Episodes are not counted.">
      {stats.isPending ? (
        <Loading what="years" room="22rem" />
      ) : (
        <BarList label="Titles by year" bars={bars} />
      )}
    </Section>
  );
}
