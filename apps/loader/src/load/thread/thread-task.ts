/**
 * Work for a thread: an asynchronous generator of COPY data. The main thread sends the task's name
 * and options, the worker looks the task up by its name and runs it.
 */
export interface ThreadTask<Options, Progress> {
  /** Unique among the tasks of `worker.ts`, which has to list the task. */
  readonly name: string;
  /** @param options plain data: they are cloned into the thread */
  run(options: Options): AsyncGenerator<TaskOutput<Progress>>;
}

/** One chunk of a task's COPY data, with the task's progress so far. */
export type TaskOutput<Progress> = Progress & { readonly copy: Uint8Array };
