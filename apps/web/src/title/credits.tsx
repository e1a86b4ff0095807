import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useApiList, type ListItems } from '../api-client.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { ShowMore } from '../title-list.tsx';
import { joinFacts, labelOf } from '../format.ts';

const CAST = new Set(['actor', 'actress', 'self']);

/** Cast and crew of a title by role, the cast first. */
export function Credits({ id }: { readonly id: string }): ReactNode {
  const list = useApiList('credits', `/titles/${id}/credits?limit=100`);
  if (list.isPending) return <Loading what="cast and crew" />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const credits = list.data.pages.flatMap(({ items }) => items);
  if (credits.length === 0) return null;
  const cast = credits.filter(({ category }) => CAST.has(category ?? ''));
  const roles = Map.groupBy(
    credits.filter((credit) => !cast.includes(credit)),
    ({ category }) => labelOf(category),
  );
  return (
    <section>
      <h2>Cast and crew</h2>
      <div className="columns">
        {cast.length > 0 ? <Role name="Cast" credits={cast} /> : null}
        {[...roles].map(([name, some]) => (
          <Role key={name} name={name} credits={some} />
        ))}
      </div>
      <ShowMore list={list} />
    </section>
  );
}

function Role({
  name,
  credits,
}: {
  readonly name: string;
  readonly credits: readonly ListItems['credits'][];
}): ReactNode {
  return (
    <div>
      <h3>{name}</h3>
      <ul className="people">
        {credits.map(({ ordering, nconst, primaryName, characters, job }) => (
          <li key={ordering}>
            <Link href={`/name/${nconst}`}>{primaryName ?? nconst}</Link>{' '}
            <span className="muted">{joinFacts(characters?.join(', '), job)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
