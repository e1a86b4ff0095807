import { MatchLine, type MatchedLine, type TitleMatch } from '@marquee/contract';
import type { Logger } from '@marquee/process';
import { pMapIterable } from 'p-map';
import type { Database } from '../../database/database.ts';
import { StreamSlots, type StreamClient } from '../../database/stream-slots.ts';
import { InputPipe } from '../../http/errors/input-pipe.ts';
import { problemOf } from '../../http/errors/problem.filter.ts';
import { badInput } from '../../problems/bad-input.ts';
import { matchTitle } from '../../read-models/title-match/match-title.ts';
import type { Line } from './lines.ts';
import type { Vocabularies } from '../../read-models/vocabularies/vocabularies.ts';

/** Half of the connections for prepared reads: searches of others go on. */
const CONCURRENCY = 4;

/** Much longer than any description of a title. */
export const MAX_LINE_LENGTH = 64 * 1024;

/** How a line is parsed: as a body is. */
const LINE = { type: 'body', schema: MatchLine } as const;

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
  readonly #input: InputPipe;
  readonly #slots = new StreamSlots();

  constructor(database: Database, vocabularies: Vocabularies, log: Logger) {
    this.#input = new InputPipe(vocabularies);
    this.#database = database;
    this.#log = log;
  }

  /**
   * Matches lines of NDJSON, and yields an answer for each in their order. A line with a fault gets
   * an error; the others are answered. Only as many lines are read and matched ahead of the reader
   * as at once, so that any number of them needs the memory of a few.
   *
   * @throws ProblemException 429 or 503 for too many streams
   */
  match(
    lines: AsyncIterable<Line>,
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

  async #matchLine(text: Line, line: number, requestId: string): Promise<MatchedLine> {
    let ref: MatchedLine['ref'] = null;
    try {
      const given = parse(text);
      ref = refOf(given);
      const description = await this.#input.transform(withoutNulls(given), LINE);
      return { line, ref, ...(await this.#matchTwice(description as MatchLine)) };
    } catch (error) {
      const { status, code, detail } = problemOf(error);
      if (status >= 500) this.#log.warn({ err: error, request: requestId, line }, detail);
      return { line, ref, error: { code, detail } };
    }
  }
}

/** @throws ProblemException 400 */
function parse(text: Line): unknown {
  if (text === null)
    throw badInput([{ message: `expected a line of at most ${MAX_LINE_LENGTH} characters` }]);
  try {
    return JSON.parse(text);
  } catch {
    throw badInput([{ message: 'expected a JSON object, such as {"title":"Dusk","year":2017}' }]);
  }
}

/** An object without its fields of null, which exports write for what is missing. */
function withoutNulls(given: unknown): unknown {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
    ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
    : given;
}

/** The label of a line, also of one whose other fields are wrong. */
function refOf(given: unknown): MatchedLine['ref'] {
  if (typeof given !== 'object' || given === null || !('ref' in given)) return null;
  const { ref } = given;
  return typeof ref === 'string' || typeof ref === 'number' ? ref : null;
}
