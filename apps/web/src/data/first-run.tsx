import type { Run } from '@marquee/contract';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { Section } from '../design/section.tsx';
import { bytes } from '../format.ts';
import './data.css';
import { RunView } from './run-view.tsx';
import { StartButton } from './start-button.tsx';

/** Free space that the first load needs, with some room to work; see docs/benchmarks.md. */
const NEEDED_BYTES = 50e9;

const HEADINGS = {
  none: 'No data yet',
  running: 'Getting the data',
  failed: 'The data could not be loaded',
  succeeded: 'The data is here',
};

/**
 * Start page of an empty database: the cost of the first load, the button that starts it, and its
 * progress.
 */
export function FirstRun(): ReactNode {
  const queries = useQueryClient();
  const runs = useApi('runs', '/runs?limit=1');
  const newest: Run | undefined = runs.data?.items[0];
  const state = newest?.state ?? 'none';
  return (
    <section className="hero first-run">
      <h1>{HEADINGS[state]}</h1>
      {state === 'running' ? (
        <p>
          You can close this page meanwhile: the work goes on, and the site is ready once it is
          done.
        </p>
      ) : (
        <Expectation />
      )}
      {state === 'running' || runs.isPending ? null : (
        <StartButton
          text={state === 'failed' ? 'Try again' : 'Download the data'}
          onStarted={() => void runs.refetch()}
        />
      )}
      {newest === undefined ? null : (
        <Section title={state === 'running' ? 'Progress' : 'Last attempt'}>
          <RunView key={newest.id} run={newest} onEnded={() => void queries.invalidateQueries()} />
        </Section>
      )}
    </section>
  );
}

function Expectation(): ReactNode {
  const disk = useApi('disk', '/disk');
  const free = disk.data?.freeBytes ?? null;
  return (
    <>
      <p>
        marquee keeps a copy of IMDb&rsquo;s public datasets on this machine. The first time takes:
      </p>
      <dl className="expectation">
        <dt>Download</dt>
        <dd>2 GB, as fast as your connection</dd>
        <dt>Loading</dt>
        <dd>8 to 18 minutes on two cores, for 213 million rows</dd>
        <dt>Disk</dt>
        <dd>
          50 GB
          {free === null ? null : free < NEEDED_BYTES ? (
            <b className="bad">; only {bytes(free)} are free</b>
          ) : (
            `; ${bytes(free)} are free`
          )}
        </dd>
        <dt>Afterwards</dt>
        <dd>about a tenth of that time for the update of a day</dd>
      </dl>
    </>
  );
}
