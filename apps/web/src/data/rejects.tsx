import type { ReactNode } from 'react';
import { useApiList } from '../api-client.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { count } from '../format.ts';
import { ShowMore } from '../title-list.tsx';
import { DATASET_LABELS } from './words.ts';

/** The lines that a run left out, each with the reason. */
export function Rejects({ runId }: { readonly runId: string }): ReactNode {
  const list = useApiList('rejects', `/runs/${runId}/rejects`);
  if (list.isPending) return <Loading what="the lines left out" />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const rejects = list.data.pages.flatMap(({ items }) => items);
  return (
    <section>
      <h4>Lines left out</h4>
      {rejects.length === 0 ? (
        <p className="muted">
          This run read none of them: they are in the part of a file that did not change.
        </p>
      ) : null}
      <ul className="rejects">
        {rejects.map((reject) => (
          <li key={reject.id}>
            <p>
              {DATASET_LABELS[reject.dataset]}, line {count(reject.line)}: {reject.reason}
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
