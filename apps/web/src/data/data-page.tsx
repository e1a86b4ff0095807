import type { Published } from '@marquee/contract';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { usePageTitle } from '../layout.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { count, dateTime } from '../format.ts';
import { DiskUsage } from './disk-usage.tsx';
import { RunView } from './run-view.tsx';
import './data.css';
import { StartButton } from './start-button.tsx';

/** Published datasets, disk usage and runs. */
export function DataPage(): ReactNode {
  usePageTitle('Data');
  const queries = useQueryClient();
  const published = useApi('published', '/published');
  const runs = useApi('runs', '/runs?limit=20');
  const again = () => void queries.invalidateQueries();
  return (
    <>
      <h1>Data</h1>
      <section>
        <h2>Published data</h2>
        {published.isPending ? <Loading what="the published data" /> : null}
        {published.isLoadingError ? <ErrorMessage error={published.error} /> : null}
        {published.data ? <PublishedTable published={published.data} /> : null}
      </section>
      <DiskUsage />
      <section>
        <h2>Runs</h2>
        <div className="actions">
          <StartButton text="Update now" onStarted={again} />
        </div>
        {runs.isPending ? <Loading what="runs" /> : null}
        {runs.isLoadingError ? <ErrorMessage error={runs.error} /> : null}
        {runs.data?.items.length === 0 ? <p className="muted">No runs yet.</p> : null}
        {runs.data?.items.map((run) => (
          <RunView key={run.id} run={run} onEnded={again} />
        ))}
      </section>
    </>
  );
}

function PublishedTable({
  published: { datasets, nextUpdateAt },
}: {
  readonly published: Published;
}): ReactNode {
  return (
    <>
      <div className="scroll" role="region" aria-label="Published datasets" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Dataset</th>
              <th scope="col" className="number">
                Rows
              </th>
              <th scope="col">In use since</th>
              <th scope="col">Downloaded</th>
              <th scope="col" className="number">
                Orphans
              </th>
              <th scope="col" className="number">
                Rejects
              </th>
            </tr>
          </thead>
          <tbody>
            {datasets.map(({ dataset, status, fetchedAt, publishedAt, rows, orphans, rejects }) => (
              <tr key={dataset}>
                <th scope="row">
                  <code>{dataset}</code>
                </th>
                <td className="number">{count(rows)}</td>
                <td>{status === 'empty' ? 'not yet' : dateTime(publishedAt)}</td>
                <td>{dateTime(fetchedAt)}</td>
                <td className="number">
                  {count(Object.values(orphans).reduce((sum, n) => sum + n, 0))}
                </td>
                <td className="number">{count(rejects)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted">
        {nextUpdateAt === null
          ? 'Updates are not scheduled: start them here.'
          : `The next update is due ${dateTime(nextUpdateAt)}.`}{' '}
        Orphans are references to missing rows.
      </p>
    </>
  );
}
