import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { Section } from '../design/section.tsx';
import { usePageTitle } from '../layout.tsx';
import { useHasKey } from '../session-key.ts';
import { ErrorMessage, KeyForm, Loading } from '../feedback.tsx';
import './data.css';
import { DiskUsage } from './disk-usage.tsx';
import { PublishedTable } from './published-table.tsx';
import { RunView } from './run-view.tsx';
import './data.css';
import { StartButton } from './start-button.tsx';

/** The data in use, the updates that brought it, and the disk that it takes. */
export function DataPage(): ReactNode {
  usePageTitle('Data');
  const queries = useQueryClient();
  const published = useApi('published', '/published');
  const runs = useApi('runs', '/runs?limit=20');
  const isKeyKept = useHasKey();
  const again = () => void queries.invalidateQueries();
  return (
    <>
      <h1>Data</h1>
      <Section title="In use">
        {published.isPending ? <Loading what="what is in use" room="100vh" /> : null}
        {published.isLoadingError ? <ErrorMessage error={published.error} /> : null}
        {published.data ? <PublishedTable published={published.data} /> : null}
      </Section>
      {published.isPending ? null : (
        <Section title="Updates">
          <div className="actions">
            <StartButton text="Update now" onStarted={again} />
            {isKeyKept ? <KeyForm /> : null}
          </div>
          {runs.isPending ? <Loading what="the updates" /> : null}
          {runs.isLoadingError ? <ErrorMessage error={runs.error} /> : null}
          {runs.data?.items.length === 0 ? <p className="muted">No update yet.</p> : null}
          {runs.data?.items.map((run) => (
            <RunView key={run.id} run={run} onEnded={again} />
          ))}
        </Section>
      )}
      {published.isPending || runs.isPending ? null : <DiskUsage />}
    </>
  );
}
