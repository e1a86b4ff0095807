import type { Run, RunStep } from '@marquee/contract';
import { isSkipped, runSeconds, fractionDone, describeSpeed } from '@marquee/contract/progress';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { postJson } from '../api-client.ts';
import { ErrorMessage } from '../feedback.tsx';
import { bytes, quantity, duration, joinFacts, dateTime, labelOf } from '../format.ts';
import { Rejects } from './rejects.tsx';
import { RunChanges } from './run-changes.tsx';
import { useRun } from './use-run.ts';

/** A run, updated live while it runs. */
export function RunView({
  run: given,
  onEnded,
}: {
  readonly run: Run;
  readonly onEnded: () => void;
}): ReactNode {
  const run = useRun(given, onEnded);
  const cancel = useMutation({ mutationFn: async () => postJson('run', `/runs/${run.id}/cancel`) });
  const isRunning = run.state === 'running';
  const seconds = runSeconds(run);
  return (
    <article className={`run ${run.state}`}>
      <header>
        <h3>
          {labelOf(run.kind)}{' '}
          <span className="badge">{run.error?.code === 'cancelled' ? 'cancelled' : run.state}</span>
        </h3>
        <p className="muted">
          {joinFacts(
            dateTime(run.requestedAt),
            seconds !== null && `took ${duration(seconds)}`,
            run.phase,
          )}
        </p>
      </header>
      {run.error === null ? null : (
        <p>
          {run.error.message} <span className="muted">{run.error.hint}</span>
        </p>
      )}
      {isRunning ? (
        <>
          <Steps steps={run.steps} />
          <button type="button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </button>
        </>
      ) : (
        <Details run={run} />
      )}
      {cancel.isError ? <ErrorMessage error={cancel.error} /> : null}
    </article>
  );
}

function Details({ run }: { readonly run: Run }): ReactNode {
  const [open, setOpen] = useState(false);
  const rejects = run.steps.reduce((sum, step) => sum + step.rejects, 0);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Steps, changes{rejects > 0 ? ` and ${quantity(rejects, 'reject')}` : ''}</summary>
      {open ? (
        <>
          <Steps steps={run.steps} />
          <RunChanges run={run} />
          {rejects > 0 ? <Rejects runId={run.id} /> : null}
        </>
      ) : null}
    </details>
  );
}

/** The phase of a step; for a skipped one the message that names the failed step. */
function stepStatus(step: RunStep): string {
  if (step.error !== null && isSkipped(step)) return step.error.message;
  return step.state === 'failed' ? 'failed' : (step.phase ?? step.state);
}

function Steps({ steps }: { readonly steps: readonly RunStep[] }): ReactNode {
  return (
    <ul className="steps">
      {steps.map((step) => (
        <li key={step.job + step.dataset}>
          <span>
            {labelOf(step.job)} <code>{step.dataset}</code>
          </span>
          <progress
            aria-label={`${labelOf(step.job)} ${step.dataset}`}
            max={1}
            value={fractionDone(step) ?? 0}
          />
          <small className="muted">
            {joinFacts(
              stepStatus(step),
              step.bytesTotal !== null &&
                step.bytesTotal > 0 &&
                `${bytes(step.bytesDone)} of ${bytes(step.bytesTotal)}`,
              step.rowsDone > 0 && quantity(step.rowsDone, 'row'),
              step.rejects > 0 && quantity(step.rejects, 'reject'),
              step.state === 'running' &&
                joinFacts(
                  describeSpeed(step, { bytes }),
                  step.secondsLeft !== null && `${duration(step.secondsLeft)} left`,
                ),
            )}
          </small>
          {step.note === null ? null : <small>{step.note}</small>}
        </li>
      ))}
    </ul>
  );
}
