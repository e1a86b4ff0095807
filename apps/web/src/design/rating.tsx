import type { RatedTitle } from '@marquee/contract';
import type { ReactNode } from 'react';
import { quantity, shortCount } from '../format.ts';

/** Below this number of votes a rating says little, and its bar is hatched. */
const FEW_VOTES = 100;

/** A rating as a number and a bar, with its number of votes. */
export function Rating({
  averageRating,
  numVotes,
  size = 'small',
}: Pick<RatedTitle, 'averageRating' | 'numVotes'> & {
  readonly size?: 'small' | 'large';
}): ReactNode {
  if (averageRating === null) return <span className="rating none muted">not rated</span>;
  const votes = quantity(numVotes, 'vote');
  return (
    <span className={`rating ${size}`}>
      <b>{averageRating.toFixed(1)}</b>{' '}
      <i
        className={(numVotes ?? 0) < FEW_VOTES ? 'bar faint' : 'bar'}
        style={{ '--part': averageRating / 10 }}
        aria-hidden="true"
      />
      {size === 'large' ? (
        <small>{votes}</small>
      ) : (
        <small title={votes}>
          <span aria-hidden="true">{shortCount(numVotes ?? 0)}</span>
          <span className="sr">{votes}</span>
        </small>
      )}
    </span>
  );
}
