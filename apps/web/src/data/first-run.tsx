import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { RunView } from './run-view.tsx';
import { StartButton } from './start-button.tsx';

/** An empty database, the one button that fills it, and how far that is. */
export function FirstRun(): ReactNode {
  const queries = useQueryClient();
  const runs = useApi('runs', '/runs?limit=1');
  const newest = runs.data?.items[0];
  return (
    <section className="hero">
      <h1>There is nothing in here yet</h1>
      <p>
        marquee keeps a copy of IMDb&rsquo;s public datasets on your machine. Fetching all of them
        takes about 2 GB of download and 40 GB of disk; how long, your line and your disk decide.
        You can close this page meanwhile.
      </p>
      {newest?.state === 'running' ? null : (
        <StartButton text="Fetch the data" onStarted={() => void runs.refetch()} />
      )}
      {newest === undefined ? null : (
        <RunView key={newest.id} run={newest} onEnded={() => void queries.invalidateQueries()} />
      )}
    </section>
  );
}
