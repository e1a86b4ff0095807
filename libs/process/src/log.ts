import { destination, pino, stdSerializers, type Logger, type SerializedError } from 'pino';

export type { Logger } from 'pino';

/** A process's log: one JSON object a line on standard output, with the process's name. */
export function createLog(name: string, level: string): Logger {
  const options = {
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeFault },
  };
  // at once: what a process says last must not be lost, or come out of order, when it exits
  return pino(options, destination({ sync: true }));
}

/**
 * What an error says of itself. Everything else that hangs on it stays out: pg hangs its whole
 * connection on, and who knows what secrets.
 */
function describeFault(error: Error): Partial<SerializedError> {
  const { type, message, stack, ...rest } = stdSerializers.err(error);
  const { code, hint, detail } = rest as Record<string, unknown>;
  return {
    type,
    message,
    stack,
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
    ...(detail === undefined ? {} : { detail }),
  };
}
