import type { MatchFacts, OpenMatch } from '@marquee/contract';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Poster } from '../../movie/poster.tsx';
import { movieHref } from '../../movie/movie-path.ts';
import { useSourceNames } from '../../sources.ts';
import { reasonWords, scoreWords, STATE_LABELS } from '../match-words.ts';
import { comparedFacts } from './differences.ts';
import type { Review } from './use-review.ts';

/** A record beside its candidates. @param review null for who may only look */
export function MatchReview({
  match,
  review,
}: {
  readonly match: OpenMatch;
  readonly review: Review | null;
}): ReactNode {
  useReviewKeys(match, review);
  return (
    <div className="review">
      <RecordPanel match={match} review={review} />
      <ol className="candidates">
        {match.candidates.map((candidate, index) => (
          <CandidatePanel
            key={candidate.movie}
            candidate={candidate}
            number={index + 1}
            record={match.facts}
            review={review}
          />
        ))}
      </ol>
    </div>
  );
}

/** 1 to 5: it is this candidate; n: none of them; s: later; u: undo. */
function useReviewKeys({ candidates }: OpenMatch, review: Review | null): void {
  useEffect(() => {
    if (review === null) return undefined;
    const pressed = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof Element && event.target.closest('input, select, textarea');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const candidate = /^[1-5]$/u.test(event.key) ? candidates[Number(event.key) - 1] : undefined;
      if (candidate !== undefined) review.decide({ kind: 'same', movie: candidate.movie });
      else if (event.key === 'n') review.decide({ kind: 'none' });
      else if (event.key === 's') review.skip();
      else if (event.key === 'u') review.undo?.();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [candidates, review]);
}

function RecordPanel({
  match,
  review,
}: {
  readonly match: OpenMatch;
  readonly review: Review | null;
}): ReactNode {
  const nameOf = useSourceNames();
  const { source, record, state, reason, facts, candidates } = match;
  return (
    <section className="panel record-panel" aria-labelledby="record">
      <p className="kicker">
        <Link href={`/data/sources/${source}`}>{nameOf(source)}</Link> · record {record} ·{' '}
        {STATE_LABELS[state]}
      </p>
      <h2 id="record">
        {facts.title ?? record} {facts.year === null ? '' : `(${facts.year})`}
      </h2>
      <Facts facts={facts} other={null} />
      <p>{reasonWords(reason)}</p>
      {review === null ? null : (
        <div className="actions">
          {candidates.length === 0 ? null : (
            <button
              type="button"
              disabled={review.isBusy}
              onClick={() => review.decide({ kind: 'none' })}
            >
              None of them <kbd>n</kbd>
            </button>
          )}
          <button type="button" disabled={review.isBusy} onClick={review.skip}>
            Later <kbd>s</kbd>
          </button>
          <button type="button" disabled={review.undo === undefined} onClick={review.undo}>
            Undo <kbd>u</kbd>
          </button>
        </div>
      )}
    </section>
  );
}

function CandidatePanel({
  candidate: { movie, source, score, parts, facts },
  number,
  record,
  review,
}: {
  readonly candidate: OpenMatch['candidates'][number];
  readonly number: number;
  readonly record: MatchFacts;
  readonly review: Review | null;
}): ReactNode {
  const nameOf = useSourceNames();
  const isExcluded = review?.excluded.includes(movie) === true;
  const name = facts.title ?? movie;
  return (
    <li className={isExcluded ? 'panel excluded' : 'panel'}>
      <Poster poster={facts.poster} title={facts.title} />
      <div>
        <h3>
          <span className="sr">Candidate {number}: </span>
          <Link href={movieHref(movie)}>{name}</Link>{' '}
          <small className="muted">
            {source === null ? movie : `${movie}, of ${nameOf(source)}`}
          </small>
        </h3>
        <Facts facts={facts} other={record} />
        <p className="muted">
          {score === null ? '' : `Score ${score.toFixed(2)}`}
          {parts === null ? '' : `: ${scoreWords(parts)}`}
        </p>
        {review === null ? null : (
          <div className="actions">
            <button
              type="button"
              className="primary"
              disabled={review.isBusy || isExcluded}
              onClick={() => review.decide({ kind: 'same', movie })}
            >
              Same<span className="sr">: {name}</span> <kbd>{number}</kbd>
            </button>
            <button
              type="button"
              disabled={review.isBusy || isExcluded}
              onClick={() => review.decide({ kind: 'different', movie })}
            >
              Different<span className="sr">: {name}</span>
            </button>
          </div>
        )}
      </div>
    </li>
  );
}

function Facts({
  facts,
  other,
}: {
  readonly facts: MatchFacts;
  readonly other: MatchFacts | null;
}): ReactNode {
  return (
    <dl className="compared">
      {comparedFacts(facts, other).map(({ label, text, isDifferent }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className={isDifferent ? 'different' : undefined}>
            {text}
            {isDifferent ? <span className="sr"> (differs)</span> : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}
