import type { ReactNode } from 'react';
import { useApi } from './api-client.ts';

/**
 * The attribution that IMDb requires for its data, or the note that the data is made up. Empty
 * until known.
 */
export function Attribution(): ReactNode {
  const published = useApi('published', '/published');
  if (published.data === undefined) return null;
  if (published.data.isMadeUp) return <p>{published.data.attribution}</p>;
  return (
    <p>
      Information courtesy of IMDb (<a href="https://www.imdb.com">https://www.imdb.com</a>). Used
      with permission. For personal and non-commercial use.
    </p>
  );
}

/** Marks made-up data at the top of every page; the attribution at the bottom explains it. */
export function SampleDataBadge(): ReactNode {
  const published = useApi('published', '/published');
  if (published.data?.isMadeUp !== true) return null;
  return (
    <small>
      {published.data.realSources.length === 0 ? 'Made-up data' : 'Partly made-up data'}
    </small>
  );
}

/**
 * The id of a title or a name, linked to IMDb if the data is IMDb's: ids of made-up data belong to
 * others there.
 */
export function ImdbLink({
  kind,
  id,
}: {
  readonly kind: 'title' | 'name';
  readonly id: string;
}): ReactNode {
  const published = useApi('published', '/published');
  if (published.data?.isMadeUp !== false) return <span className="muted">{id}</span>;
  return (
    <a href={`https://www.imdb.com/${kind}/${id}/`} rel="noreferrer">
      {id} on imdb.com
    </a>
  );
}
