import type { ReactNode } from 'react';
import { useApiList } from '../api-client.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { ShowMore } from '../title-list.tsx';
import { count } from '../format.ts';

/** The rejected lines of a run. */
export function Rejects({ runId }: { readonly runId: string }): ReactNode {
  const list = useApiList('rejects', `/runs/${runId}/rejects`);
  if (list.isPending) return <Loading what="rejects" />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
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
      <ShowMore list={list} />
    </section>
  );
}
