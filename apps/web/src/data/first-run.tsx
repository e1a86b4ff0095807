import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { RunView } from './run-view.tsx';
import { StartButton } from './start-button.tsx';

/** Start page of an empty database: the button that loads it, and the progress. */
export function FirstRun(): ReactNode {
  const queries = useQueryClient();
  const runs = useApi('runs', '/runs?limit=1');
  const newest = runs.data?.items[0];
  return (
    <section className="hero">
      <h1>No data yet</h1>
      <p>
        marquee keeps a copy of IMDb&rsquo;s public datasets on your machine. It downloads about 2
        GB and needs about 40 GB of disk; the time depends on your connection and your disk. You can
        close this page meanwhile.
      </p>
      {newest?.state === 'running' ? null : (
        <StartButton text="Download the data" onStarted={() => void runs.refetch()} />
      )}
      {newest === undefined ? null : (
        <RunView key={newest.id} run={newest} onEnded={() => void queries.invalidateQueries()} />
      )}
    </section>
  );
}
