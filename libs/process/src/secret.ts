import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';

const SECRETS = new WeakSet<object>();

/** Marks a setting as a secret: it may be given as a file too, named by the setting with `_FILE`. */
export function secret<T extends z.ZodType>(schema: T): T {
  SECRETS.add(schema);
  return schema;
}

/** The settings of a schema that are secrets. @param schema its keys are the settings */
export function secretNames({ shape }: z.ZodObject): string[] {
  return Object.entries(shape)
    .filter(([, schema]) => layersOf(schema).some((layer) => SECRETS.has(layer)))
    .map(([name]) => name);
}

/** A schema, and those inside its `.default()` and `.optional()`, from outside. */
export function layersOf(schema: unknown): z.ZodType[] {
  if (!(schema instanceof z.ZodType)) return [];
  const isWrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional;
  return [schema, ...(isWrapped ? layersOf(schema.unwrap()) : [])];
}

/** The file of a secret, and what it held when it was last valid. */
interface SecretFile {
  readonly path: string;
  readonly schema: z.ZodType;
  /** Which value of a list. */
  readonly index: number;
  last: string;
  /** The last fault that was reported. */
  fault: string | null;
}

/** By the value that the process was configured with: functions pass values on, not names. */
const FILES = new Map<string, SecretFile>();

/** The largest file of a secret. */
const MAX_BYTES = 65_536;

/**
 * The text of a file without the newline at its end. A pipe, which may hold up the process for ever,
 * and a device, which may have no end, are refused.
 *
 * @throws the system's error, or one that says what was expected: see {@link faultOfFile}
 */
export function readSecretFile(path: string): string {
  // to open a pipe waits for who writes to it
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile())
      throw new Error('it is a folder, a pipe or a device, not a file');
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    // the size that the system tells is 0 for some files
    for (let read = 1; read > 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null);
    if (length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
    return bytes.toString('utf8', 0, length).replace(/\r?\n$/u, '');
  } finally {
    closeSync(file);
  }
}

/** Why {@link readSecretFile} could not read a file, such as `ENOENT`. */
export function faultOfFile(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/**
 * Remembers the file of a secret, so that {@link currentSecret} reads it anew.
 *
 * @param value what the setting became: a text, or a list of them
 */
export function rememberFile(value: unknown, path: string, schema: z.ZodType): void {
  for (const [index, last] of valuesOf(value).entries())
    FILES.set(last, { path, schema, index, last, fault: null });
}

function valuesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

/**
 * What the file of a secret holds now, so that a secret changes without a restart. A secret that came
 * from the environment stays as it is. While the file cannot be read, or holds no valid value, the
 * last valid one stays in use, and a warning on standard error says so.
 *
 * @param configured the value that the process was configured with. Two secrets with equal values
 *   share a file, the one that was read last.
 */
export function currentSecret(configured: string): string {
  const file = FILES.get(configured);
  if (file === undefined) return configured;
  const read = tryReading(file);
  if ('value' in read) file.last = read.value;
  else if (read.fault !== file.fault)
    process.emitWarning(`${file.path} ${read.fault}; what it held before stays in use`);
  file.fault = 'value' in read ? null : read.fault;
  return file.last;
}

function tryReading({
  path,
  schema,
  index,
}: SecretFile): { readonly value: string } | { readonly fault: string } {
  try {
    const { success, data } = schema.safeParse(readSecretFile(path));
    const value = success ? valuesOf(data)[index] : undefined;
    return value === undefined ? { fault: 'does not hold a valid value' } : { value };
  } catch (error) {
    return { fault: `cannot be read: ${faultOfFile(error)}` };
  }
}
