import type { ReactNode } from 'react';
import { PageHead } from '../design/section.tsx';
import { Loading } from '../feedback.tsx';
import { usePageTitle } from '../layout.tsx';
import { Movers, NewThisWeek, useMovers, useNewTitles } from '../movements.tsx';

const ROWS = 50;

/** The new titles and the movers of the last week's updates. */
export function NewPage(): ReactNode {
  usePageTitle('New titles');
  // both at once: an empty first list would let the second jump up
  const isPending = [useNewTitles(ROWS), useMovers(ROWS)].some((chart) => chart.isPending);
  return (
    <>
      <PageHead title="New titles" />
      {isPending ? (
        <Loading what="new titles and movers" />
      ) : (
        <div className="columns">
          <NewThisWeek rows={ROWS} />
          <Movers rows={ROWS} />
        </div>
      )}
    </>
  );
}
