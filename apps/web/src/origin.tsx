import type { ReactNode } from 'react';
import { useAnswer } from './answers.ts';

/** Whose data it is: what IMDb asks to be shown with its own; or that it is made up. Where it is not known, it is taken for IMDb's. */
export function Attribution(): ReactNode {
  const published = useAnswer('published', '/published');
  if (published.isPending) return null;
  if (published.data?.isMadeUp === true) return <p>{published.data.attribution}</p>;
  return (
    <p>
      Information courtesy of IMDb (<a href="https://www.imdb.com">https://www.imdb.com</a>). Used with permission. For personal and non-commercial use.
    </p>
  );
}

/** The way to a title or a name at IMDb, where it is IMDb's: others of the same id are others. */
export function AtImdb({ kind, id }: { readonly kind: 'title' | 'name'; readonly id: string }): ReactNode {
  const published = useAnswer('published', '/published');
  if (published.isPending) return null;
  if (published.data?.isMadeUp === true) return <span className="muted">{id} is made up, and not on imdb.com</span>;
  return (
    <a href={`https://www.imdb.com/${kind}/${id}/`} rel="noreferrer">
      {id} on imdb.com
    </a>
  );
}
