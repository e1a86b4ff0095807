import type { ReactNode } from 'react';
import { PageHead } from '../design/section.tsx';
import { usePageTitle } from '../layout.tsx';
import { Movers, NewThisWeek } from '../movements.tsx';

/** What the updates of the last week brought. */
export function NewPage(): ReactNode {
  usePageTitle('New titles');
  return (
    <>
      <PageHead title="New titles" />
      <div className="columns">
        <NewThisWeek rows={50} />
        <Movers rows={50} />
      </div>
    </>
  );
}
