import type { CRatingPart, Movie, Provenance } from '@marquee/contract';
import type { ReactNode } from 'react';
import { count, labelOf, quantity } from '../format.ts';
import { useSourceNames } from '../sources.ts';
import { SourceMark } from './source-mark.tsx';
import { onScale, partOfScale } from './words.ts';

type MovieRating = Movie['ratings'][number];

const KINDS: Readonly<Record<MovieRating['kind'], string>> = {
  audience: 'audience',
  critics: 'critics',
  own: 'your own rating',
};
/** The parts of a movie that C-ratings rate. */
const PARTS: readonly CRatingPart[] = ['performance', 'soundtrack', 'screenplay'];
/** Below this number of votes a bar is hatched, as that of a title. */
const FEW_VOTES = 100;

/** The ratings of all sources, each on its own scale, and the combined one. */
export function RatingsPanel({
  movie: { ratings, rating },
  provenance,
}: {
  readonly movie: Movie;
  readonly provenance: Provenance;
}): ReactNode {
  if (ratings.length === 0) return null;
  return (
    <div className="ratings-panel">
      <table className="fitting">
        <caption className="sr">Ratings of all sources</caption>
        <thead>
          <tr>
            <th scope="col">Source</th>
            <td className="roomy" />
            <th scope="col" className="number">
              Rating
            </th>
            <th scope="col" className="number">
              Votes
            </th>
          </tr>
        </thead>
        <tbody>
          {ratings.map((one) => (
            <SourceRow key={`${one.source} ${one.name}`} rating={one} />
          ))}
        </tbody>
      </table>
      {rating === null ? null : (
        <p>
          <b>{rating.value.toFixed(1)}</b> of 10 combined, from {quantity(rating.votes, 'vote')}
          <SourceMark field="rating" provenance={provenance.rating} />
          <br />
          <small className="muted">{FORMULA}</small>
        </p>
      )}
    </div>
  );
}

const FORMULA =
  'On a scale from 0 to 10: 4 of 5 stars are 8. The mean weighs each rating by its votes, up to a limit; your own does not count.';

function SourceRow({ rating }: { readonly rating: MovieRating }): ReactNode {
  const nameOf = useSourceNames();
  const { source, name, votes, kind } = rating;
  const isNamed = ![source, kind, 'rating', ''].includes(name.toLowerCase());
  return (
    <tr>
      <th scope="row">
        {nameOf(source)}{' '}
        <small className="muted">
          {isNamed ? `${labelOf(name)}, ${KINDS[kind]}` : KINDS[kind]}
        </small>
      </th>
      <td className="roomy">
        <i
          className={(votes ?? FEW_VOTES) < FEW_VOTES ? 'bar faint' : 'bar'}
          style={{ '--part': partOfScale(rating) }}
          aria-hidden="true"
        />
      </td>
      <td className="number">
        <b>{onScale(rating)}</b>
      </td>
      <td className="number">{count(votes)}</td>
    </tr>
  );
}

/** Ratings of performance, soundtrack and screenplay; nothing if no source has any. */
export function CRatings({
  movie: { cRatings },
  provenance,
}: {
  readonly movie: Movie;
  readonly provenance: Provenance;
}): ReactNode {
  if (PARTS.every((part) => cRatings[part] === null)) return null;
  return (
    <>
      <h3>
        Performance, soundtrack, screenplay
        <SourceMark field="cRatings" provenance={provenance.cRatings} />
      </h3>
      <dl className="c-ratings">
        {PARTS.map((part) => {
          const rated = cRatings[part];
          return (
            <div key={part}>
              <dt>{labelOf(part)}</dt>
              <dd>
                {rated === null ? (
                  <span className="muted">not rated</span>
                ) : (
                  <>
                    <b>{rated.value.toFixed(1)}</b>
                    <i className="bar" style={{ '--part': rated.value / 10 }} aria-hidden="true" />
                    <small className="muted">{quantity(rated.voices, 'voice')}</small>
                  </>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}
