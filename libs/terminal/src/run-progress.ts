import type { Run } from '@marquee/contract';
import { closingPhase, currentStep, fractionDone, describeStep } from '@marquee/contract/progress';
import cliProgress, { type Options, type SingleBar } from 'cli-progress';
import { formatBytes } from '@marquee/process/format-bytes';
import { duration } from './format.ts';
import { cut, plain } from './text.ts';

const FORMATTERS = { bytes: formatBytes, duration };

/** How often the line form repeats a step that goes on, in ms. */
const REPEAT_MS = 10_000;

/** Shows the progress of a run. */
export interface RunProgress {
  /** Shows the run as it is now. */
  show(run: Run): void;
  /** Leaves the last state on the screen. Call it also if watching fails. */
  end(): void;
}

/** A progress display: bars on a terminal, a line for each change elsewhere. */
export function createRunProgress(stream: NodeJS.WriteStream): RunProgress {
  return stream.isTTY ? new ProgressBars(stream) : new ProgressLines(stream);
}

interface BarPayload {
  readonly label: string;
  readonly job: string;
  readonly words: string;
}

/** A bar for each dataset and one for the whole run, redrawn in place. */
class ProgressBars implements RunProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #multiBar;
  readonly #bars = new Map<string, SingleBar>();
  readonly #notes = new Map<string, string>();

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#multiBar = new cliProgress.MultiBar(
      {
        stream,
        format: (options, { progress }, payload: BarPayload) => {
          const width = (stream.columns || 80) - 1;
          return cut(formatBar(options, progress, payload, width), width);
        },
        hideCursor: true,
        linewrap: false,
        gracefulExit: false,
      },
      cliProgress.Presets.shades_classic,
    );
  }

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
          words: describeStep(step, FORMATTERS),
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
    this.#multiBar.update();
    this.#multiBar.stop();
    // below the bars: the next drawing would overwrite whatever is written between them
    for (const [note, datasets] of Map.groupBy(
      this.#notes.keys(),
      (dataset) => this.#notes.get(dataset) ?? '',
    ))
      this.#stream.write(`${datasets.join(', ')}: ${plain(note)}\n`);
  }

  #draw(share: number, payload: BarPayload): void {
    const bar = this.#bars.get(payload.label);
    if (bar) bar.update(share * 1000, payload);
    else this.#bars.set(payload.label, this.#multiBar.create(1000, share * 1000, payload));
  }
}

/** In a narrow terminal the bar is short, and the job, which the words imply, is left out. */
function formatBar(
  options: Options,
  share: number,
  { label, job, words }: BarPayload,
  width: number,
): string {
  const isNarrow = width < 70;
  const bar = cliProgress.Format.BarFormat(share, { ...options, barsize: isNarrow ? 8 : 24 });
  const parts = [label.padEnd(16), ...(isNarrow ? [] : [job.padEnd(8)]), bar, plain(words)];
  return parts.join('  ');
}

/** The whole run in a few words: its closing phase, or how many steps are done. */
function summaryOf(run: Run): string {
  const phase = closingPhase(run);
  if (phase !== null) return phase;
  const { state, steps } = run;
  const done = `${steps.filter((step) => step.state === 'done').length} of ${steps.length} steps`;
  const left = Math.max(...steps.map(({ secondsLeft }) => secondsLeft ?? 0));
  return left > 0 && state === 'running'
    ? `${done}, about ${duration(left)} left for the running ones`
    : done;
}

/** A line for each new phase of a step, and every ten seconds for one that goes on. */
class ProgressLines implements RunProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #written = new Map<string, { change: string; words: string; at: number }>();

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(run: Run): void {
    for (const step of run.steps.filter(({ state }) => state !== 'waiting')) {
      const { dataset, job, state, phase, note } = step;
      this.#write([dataset, job], `${state} ${phase ?? ''}`, describeStep(step, FORMATTERS));
      if (note !== null) this.#write([dataset, 'note'], note, note);
    }
    if (run.phase !== null) this.#write(['all', run.kind], run.phase, run.phase);
  }

  end(): void {
    this.#written.clear();
  }

  #write([label, job]: readonly [string, string], change: string, words: string): void {
    const key = `${label.padEnd(16)}  ${job.padEnd(8)}`;
    const last = this.#written.get(key);
    const now = performance.now();
    if (last?.change === change && (last.words === words || now - last.at < REPEAT_MS)) return;
    this.#written.set(key, { change, words, at: now });
    this.#stream.write(`${key}  ${plain(words)}\n`);
  }
}
