import type { ReactNode } from 'react';
import type { ApiResponses } from '../api-client.ts';
import { MergedSections } from './merged-sections.tsx';
import { Names } from './names.tsx';
import { ProvenanceSection } from './provenance.tsx';

export { ProvenanceSection };

interface MovieProps {
  readonly movie: ApiResponses['movie'];
}

/** Below the head of a title that several sources tell of. */
export function MovieFacts({ movie }: MovieProps): ReactNode {
  return <MergedSections movie={movie} provenance={movie.provenance ?? {}} />;
}

/** At the end of its page, in place of the alternative titles of IMDb alone. */
export function MovieNames({ movie }: MovieProps): ReactNode {
  const { names, provenance = {} } = movie;
  return (
    <>
      <Names names={names} provenance={provenance} />
      <ProvenanceSection movie={movie} />
    </>
  );
}
