import { prettyFactory } from 'pino-pretty';

/** A line of a process's log. */
export interface LogLine {
  /** The process that wrote it. */
  readonly name: string;
  /** As it was written: JSON, or plain text that another program wrote. */
  readonly text: string;
}

/** How a line is shown, and what makes it the same event as another. */
interface LogEvent {
  readonly text: string;
  readonly identity: string;
}

/** Fields that the line shows elsewhere, or that help nobody who reads it. */
const HIDDEN = new Set(['level', 'time', 'name', 'msg', 'pid', 'hostname', 'stack', 'type']);

const pretty = prettyFactory({
  colorize: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  hideObject: true,
  ignore: 'pid,hostname',
  // without this, an error takes a dozen lines: `make logs RAW=1` has its stack
  errorLikeObjectKeys: [],
  translateTime: 'SYS:yyyy-mm-dd HH:MM:ss',
  messageFormat: (fields, messageKey) =>
    [fields[messageKey] as string | undefined, ...describeFields(fields)].join('  '),
});

/**
 * Lines for people to read: time, level, process, message and fields. An event that a process logs
 * several times in a row stands once, with the number of its repeats.
 */
export function readableLines(lines: readonly LogLine[]): string[] {
  const shown: (LogEvent & { repeats: number })[] = [];
  const last = new Map<string, LogEvent & { repeats: number }>();
  for (const line of lines) {
    const event = { ...logEvent(line), repeats: 0 };
    const before = last.get(line.name);
    if (before?.identity === event.identity) {
      before.repeats += 1;
      continue;
    }
    shown.push(event);
    last.set(line.name, event);
  }
  return shown.map(({ text, repeats }) =>
    repeats === 0 ? text : `${text}  (and ${repeats} more)`,
  );
}

/** One line for people to read. */
export function readableLine(line: LogLine): string {
  return logEvent(line).text;
}

function logEvent({ name, text }: LogLine): LogEvent {
  const fields = parseFields(text);
  if (fields === null) return { text: `${name}: ${text}`, identity: text };
  const { level, msg, err } = fields;
  return {
    text: pretty(JSON.stringify({ name, ...fields })).trimEnd(),
    identity: JSON.stringify([level, msg, (err as { message?: unknown } | undefined)?.message]),
  };
}

/** The fields of a JSON line; null for any other. */
function parseFields(text: string): Readonly<Record<string, unknown>> | null {
  if (!text.startsWith('{')) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** Fields as `key=value`; an error as its message. */
function describeFields(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(fields)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => `${key}=${describeValue(value)}`);
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/u.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return JSON.stringify(value);
  const { message } = value as { message?: unknown };
  return typeof message === 'string'
    ? JSON.stringify(message)
    : `{${describeFields(value as Record<string, unknown>).join(' ')}}`;
}
