import type { Run, RunAccepted } from '@marquee/contract';
import {
  closingPhase,
  currentStep,
  runSeconds,
  fractionDone,
  describeStep,
} from '@marquee/contract/progress';
import { formatBytes } from '@marquee/process/format-bytes';
import cliProgress, { type Options, type SingleBar } from 'cli-progress';
import type { Context } from './context.ts';
import { duration } from './figures.ts';
import { CliFault, EXIT } from './faults.ts';
import { cut, plain } from './table.ts';

const FIGURES = { bytes: formatBytes, duration };

interface Payload {
  readonly label: string;
  readonly job: string;
  readonly words: string;
}

interface Progress {
  show(run: Run): void;
  end(): void;
}

/**
 * Shows how a run goes until it has ended: bars on a terminal, a line for each change elsewhere,
 * JSON lines where those are asked for. Ctrl-C leaves the run going, and says so.
 *
 * @returns the run at its end, however that was
 */
export async function followRun(
  { api, out, signal }: Context,
  id: string,
  { asLines = false } = {},
): Promise<Run> {
  const progress = out.isJson
    ? silent(asLines ? (run) => out.jsonLine(run) : () => undefined)
    : process.stderr.isTTY
      ? new Bars()
      : new Lines((line) => out.note(line));
  try {
    let last: Run | null = null;
    for await (const run of api.watch(id)) {
      progress.show(run);
      last = run;
    }
    if (last === null) throw new CliFault(`Nothing was heard of run ${id}.`);
    return last;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CliFault('', {
      exitCode: EXIT.interrupted,
      code: 'interrupted',
      hint: `The run goes on without this. Watch it: marquee runs watch ${id}\nTo end it: marquee runs cancel ${id}`,
    });
  } finally {
    progress.end();
  }
}

/** Says how a run that is not waited for has started. */
export function reportStart({ out }: Context, kind: Run['kind'], accepted: RunAccepted): void {
  if (out.isJson) out.json(accepted);
  else out.line(`The ${kind} runs as ${accepted.id}. Watch it: marquee runs watch ${accepted.id}`);
}

/** Says how a run has ended. @throws CliFault where it failed */
export function reportEnd({ out, make }: Context, run: Run): void {
  const { state, kind, error } = run;
  if (out.isJson) out.json(run);
  if (state === 'succeeded') {
    if (!out.isJson)
      out.line(`The ${kind} has succeeded, in ${duration(runSeconds(run) ?? 0)}.`, 'green');
    return;
  }
  const where = error?.dataset ? ` at ${error.dataset}` : '';
  throw new CliFault(
    `The ${kind} has failed${where}: ${error?.message ?? 'for a reason unknown'}`,
    { hint: error?.hint ?? `The logs say more: ${make('logs')}`, code: error?.code ?? 'failed' },
  );
}

/** The run as a whole: what it is at when all steps are done, and until then how many are. */
function summaryOf(run: Run): string {
  const phase = closingPhase(run);
  if (phase !== null) return phase;
  const { state, steps } = run;
  const done = `${steps.filter((step) => step.state === 'done').length} of ${steps.length} steps`;
  const left = Math.max(...steps.map(({ secondsLeft }) => secondsLeft ?? 0));
  return left > 0 && state === 'running'
    ? `${done}, about ${duration(left)} left for those that go`
    : done;
}

function silent(show: (run: Run) => void): Progress {
  return { show, end: () => undefined };
}

/** A bar for each dataset and one for the whole, drawn over. */
class Bars implements Progress {
  readonly #bars = new cliProgress.MultiBar(
    { format: formatBar, hideCursor: true, linewrap: false, gracefulExit: false, barsize: 24 },
    cliProgress.Presets.shades_classic,
  );
  readonly #byLabel = new Map<string, SingleBar>();
  readonly #notes = new Map<string, string>();

  show(run: Run): void {
    for (const { dataset, note } of run.steps) {
      if (note !== null) this.#notes.set(dataset, note);
    }
    for (const dataset of run.datasets) {
      const step = currentStep(run, dataset);
      if (step)
        this.#draw(fractionDone(step) ?? 0, {
          label: dataset,
          job: step.job,
          words: describeStep(step, FIGURES),
        });
    }
    const done = run.steps.reduce((sum, step) => sum + (fractionDone(step) ?? 0), 0);
    this.#draw(done / Math.max(1, run.steps.length), {
      label: 'all',
      job: run.kind,
      words: summaryOf(run),
    });
  }

  end(): void {
    this.#bars.update();
    this.#bars.stop();
    // below the bars: what is written between them and their last drawing would be drawn over
    for (const [note, datasets] of Map.groupBy(
      this.#notes.keys(),
      (dataset) => this.#notes.get(dataset) ?? '',
    ))
      process.stderr.write(`${datasets.join(', ')}: ${plain(note)}\n`);
  }

  #draw(share: number, payload: Payload): void {
    const bar = this.#byLabel.get(payload.label);
    if (bar) bar.update(share * 1000, payload);
    else this.#byLabel.set(payload.label, this.#bars.create(1000, share * 1000, payload));
  }
}

function formatBar(
  options: Options,
  { progress }: { progress: number },
  { label, job, words }: Payload,
): string {
  return cut(
    `${label.padEnd(16)}  ${job.padEnd(8)}  ${cliProgress.Format.BarFormat(progress, options)}  ${plain(words)}`,
    (process.stderr.columns || 80) - 1,
  );
}

/** A line for each step that has come to something else. */
class Lines implements Progress {
  readonly #write: (line: string) => void;
  readonly #told = new Map<string, string>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  show(run: Run): void {
    for (const step of run.steps.filter(({ state }) => state !== 'waiting')) {
      this.#tell(
        `${step.dataset.padEnd(16)}  ${step.job.padEnd(8)}`,
        `${step.state} ${step.phase ?? ''}`,
        describeStep(step, FIGURES),
      );
      if (step.note !== null)
        this.#tell(`${step.dataset.padEnd(16)}  note    `, step.note, step.note);
    }
    if (run.phase !== null)
      this.#tell(`${'all'.padEnd(16)}  ${run.kind.padEnd(8)}`, run.phase, run.phase);
  }

  end(): void {
    this.#told.clear();
  }

  #tell(who: string, what: string, words: string): void {
    if (this.#told.get(who) === what) return;
    this.#told.set(who, what);
    this.#write(`${who}  ${plain(words)}`);
  }
}
