import type { RunStep } from '@marquee/contract';
import { describeSpeed, fractionDone, isSkipped } from '@marquee/contract/progress';
import type { ReactNode } from 'react';
import { bytes, duration, joinFacts, quantity } from '../format.ts';
import { stepName } from './words.ts';

/** The steps of a run; those that run have a bar. */
export function Steps({ steps }: { readonly steps: readonly RunStep[] }): ReactNode {
  return (
    <ul className="steps">
      {steps.map((step) => (
        <li key={step.job + step.dataset}>
          <span>{stepName(step)}</span>
          {step.state === 'running' ? (
            <progress aria-label={stepName(step)} max={1} value={fractionDone(step) ?? 0} />
          ) : null}
          <small className="muted">{stepFacts(step)}</small>
          {step.note === null ? null : <small>{step.note}</small>}
        </li>
      ))}
    </ul>
  );
}

function stepFacts(step: RunStep): string {
  const { state, bytesDone, bytesTotal, rowsDone, rejects, secondsLeft } = step;
  return joinFacts(
    stepStatus(step),
    bytesTotal !== null &&
      bytesTotal > 0 &&
      (state === 'done' ? bytes(bytesTotal) : `${bytes(bytesDone)} of ${bytes(bytesTotal)}`),
    rowsDone > 0 && quantity(rowsDone, 'row'),
    rejects > 0 && `${quantity(rejects, 'line')} left out`,
    state === 'running' && describeSpeed(step, { bytes }),
    // a step that builds indexes has no rows left
    state === 'running' && (secondsLeft ?? 0) > 0 && `${duration(secondsLeft ?? 0)} left`,
  );
}

/** The phase of a step; for a skipped one the message that names the failed step. */
function stepStatus(step: RunStep): string {
  if (step.error !== null && isSkipped(step)) return step.error.message;
  return step.state === 'failed' ? 'failed' : (step.phase ?? step.state);
}
