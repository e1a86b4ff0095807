import type { Movie, Provenance } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Section } from '../design/section.tsx';
import { About, MoneyFacts, MoreFacts } from './facts.tsx';
import './movie.css';
import { CRatings, RatingsPanel } from './ratings.tsx';

/** What other sources add to a title: ratings, money, what it is about, and further facts. */
export function MergedSections({
  movie,
  provenance,
}: {
  readonly movie: Movie;
  readonly provenance: Provenance;
}): ReactNode {
  const merged = { movie, provenance };
  return (
    <div className="columns merged">
      <Section title="Ratings">
        {movie.ratings.length === 0 ? <p className="muted">No source has any.</p> : null}
        <RatingsPanel {...merged} />
        <CRatings {...merged} />
      </Section>
      <Section title="About">
        <About {...merged} />
        <MoneyFacts {...merged} />
        <MoreFacts {...merged} />
      </Section>
    </div>
  );
}
