import { FuzzConnection } from './connection.ts';
import type { RequestSource } from './requests.ts';

interface FuzzReport {
  /** Number of requests by result. */
  readonly answers: Readonly<Record<string, number>>;
  /** Responses with server errors, with their requests. */
  readonly faults: readonly string[];
  /** Number of rejections due to timeouts or overload. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Codes that are acceptable with 503 under load. */
const REFUSALS = new Set(['too-slow', 'too-many-streams', 'busy']);

/**
 * Sends a range of requests on several connections at once.
 *
 * @throws Error if the server stops responding
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
