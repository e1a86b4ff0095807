import type { ReactNode } from 'react';
import { useList } from '../answers.ts';
import { Failure, Loading } from '../states.tsx';
import { More } from '../title-list.tsx';
import { count } from '../wording.ts';

/** The lines that a run could not take, to be read through. */
export function Rejects({ runId }: { readonly runId: string }): ReactNode {
  const list = useList('rejects', `/runs/${runId}/rejects`);
  if (list.isPending) return <Loading what="rejects" />;
  if (list.isLoadingError) return <Failure error={list.error} />;
  return (
    <section>
      <h4>Rejects</h4>
      <ul className="rejects">
        {list.data.pages
          .flatMap(({ items }) => items)
          .map((reject) => (
            <li key={reject.id}>
              <p>
                <code>{reject.dataset}</code> line {count(reject.line)}: {reject.reason}
              </p>
              <pre tabIndex={0} aria-label={`Line ${reject.line}`}>
                {reject.raw}
              </pre>
            </li>
          ))}
      </ul>
      <More list={list} />
    </section>
  );
}
