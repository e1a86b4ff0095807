import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { FileCheck } from '@marquee/contract';
import type { SourceDefinition } from '@marquee/sources';
import { Injectable } from '@nestjs/common';
import { Piscina } from 'piscina';
import { ProblemException } from '../../problems/problem-exception.ts';
import type { Reading, ReadingTask } from './file-reader-thread.ts';
import type { ReadRecords } from './records-of-files.ts';

/** Others need the processors too. */
const MAX_THREADS = 2;
/** Files that wait for a thread. */
const MAX_WAITING = 8;
/** On a busy machine, requests come first. */
const NICE = 10;
/** An idle thread keeps its code compiled, which takes 0.2 s. */
const IDLE_MS = 60_000;
/** Five times what a trial of the largest size needs: a file that takes more ends its thread alone. */
const MAX_HEAP_MB = 1024;

const RETRY_AFTER_SECONDS = 10;

/** The entry point of a thread, in the source or in the build. */
const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './file-reader-thread.ts' : './file-reader-thread.js',
  import.meta.url,
);

/** A file by its name in a definition. */
export interface NamedFile {
  readonly name: string;
  readonly content: Readable;
  /** Of a trial of a library: the same content, to find its pictures; else null. */
  readonly library: Readable | null;
}

/** Reads files of sources in threads: rows of 4 GB take minutes, in which others are answered. */
@Injectable()
export class FileReader {
  readonly #threads = new Piscina({
    filename: fileURLToPath(THREAD),
    minThreads: 0,
    maxThreads: MAX_THREADS,
    maxQueue: MAX_WAITING,
    idleTimeout: IDLE_MS,
    niceIncrement: NICE,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });

  /** Reads one file. @throws as {@link FileReader.trial} */
  async check(
    definition: SourceDefinition,
    file: NamedFile,
    signal: AbortSignal,
  ): Promise<Reading<FileCheck>> {
    return this.#read('check', definition, [file], signal);
  }

  /**
   * Reads the files of a source, and joins them.
   *
   * @param signal ends the reading, also within a row
   * @throws ProblemException 422 for a file that takes too much memory, 503 if too many wait; the error
   *   of a content
   */
  async trial(
    definition: SourceDefinition,
    files: readonly NamedFile[],
    signal: AbortSignal,
  ): Promise<Reading<ReadRecords>> {
    return this.#read('trial', definition, files, signal);
  }

  async #read<T>(
    name: 'check' | 'trial',
    definition: SourceDefinition,
    files: readonly NamedFile[],
    signal: AbortSignal,
  ): Promise<Reading<T>> {
    const broken: Error[] = [];
    const contents = files.flatMap(({ content, library }) => [content, library ?? []].flat());
    for (const content of contents) content.once('error', (error) => broken.push(error));
    try {
      if (this.#threads.queueSize >= MAX_WAITING) throw tooMany();
      const task: ReadingTask = {
        definition,
        files: files.map(({ name: file, content, library }) => ({
          name: file,
          content: Readable.toWeb(content),
          library: library === null ? null : Readable.toWeb(library),
        })),
      };
      const transferList = task.files.flatMap(({ content, library }) =>
        [content, library ?? []].flat(),
      );
      return (await this.#threads.run(task, { name, signal, transferList })) as Reading<T>;
    } catch (error) {
      // the thread knows a copy of it, without its fields
      const [first] = broken;
      if (first !== undefined) throw first;
      if (signal.aborted) throw clientLeft();
      throw isOutOfMemory(error) ? tooComplex() : error;
    } finally {
      for (const content of contents) content.destroy();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#threads.destroy();
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** Nobody reads it, and the log does not call it an error of ours. */
function clientLeft(): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'cut-off',
    detail: 'The connection ended before the file was read.',
    hint: 'Send it again, and wait for the answer.',
  });
}

function tooMany(): ProblemException {
  return new ProblemException({
    status: 503,
    code: 'busy',
    detail: `${MAX_THREADS} files are being read, and ${MAX_WAITING} wait: these are all that may.`,
    hint: 'Try again in a minute.',
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
  });
}

function tooComplex(): ProblemException {
  return new ProblemException({
    status: 422,
    code: 'too-complex',
    detail: `Reading the file takes more than ${MAX_HEAP_MB} MiB of memory.`,
    hint: 'Are its rows much larger than those of other files? Send a part of it.',
  });
}
