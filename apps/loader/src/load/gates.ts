import type { Gate } from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { RunFault } from '@marquee/runs';

/** Limits below this many rows would stop a small file for a single bad line. */
const ALWAYS_ALLOWED = 10;

/** Rows that a limit in percent allows of so many. */
export function allowedOf(rows: number, percent: number): number {
  return Math.max(ALWAYS_ALLOWED, Math.floor((rows * percent) / 100));
}

/**
 * How to publish in spite of a gate, as one sentence.
 *
 * @param ignored gates that were ignored already: without them, they would stand against it next
 */
function publishInSpiteOf(gate: Gate, ignored: readonly Gate[]): string {
  const gates = [...new Set([...ignored, gate])];
  const body = JSON.stringify({ force: true, ignoreGates: gates });
  return `POST /updatedata ${body}, or marquee update --force --ignore-gates ${gates.join(',')}`;
}

/** A dataset has more rejects than allowed. They are kept, to be read under the run. */
export function tooManyRejects({
  runId,
  dataset,
  rejects,
  rows,
  allowed,
  ignoreGates,
}: {
  runId: string;
  dataset: DatasetName;
  rejects: number;
  rows: number;
  allowed: number;
  ignoreGates: readonly Gate[];
}): RunFault {
  return new RunFault({
    code: 'gate-rejects',
    dataset,
    message: `Gate rejects: ${dataset} has at least ${rejects} rows that cannot be taken, of ${rows}; ${allowed} are allowed.`,
    hint:
      `The published data stays as it is. The lines and the reasons: GET /runs/${runId}/rejects, or marquee rejects ${runId}. ` +
      `To publish all the same: ${publishInSpiteOf('rejects', ignoreGates)}; or set MAX_REJECTS_PERCENT.`,
  });
}

/** A dataset is smaller than what is published by more than allowed. */
export function tooManyRowsLost({
  dataset,
  published,
  rows,
  allowed,
  ignoreGates,
}: {
  dataset: DatasetName;
  published: number;
  rows: number;
  allowed: number;
  ignoreGates: readonly Gate[];
}): RunFault {
  return new RunFault({
    code: 'gate-row-loss',
    dataset,
    message: `Gate row-loss: ${dataset} would go from ${published} rows to ${rows}, ${published - rows} fewer; ${allowed} fewer are allowed.`,
    hint: `The published data stays as it is. If the loss is right: ${publishInSpiteOf('row-loss', ignoreGates)}; or set MAX_ROW_LOSS_PERCENT.`,
  });
}
