import { z } from 'zod';
import { faultOfFile, layersOf, readSecretFile, rememberFile, secretNames } from './secret.ts';

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
 * An empty variable counts as unset, because `.env` files and compose pass them on so. Each secret
 * may be given as a file instead, named by the variable with `_FILE`: see `secret`.
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
  const { values, faults } = readSecretFiles(secretNames(schema), set);
  const result = schema.safeParse({ ...set, ...values });
  if (result.success && faults.size === 0) {
    const { data } = result;
    for (const name of Object.keys(values))
      rememberFile(
        String(data[name]),
        String(set[`${name}_FILE`]),
        schema.shape[name] as z.ZodType,
      );
    return data;
  }
  const invalid = (result.error?.issues ?? []).flatMap(({ path, message }) => {
    const name = path.join('.');
    if (faults.has(name)) return [];
    const given = name in values ? `${name}_FILE` : name;
    const problem = set[given] === undefined ? 'is not set' : 'is not valid';
    return [`${given} ${problem}: expected ${expectationOf(schema.shape[name]) ?? message}`];
  });
  throw ConfigError.listing([...faults.values(), ...invalid]);
}

/** Reads the secrets that are given as files. @returns the values and the faults, by variable */
function readSecretFiles(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): { readonly values: Readonly<Record<string, string>>; readonly faults: Map<string, string> } {
  const values: Record<string, string> = {};
  const faults = new Map<string, string>();
  for (const name of names) {
    const path = env[`${name}_FILE`];
    if (path === undefined) continue;
    if (env[name] !== undefined)
      faults.set(name, `${name} and ${name}_FILE are both set: expected one of them`);
    else
      try {
        values[name] = readSecretFile(path);
        if (values[name] === '') faults.set(name, `${name}_FILE names ${path}, which is empty`);
      } catch (error) {
        const fault = faultOfFile(error);
        faults.set(name, `${name}_FILE names ${path}, which cannot be read: ${fault}`);
      }
  }
  return { values, faults };
}

/** A schema's description, also inside `.default()` and `.optional()`. */
function expectationOf(schema: unknown): string | undefined {
  return layersOf(schema).find(({ description }) => description !== undefined)?.description;
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
