import type { Run } from '@marquee/contract';
import { runProgress, runSeconds } from '@marquee/contract/progress';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { postJson } from '../api-client.ts';
import { ErrorMessage } from '../feedback.tsx';
import { quantity, duration, joinFacts, dateTime } from '../format.ts';
import { Rejects } from './rejects.tsx';
import { RunChanges } from './run-changes.tsx';
import { Steps } from './steps.tsx';
import { useRun } from './use-run.ts';
import { activityOf, roughly, runName, runStateLabel } from './words.ts';

/** A run, updated live while it runs. */
export function RunView({
  run: given,
  onEnded,
}: {
  readonly run: Run;
  readonly onEnded: () => void;
}): ReactNode {
  const run = useRun(given, onEnded);
  const seconds = runSeconds(run);
  return (
    <article className={`run ${run.state}`}>
      <header>
        <h3>
          {runName(run)} <span className="badge">{runStateLabel(run)}</span>
        </h3>
        <p className="muted">
          {joinFacts(dateTime(run.requestedAt), seconds !== null && `took ${duration(seconds)}`)}
        </p>
      </header>
      {run.error === null ? null : (
        <p>
          {run.error.message} <span className="muted">{run.error.hint}</span>
        </p>
      )}
      {run.state === 'running' ? <Running run={run} /> : <Details run={run} />}
    </article>
  );
}

function Running({ run }: { readonly run: Run }): ReactNode {
  const cancel = useMutation({ mutationFn: async () => postJson('run', `/runs/${run.id}/cancel`) });
  const { fraction, secondsLeft } = runProgress(run, useNow());
  return (
    <>
      <progress aria-label="Progress of the run" max={1} value={fraction} />
      <p className="run-progress">
        <b>{Math.floor(fraction * 100)} %</b>{' '}
        {joinFacts(secondsLeft !== null && `about ${roughly(secondsLeft)} left`, activityOf(run))}
      </p>
      <details>
        <summary>Steps</summary>
        <Steps steps={run.steps} />
      </details>
      <button type="button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
        Cancel
      </button>
      {cancel.isError ? <ErrorMessage error={cancel.error} /> : null}
    </>
  );
}

/** The time in ms since the epoch, renewed each second. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function Details({ run }: { readonly run: Run }): ReactNode {
  const [open, setOpen] = useState(false);
  const rejects = run.steps.reduce((sum, step) => sum + step.rejects, 0);
  const hasChanges = run.kind !== 'download' && run.state === 'succeeded';
  const parts = [
    hasChanges && 'changes',
    rejects > 0 && `${quantity(rejects, 'line')} left out`,
    'steps',
  ].filter((part) => part !== false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show {new Intl.ListFormat('en').format(parts)}</summary>
      {open ? (
        <>
          {hasChanges ? <RunChanges run={run} /> : null}
          {rejects > 0 ? <Rejects runId={run.id} /> : null}
          <h4>Steps</h4>
          <Steps steps={run.steps} />
        </>
      ) : null}
    </details>
  );
}
