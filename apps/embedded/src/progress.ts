import type { Run } from '@marquee/contract';
import { closingPhase, currentStep, fractionDone, describeStep } from '@marquee/contract/progress';
import { formatBytes } from '@marquee/process/format-bytes';

/** In plain output, how often a step that goes on is told of. */
const EVERY_MS = 10_000;
const BAR = 24;
const FIGURES = {
  bytes: formatBytes,
  duration: (seconds: number) => `${seconds.toLocaleString('en-US')} s`,
};

/** What is needed of standard output. */
type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { write(text: string): unknown };

/**
 * Shows how a run goes on: bars that are drawn over on a terminal, a line for each change
 * elsewhere.
 */
export class Progress {
  readonly #out: Terminal;
  #drawn = 0;
  #phase = '';
  readonly #noted = new Set<string>();
  readonly #told = new Map<string, { what: string; words: string; at: number }>();

  constructor(out: Terminal) {
    this.#out = out;
  }

  show(run: Run): void {
    const notes = this.#newNotes(run);
    if (this.#out.isTTY) this.#draw(run, notes);
    else this.#tell(run, notes);
  }

  #draw(run: Run, notes: readonly string[]): void {
    const lines = [...barLines(run), ...phaseLines(run)].map((line) =>
      line.slice(0, (this.#out.columns || 120) - 1),
    );
    const back = this.#drawn > 0 ? `\u001B[${this.#drawn}A` : '';
    // the notes stay above what is drawn over
    this.#out.write(
      `${back}${[...notes, ...lines].map((line) => `\u001B[2K${line}\n`).join('')}\u001B[J`,
    );
    this.#drawn = lines.length;
  }

  #tell(run: Run, notes: readonly string[]): void {
    for (const note of notes) this.#out.write(`${note}\n`);
    for (const step of run.steps.filter(({ state }) => state !== 'waiting')) {
      const key = `${step.job} ${step.dataset}`;
      const what = `${step.state} ${step.phase ?? ''}`;
      const before = this.#told.get(key);
      const words = describeStep(step, FIGURES);
      if (
        before?.what === what &&
        (before.words === words || performance.now() - before.at < EVERY_MS)
      )
        continue;
      this.#told.set(key, { what, words, at: performance.now() });
      this.#out.write(`${step.dataset.padEnd(16)}  ${step.job.padEnd(8)}  ${words}\n`);
    }
    const [phase = ''] = phaseLines(run);
    if (phase !== '' && phase !== this.#phase) this.#out.write(`${phase}\n`);
    this.#phase = phase;
  }

  /** Each note is shown once. */
  #newNotes(run: Run): string[] {
    const notes = run.steps
      .filter(({ note }) => note !== null)
      .map(({ dataset, job, note }) => `${dataset.padEnd(16)}  ${job.padEnd(8)}  ${note ?? ''}`);
    const fresh = notes.filter((note) => !this.#noted.has(note));
    for (const note of fresh) this.#noted.add(note);
    return fresh;
  }
}

/** A line with a bar for each dataset: of its load where that has begun, else of its download. */
export function barLines(run: Run): string[] {
  return run.datasets.map((dataset) => {
    const step = currentStep(run, dataset);
    if (!step) return dataset;
    const filled = Math.round((fractionDone(step) ?? 0) * BAR);
    return `${dataset.padEnd(16)}  ${step.job.padEnd(8)}  [${'='.repeat(filled)}${' '.repeat(BAR - filled)}]  ${describeStep(step, FIGURES)}`;
  });
}

/** What the run as a whole is at, once its steps are done. */
function phaseLines(run: Run): string[] {
  const phase = closingPhase(run);
  return phase === null ? [] : [`All datasets are ready: ${phase}`];
}
