import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { SOURCES_PATH } from '../sources.ts';

/** The attribution of each source, as its licence asks for it; that of IMDb is on every page. */
export function SourceCredits({ sources }: { readonly sources: readonly string[] }): ReactNode {
  const { data } = useApi('sources', SOURCES_PATH);
  const shown = data?.items.filter(({ id }) => id !== 'imdb' && sources.includes(id)) ?? [];
  if (shown.length === 0) return null;
  return (
    <ul className="source-credits" aria-label="Sources">
      {shown.map(({ id, name, attribution }) => (
        <li key={id}>
          <b>{name}</b> <span className="muted">{attribution}</span>
        </li>
      ))}
    </ul>
  );
}
