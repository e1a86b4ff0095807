import { destination, pino, stdSerializers, type Logger, type SerializedError } from 'pino';
import { tlsHint } from './tls-hint.ts';
import { logFields } from './log-context.ts';

export type { Logger } from 'pino';

/**
 * The log of a process: one JSON object per line on standard output, with the process's name. Lines
 * of a request or job have its fields, see {@link logFields}.
 */
export function createLog(name: string, level: string): Logger {
  const options = {
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: serializeError },
    mixin: () => ({ ...logFields() }),
  };
  // synchronous: the last lines before an exit must be neither lost nor out of order
  return pino(options, destination({ sync: true }));
}

/**
 * The known fields of an error. All other properties are dropped: pg attaches its whole connection,
 * which can hold secrets.
 */
function serializeError(error: Error): Partial<SerializedError> {
  const { type, message, stack, ...rest } = stdSerializers.err(error);
  const { code, hint = tlsHint(error) ?? undefined, detail } = rest as Record<string, unknown>;
  return {
    type,
    message,
    stack,
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
    ...(detail === undefined ? {} : { detail }),
  };
}
