import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useApiList } from '../../api-client.ts';
import { EmptyState } from '../../design/empty-state.tsx';
import { PageHead } from '../../design/section.tsx';
import { Segmented } from '../../design/segmented.tsx';
import { ErrorMessage, Loading } from '../../feedback.tsx';
import { count } from '../../format.ts';
import { usePageTitle } from '../../layout.tsx';
import { SignInButton, useMayOperate } from '../../sign-in.tsx';
import { useOtherSources } from '../../sources.ts';
import { DataNav } from '../data-nav.tsx';
import '../data.css';
import './matches.css';
import { MatchReview } from './match-review.tsx';
import { useReview } from './use-review.ts';

const STATES = [
  ['doubtful,conflict', 'To decide'],
  ['conflict', 'In conflict'],
  ['unmatched', 'Unmatched'],
] as const;

/** Records that need a person, one at a time, each beside the movies that it may tell of. */
export function MatchesPage(): ReactNode {
  usePageTitle('Matches');
  const sources = useOtherSources();
  const [states, setStates] = useState<(typeof STATES)[number][0]>('doubtful,conflict');
  const [source, setSource] = useState('');
  const path = `/matches?state=${states}${source === '' ? '' : `&source=${source}`}&limit=50`;
  return (
    <>
      <DataNav />
      <PageHead title="Matches">
        <p className="muted">
          Which movie does a record tell of? Records whose best candidates are doubtful, and those
          whose ids contradict each other, wait here for a decision.
        </p>
      </PageHead>
      <div className="actions">
        <Segmented label="State" value={states} choices={STATES} onChange={setStates} />
        <label>
          Source{' '}
          <select value={source} onChange={({ target }) => setSource(target.value)}>
            <option value="">all</option>
            {sources.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Queue key={path} path={path} />
    </>
  );
}

function Queue({ path }: { readonly path: string }): ReactNode {
  const list = useApiList('matches', `${path}&total=exact`);
  const mayOperate = useMayOperate();
  const review = useReview(list);
  if (list.isPending) return <Loading what="the records" room="40rem" />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const { current, decided, error } = review;
  const total = list.data.pages[0]?.total;
  return (
    <>
      <p className="review-counter" role="status">
        {total === undefined ? '' : `${count(Math.max(0, total - decided))} to go`}
        {decided > 0 ? `, ${count(decided)} decided` : ''}
      </p>
      {error === null ? null : <ErrorMessage error={error} />}
      {mayOperate ? null : (
        <p className="state">
          You can look. A decision needs a key of an operator. <SignInButton />
        </p>
      )}
      {current === undefined ? (
        <EmptyState title="Nothing to decide">
          <p>
            The <Link href="/data/sources">sources</Link> say how many of their records are matched.
          </p>
        </EmptyState>
      ) : (
        <MatchReview
          key={`${current.source} ${current.record}`}
          match={current}
          review={mayOperate ? review : null}
        />
      )}
    </>
  );
}
