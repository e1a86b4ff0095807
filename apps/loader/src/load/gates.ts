import type { Gate } from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { RunFault } from '@marquee/runs';

/** A lower limit would fail a small file for a single bad line. */
const MIN_ALLOWED = 10;

/** The number of rows that a limit in percent allows. */
export function allowedOf(rows: number, percent: number): number {
  return Math.max(MIN_ALLOWED, Math.floor((rows * percent) / 100));
}

/**
 * A sentence that says how to publish in spite of a gate.
 *
 * @param ignored gates that the run ignored already: if they were left out, they would fail next
 */
function publishDespite(gate: Gate, ignored: readonly Gate[]): string {
  const gates = [...new Set([...ignored, gate])];
  const body = JSON.stringify({ force: true, ignoreGates: gates });
  return `POST /updatedata ${body}, or marquee update --force --ignore-gates ${gates.join(',')}`;
}

/** The error of a dataset with more rejects than allowed. The rejects are kept with the run. */
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
    message: `Gate rejects: ${dataset} would reject at least ${rejects} rows of ${rows}; ${allowed} are allowed.`,
    hint:
      `The published data stays as it is. The lines and the reasons: GET /runs/${runId}/rejects, or marquee rejects ${runId}. ` +
      `To publish anyway: ${publishDespite('rejects', ignoreGates)}; or set MAX_REJECTS_PERCENT.`,
  });
}

/** The error of a dataset that would lose more rows than allowed. */
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
    hint: `The published data stays as it is. If the loss is right: ${publishDespite('row-loss', ignoreGates)}; or set MAX_ROW_LOSS_PERCENT.`,
  });
}
