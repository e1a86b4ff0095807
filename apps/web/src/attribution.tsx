import type { ReactNode } from 'react';
import { useApi } from './api-client.ts';

/**
 * Whose data it is, as soon as that is known: what IMDb asks to be shown with its own; or that it
 * is made up.
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

/**
 * Says of made-up data, where nobody can miss it, what the attribution below every page says at
 * length.
 */
export function SampleDataBadge(): ReactNode {
  const published = useApi('published', '/published');
  return published.data?.isMadeUp === true ? <small>Made-up data</small> : null;
}

/**
 * The id of a title or a name, as the way to it at IMDb where it is IMDb's: others of the same id
 * are others.
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
