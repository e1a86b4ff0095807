import { z } from 'zod';

/**
 * The environment does not say what a process needs. Its message names each fault by variable,
 * never by value: values can be secrets.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a process's configuration from its environment, once, at start.
 *
 * An empty variable counts as one that is not set, as `.env` files and compose leave them.
 *
 * @param schema an object schema; its keys are the variables
 * @throws ConfigError naming every variable that is missing or wrong, with what was expected
 */
export function readConfig<T extends z.ZodObject>(
  schema: T,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<T> {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const name = issue.path.join('.');
    const what = set[name] === undefined ? 'is not set' : 'is not valid';
    return `  ${name} ${what}: expected ${expectationOf(schema.shape[name]) ?? issue.message}`;
  });
  throw new ConfigError(
    `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}; see .env.example:\n${faults.join('\n')}`,
  );
}

/** A schema's description, also when a default or an option is wrapped around it. */
function expectationOf(schema: unknown): string | undefined {
  for (
    let inner = schema;
    inner instanceof z.ZodType;
    inner =
      inner instanceof z.ZodDefault || inner instanceof z.ZodOptional ? inner.unwrap() : undefined
  ) {
    if (inner.description !== undefined) return inner.description;
  }
  return undefined;
}

/** A TCP port, with its default. */
export function port(usual: number): z.ZodDefault<z.ZodCoercedNumber<string>> {
  return z.coerce
    .number<string>()
    .int()
    .min(0)
    .max(65_535)
    .default(usual)
    .describe('a port, 0 to 65535');
}

/** A whole number within bounds, with its default. */
export function count(
  usual: number,
  { min = 1, max = Number.MAX_SAFE_INTEGER } = {},
): z.ZodDefault<z.ZodCoercedNumber<string>> {
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return z.coerce
    .number<string>()
    .int()
    .min(min)
    .max(max)
    .default(usual)
    .describe(`a whole number ${bounds}`);
}

/** A URL of one of some schemes, such as `postgres:`. */
export function url(...schemes: string[]): z.ZodURL {
  return z
    .url({ protocol: new RegExp(`^(${schemes.join('|')})$`, 'u') })
    .describe(`a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
}

/** `QUEUE_URL`: where jobs live. Its scheme chooses between Redis and PostgreSQL. */
export function queueUrl(): z.ZodURL {
  return url('postgres', 'postgresql', 'redis', 'rediss');
}

/** `LOG_LEVEL`: from which level on a log is written. */
export function logLevel(): z.ZodDefault<
  z.ZodEnum<{ debug: 'debug'; info: 'info'; warn: 'warn'; error: 'error' }>
> {
  return z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('debug, info, warn or error');
}

/**
 * `HEARTBEAT_FILE`: written every few seconds while a process is well, for a health check to look
 * at (see runProcess).
 */
export function heartbeatFile(): z.ZodOptional<z.ZodString> {
  return z.string().describe('a path').optional();
}
