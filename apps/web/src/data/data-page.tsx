import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { Section } from '../design/section.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { usePageTitle } from '../layout.tsx';
import './data.css';
import { DataNav } from './data-nav.tsx';
import { DiskUsage } from './disk-usage.tsx';
import { PublishedTable } from './published-table.tsx';
import { RunView } from './run-view.tsx';
import { StartButton } from './start-button.tsx';

/** The data in use, the updates that brought it, and the disk that it takes. */
export function DataPage(): ReactNode {
  usePageTitle('Data');
  // the schedule, the command line and other visitors start updates too
  const published = useApi('published', '/published', { live: true });
  const disk = useApi('disk', '/disk');
  return (
    <>
      <DataNav />
      <h1>Data</h1>
      {published.isPending ? (
        <Loading what="what is in use" />
      ) : (
        <div className="data-halves">
          <Section title="In use">
            {published.isLoadingError ? (
              <ErrorMessage error={published.error} />
            ) : (
              <PublishedTable published={published.data} />
            )}
          </Section>
          <Updates />
          <DiskUsage disk={disk} />
        </div>
      )}
    </>
  );
}

function Updates(): ReactNode {
  const queries = useQueryClient();
  const runs = useApi('runs', '/runs?limit=20', { live: true });
  const again = () => void queries.invalidateQueries();
  return (
    <Section title="Updates">
      <div className="actions">
        <StartButton text="Update now" onStarted={again} />
      </div>
      {runs.isPending ? <Loading what="the updates" /> : null}
      {runs.isLoadingError ? <ErrorMessage error={runs.error} /> : null}
      {runs.data?.items.length === 0 ? <p className="muted">No update yet.</p> : null}
      {runs.data?.items.map((run) => (
        <RunView key={run.id} run={run} onEnded={again} />
      ))}
    </Section>
  );
}
