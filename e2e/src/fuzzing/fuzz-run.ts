import { FuzzConnection } from './connection.ts';
import type { RequestSource } from './requests.ts';

export interface FuzzReport {
  /** How many were answered how. */
  readonly answers: Readonly<Record<string, number>>;
  /** Answers that say that the server is at fault, with the requests that made them. */
  readonly faults: readonly string[];
  /** The server's own refusals of what would take too long, or is too much at once. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What a server may say with 503 while it is asked for much at once. */
const REFUSALS = new Set(['too-slow', 'too-many-streams', 'busy']);

/**
 * Sends requests from a number to another on some connections at once.
 *
 * @throws when nobody answers any more
 */
export async function fuzz(
  port: number,
  source: RequestSource,
  { from, to, connections }: { from: number; to: number; connections: number },
): Promise<FuzzReport> {
  const answers: Record<string, number> = {};
  const refused: Record<string, number> = {};
  const faults: string[] = [];
  let next = from;
  const work = async (): Promise<void> => {
    const connection = new FuzzConnection(port);
    while (next < to) {
      const request = source.request(next++);
      const answer = await connection.ask(request);
      const status = typeof answer === 'string' ? answer : String(answer.status);
      answers[status] = (answers[status] ?? 0) + 1;
      if (typeof answer === 'string' || answer.status < 500) continue;
      const code = /"code":"([\w-]+)"/u.exec(answer.text)?.[1] ?? '';
      if (answer.status === 503 && REFUSALS.has(code)) refused[code] = (refused[code] ?? 0) + 1;
      else
        faults.push(
          `request ${request.number} was answered with ${answer.status} ${answer.text.slice(0, 400)}\n${request.bytes.subarray(0, 2000).toString('latin1')}`,
        );
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, work));
  return { answers, faults, refused };
}
