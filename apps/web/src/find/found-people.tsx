import type { SearchResult } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useApi, type ListItems } from '../api-client.ts';
import { PersonRow } from '../design/person-row.tsx';
import { joinFacts, labelOf } from '../format.ts';
import { resultsOf } from '../search-box.tsx';

/** The best matches of the text without filters; undefined while loading. */
function useSearchResults(
  q: string,
  kind: SearchResult['kind'],
): readonly ListItems['search'][] | undefined {
  const { data, isPlaceholderData } = useApi(
    'search',
    q === '' ? null : `/search?${new URLSearchParams({ q, kind, limit: '6' }).toString()}`,
  );
  return isPlaceholderData ? undefined : data?.items;
}

/** People whose names match the text; undefined while loading. */
export function usePeople(
  q: string,
): readonly NonNullable<ListItems['search']['name']>[] | undefined {
  return useSearchResults(q, 'name')?.flatMap(({ name }) => (name ? [name] : []));
}

/** People whose names match the text, in room that is kept for them. */
export function FoundPeople({ q }: { readonly q: string }): ReactNode {
  const results = useSearchResults(q, 'name');
  const people = usePeople(q);
  const isNear = results?.[0]?.match === 'near';
  return (
    <section className="found-people" aria-label="People">
      <h2>{isNear ? 'People of similar names' : 'People'}</h2>
      {people?.length === 0 ? <p className="muted">No person of this name.</p> : null}
      <ul className="people">
        {people?.map(({ nconst, primaryName, birthYear, primaryProfession }) => (
          <PersonRow
            key={nconst}
            nconst={nconst}
            name={primaryName}
            note={joinFacts(
              primaryProfession?.slice(0, 2).map(labelOf).join(', '),
              birthYear?.toString(),
            )}
          />
        ))}
      </ul>
    </section>
  );
}

/** If even the best match only has similar words: says so, and links to that spelling. */
export function DidYouMean({ q }: { readonly q: string }): ReactNode {
  const best = useSearchResults(q, 'title')?.[0];
  if (best?.match !== 'near') return null;
  const spelling = best.title?.primaryTitle ?? best.matched ?? q;
  return (
    <p className="did-you-mean">
      No title matches “{q}” exactly. Did you mean{' '}
      <Link href={resultsOf(spelling)}>{spelling}</Link>?
    </p>
  );
}
