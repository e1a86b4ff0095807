import { z } from 'zod';

/**
 * The environment lacks variables or has invalid ones. The message names the variables and never
 * their values, which can be secrets.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The faults one by one, such as `API_PORT is not valid: expected a port, 0 to 65535`. */
  readonly faults: readonly string[];

  constructor(message: string, faults: readonly string[] = [message]) {
    super(message);
    this.faults = faults;
  }

  /** Reports faults of variables together, each fault once. */
  static listing(faults: readonly string[]): ConfigError {
    const each = [...new Set(faults)];
    return new ConfigError(
      [
        `The configuration has ${each.length === 1 ? 'a fault' : `${each.length} faults`}; see .env.example:`,
        ...each.map((fault) => `  ${fault}`),
      ].join('\n'),
      each,
    );
  }
}

/**
 * Reads the configuration of a process from its environment, once, at start.
 *
 * An empty variable counts as unset, because `.env` files and compose pass them on so.
 *
 * @param schema an object schema; its keys are the variables
 * @throws ConfigError naming every missing or invalid variable, and what was expected
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
  throw ConfigError.listing(
    result.error.issues.map((issue) => {
      const name = issue.path.join('.');
      const problem = set[name] === undefined ? 'is not set' : 'is not valid';
      return `${name} ${problem}: expected ${expectationOf(schema.shape[name]) ?? issue.message}`;
    }),
  );
}

/** A schema's description, also inside `.default()` and `.optional()`. */
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

/** A TCP port. @param usual the default */
export function port(usual: number): z.ZodDefault<z.ZodCoercedNumber<string>> {
  return z.coerce
    .number<string>()
    .int()
    .min(0)
    .max(65_535)
    .default(usual)
    .describe('a port, 0 to 65535');
}

/** A whole number within bounds. @param usual the default */
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

/** A URL. @param schemes the allowed ones, such as `postgres` */
export function url(...schemes: string[]): z.ZodURL {
  return z
    .url({ protocol: new RegExp(`^(${schemes.join('|')})$`, 'u') })
    .describe(`a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
}

/** `LOG_LEVEL`: the lowest level that is logged. */
export function logLevel(): z.ZodDefault<
  z.ZodEnum<{ debug: 'debug'; info: 'info'; warn: 'warn'; error: 'error' }>
> {
  return z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('debug, info, warn or error');
}

/**
 * `HEARTBEAT_FILE`: touched every few seconds while the process is healthy, for a health check (see
 * runProcess).
 */
export function heartbeatFile(): z.ZodOptional<z.ZodString> {
  return z.string().describe('a path').optional();
}
