/** The most tokens of an answer. */
export const MAX_TOKENS = 2000;

/** ASCII characters of a token, at least: ids and numbers have fewer than words. */
const ASCII_PER_TOKEN = 2.3;
/** Tokens of any other character, at most. */
const TOKENS_PER_CHARACTER = 1.2;

/**
 * How many tokens a text has at most. Models count differently: `npm run bench:mcp` compares this
 * estimate with the tokenizer of one.
 */
export function estimateTokens(text: string): number {
  const others = text.replace(/[\0-\u007f]+/gu, '').length;
  return Math.ceil((text.length - others) / ASCII_PER_TOKEN + others * TOKENS_PER_CHARACTER);
}

/** Room for what every answer has besides its own: the day and the source of the data. */
const RESERVED = 120;

/** Whether an answer is short enough. */
export function fits(answer: object): boolean {
  return estimateTokens(JSON.stringify(answer)) <= MAX_TOKENS - RESERVED;
}

/**
 * Answers with as many items as fit. A page is read again with fewer: its cursor then leads to the
 * first item that was left out.
 *
 * @param limit of the first read
 * @param read answers with at most so many items
 */
export async function fitting<A extends object>(
  limit: number,
  read: (limit: number) => Promise<A>,
): Promise<A> {
  for (let wanted = limit; ;) {
    const answer = await read(wanted);
    if (wanted === 1 || fits(answer)) return answer;
    const share = (MAX_TOKENS - RESERVED) / estimateTokens(JSON.stringify(answer));
    wanted = Math.max(1, Math.min(wanted - 1, Math.floor(wanted * share)));
  }
}

/** Fields whose texts are never cut. Ids and days are shorter than the shortest cut. */
const WHOLE: ReadonlySet<string> = new Set(['more', 'note']);

/** An answer whose texts are cut until it fits. Tools leave out items of lists before. */
export function shortened<A extends object>(answer: A): A {
  let short = answer;
  for (const length of [100, 60, 30]) {
    if (fits(short)) break;
    const text = JSON.stringify(answer, (name, value: unknown) =>
      typeof value === 'string' && !WHOLE.has(name) ? clip(value, length) : value,
    );
    short = JSON.parse(text) as A;
  }
  return short;
}

/** A text, cut to a length. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`;
}
