import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** A process's log: one JSON object a line on standard output, with the process's name. */
export function createLog(name: string, level: string): Logger {
  return pino({ name, level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } });
}
