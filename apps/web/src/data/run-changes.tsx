import type { Run, RunChange, RunChanges as Changes } from '@marquee/contract';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useApiList } from '../api-client.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { episodePosition, joinFacts, labelOf, years } from '../format.ts';
import { ShowMore } from '../title-list.tsx';
import { changeCounts, changeFacts } from './change-words.ts';
import { DATASET_LABELS } from './words.ts';

/** The changes of a run: counts by dataset, and the titles and people of the chosen one. */
export function RunChanges({ run }: { readonly run: Run }): ReactNode {
  const [chosen, choose] = useState<string | null>(null);
  const list = useApiList(
    'runChanges',
    `/runs/${run.id}/changes?limit=50${chosen === null ? '' : `&dataset=${chosen}`}`,
  );
  if (list.isPending) return <Loading what="changes" rows={4} />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const datasets = list.data.pages[0]?.datasets ?? [];
  const items = list.data.pages.flatMap((page) => page.items);
  return (
    <section>
      <h4>Changes</h4>
      {datasets.length === 0 ? <p className="muted">This update changed nothing.</p> : null}
      <ul className="change-counts">
        {datasets.map((changes) => (
          <li key={changes.dataset}>
            <DatasetButton changes={changes} chosen={chosen} onChoose={choose} />
          </li>
        ))}
      </ul>
      <ul className="changes" aria-busy={list.isPlaceholderData}>
        {items.map((change) => (
          <ChangeRow
            key={`${change.dataset} ${change.kind} ${change.id} ${change.ordering ?? ''}`}
            change={change}
          />
        ))}
      </ul>
      <ShowMore list={list} />
    </section>
  );
}

/** A dataset with what has changed in it; a button if the changes themselves are known. */
function DatasetButton({
  changes,
  chosen,
  onChoose,
}: {
  readonly changes: Changes['datasets'][number];
  readonly chosen: string | null;
  readonly onChoose: (dataset: string | null) => void;
}): ReactNode {
  const { dataset, isKept, isReload, added, changed, removed } = changes;
  const text = (
    <>
      <b>{DATASET_LABELS[dataset]}</b> {changeCounts(changes)}
    </>
  );
  const isSome = !isReload && (added ?? 0) + (changed ?? 0) + (removed ?? 0) > 0;
  if (!isSome) return <span className="muted">{text}</span>;
  if (!isKept)
    return (
      <span>
        {text} <span className="muted">(the list is no longer kept)</span>
      </span>
    );
  const isChosen = dataset === chosen;
  return (
    <button
      type="button"
      className={isChosen ? 'chip chosen' : 'chip'}
      aria-pressed={isChosen}
      onClick={() => onChoose(isChosen ? null : dataset)}
    >
      {text}
    </button>
  );
}

const KIND_LABELS: Readonly<Record<RunChange['kind'], string>> = {
  insert: 'added',
  update: 'changed',
  delete: 'removed',
};

function ChangeRow({ change }: { readonly change: RunChange }): ReactNode {
  const { dataset, kind, id, name, titleType, startYear, episodeOf, person } = change;
  const isPerson = id.startsWith('nm');
  return (
    <li>
      <span className={`badge ${kind}`}>{KIND_LABELS[kind]}</span>{' '}
      <Link href={`/${isPerson ? 'name' : 'title'}/${id}`}>{name ?? id}</Link>{' '}
      <small className="muted">
        {joinFacts(
          episodePosition(episodeOf),
          !isPerson && joinFacts(titleType && labelOf(titleType), years(startYear)),
          DATASET_LABELS[dataset],
        )}
      </small>
      <p>
        {person ? (
          <>
            <Link href={`/name/${person.nconst}`}>{person.primaryName ?? person.nconst}</Link>{' '}
          </>
        ) : null}
        {changeFacts(change)}
      </p>
    </li>
  );
}
