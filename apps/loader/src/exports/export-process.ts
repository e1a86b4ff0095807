import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { deserializeError } from '../load/thread/serialized-error.ts';
import type { ExportTask, MadeFile, TaskAnswer } from './child/tasks.ts';

/** The entry point of the child, in the source or in the build. */
const CHILD = new URL(
  import.meta.url.endsWith('.ts') ? './child/main.ts' : './child/main.js',
  import.meta.url,
);

/** The heap limit of the child in MB: rows pass through V8 only for SQLite. */
const HEAP_MB = 96;

/** A child process that makes files. Disposal kills it, even in the middle of a task. */
export class ExportProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;

  /**
   * @param folder for temporary files of SQLite, which is on the disk of the files
   * @param signal kills the process
   */
  constructor(folder: string, signal: AbortSignal) {
    this.#signal = signal;
    this.#child = fork(CHILD, {
      execArgv: [`--max-old-space-size=${HEAP_MB}`, '--disable-warning=ExperimentalWarning'],
      env: { ...process.env, SQLITE_TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'json',
      signal,
      killSignal: 'SIGKILL',
    });
    // the exit of the process rejects the current task
    this.#child.on('error', () => undefined);
  }

  /**
   * Makes a file.
   *
   * @throws the deserialized error of the child; an Error when the process was killed, such as for lack
   *   of memory
   */
  async make(task: ExportTask): Promise<MadeFile> {
    this.#signal.throwIfAborted();
    const ended = new AbortController();
    const exit = once(this.#child, 'exit', { signal: ended.signal }).then(([code, signal]) => {
      this.#signal.throwIfAborted();
      throw new Error(
        `The process that makes the files of exports ended with ${String(signal ?? `exit code ${code}`)} while it made ${task.file}.`,
      );
    });
    const answered = once(this.#child, 'message', { signal: ended.signal });
    try {
      this.#child.send(task);
      const [answer] = (await Promise.race([answered, exit])) as [TaskAnswer];
      if ('error' in answer) throw deserializeError(answer.error);
      return answer.made;
    } finally {
      ended.abort();
      // the abort rejects the loser of the race
      await Promise.allSettled([answered, exit]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }
}
