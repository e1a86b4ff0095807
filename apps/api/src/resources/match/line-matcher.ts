import { MatchLine, type MatchedLine, type TitleMatch } from '@marquee/contract';
import type { Logger } from '@marquee/process';
import { pMapIterable } from 'p-map';
import type { Database } from '../../database/database.ts';
import { StreamSlots, type StreamClient } from '../../database/stream-slots.ts';
import { problemOf } from '../../http/errors/problem.filter.ts';
import { badInput } from '../../problems/bad-input.ts';
import { matchTitle } from '../../read-models/title-match/match-title.ts';

/** Half of the connections for prepared reads: searches of others go on. */
const CONCURRENCY = 4;

/** Who sent the lines, and how long they wait. */
interface LineReader {
  readonly client: StreamClient;
  /** Ends the matching. */
  readonly signal: AbortSignal;
  /** Of the request, for the log. */
  readonly requestId: string;
}

/** Matches titles, line by line. */
export class LineMatcher {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #slots = new StreamSlots();

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /**
   * Matches lines of NDJSON, and yields an answer for each in their order. A line with a fault gets
   * an error; the others are answered. Only as many lines are matched ahead of the reader as at
   * once.
   *
   * @throws ProblemException 429 or 503 for too many streams
   */
  match(
    lines: readonly string[],
    { client, signal, requestId }: LineReader,
  ): AsyncIterable<MatchedLine> {
    const freeSlot = this.#slots.take(client);
    signal.addEventListener('abort', freeSlot);
    return pMapIterable(
      lines,
      async (text, index) => {
        signal.throwIfAborted();
        return this.#matchLine(text, index + 1, requestId);
      },
      { concurrency: CONCURRENCY },
    );
  }

  /** Tries again what a busy database has not answered in time: nobody waits for a single line. */
  async #matchTwice(line: MatchLine): Promise<TitleMatch> {
    try {
      return await matchTitle(this.#database, line);
    } catch (error) {
      if (problemOf(error).status !== 503) throw error;
      return matchTitle(this.#database, line);
    }
  }

  async #matchLine(text: string, line: number, requestId: string): Promise<MatchedLine> {
    let ref: MatchedLine['ref'] = null;
    try {
      const given = parse(text);
      ref = refOf(given);
      return { line, ref, ...(await this.#matchTwice(lineOf(given))) };
    } catch (error) {
      const { status, code, detail } = problemOf(error);
      if (status >= 500) this.#log.warn({ err: error, request: requestId, line }, detail);
      return { line, ref, error: { code, detail } };
    }
  }
}

const FIELDS = ['title', 'year', 'titleType', 'director', 'limit', 'ref'];

/** @throws ProblemException 400 */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badInput([{ message: 'expected a JSON object, such as {"title":"Dusk","year":2017}' }]);
  }
}

/** @throws ProblemException 400 */
function lineOf(given: unknown): MatchLine {
  const { success, data, error } = MatchLine.safeParse(given);
  if (success) return data;
  const issues = error.issues.map((issue) =>
    issue.code === 'unrecognized_keys' ? issue : { message: issue.message, path: issue.path },
  );
  throw badInput(issues, FIELDS, 'field');
}

/** The label of a line, also of one whose other fields are wrong. */
function refOf(given: unknown): MatchedLine['ref'] {
  if (typeof given !== 'object' || given === null || !('ref' in given)) return null;
  const { ref } = given;
  return typeof ref === 'string' || typeof ref === 'number' ? ref : null;
}
