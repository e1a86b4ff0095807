import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, count, port, readConfig, url } from './config.ts';

const schema = z.object({
  DATABASE_URL: url('postgres', 'postgresql'),
  API_PORT: port(3000),
  WORKERS: count(2, { max: 7 }),
});
const DATABASE_URL = 'postgres://user:secret@127.0.0.1/db';

describe('readConfig', () => {
  it('takes the defaults of variables that are unset or empty', () => {
    expect(readConfig(schema, { DATABASE_URL, WORKERS: '' })).toEqual({
      DATABASE_URL,
      API_PORT: 3000,
      WORKERS: 2,
    });
    expect(readConfig(schema, { DATABASE_URL, API_PORT: '0', WORKERS: '7' })).toEqual({
      DATABASE_URL,
      API_PORT: 0,
      WORKERS: 7,
    });
  });

  it('reports all invalid variables at once, by name and with what was expected', () => {
    const problems = (env: Record<string, string>) => {
      try {
        readConfig(schema, env);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        return (error as ConfigError).message.split('\n').slice(1);
      }
      throw new Error('no error was thrown');
    };
    expect(problems({ API_PORT: '70000', WORKERS: 'many' })).toEqual([
      '  DATABASE_URL is not set: expected a URL that starts with postgres:// or postgresql://',
      '  API_PORT is not valid: expected a port, 0 to 65535',
      '  WORKERS is not valid: expected a whole number from 1 to 7',
    ]);
  });

  it('never shows a value, which can be a secret', () => {
    expect(() => readConfig(schema, { DATABASE_URL: 'mysql://user:hunter2@db' })).toThrow(
      ConfigError,
    );
    expect(() => readConfig(schema, { DATABASE_URL: 'mysql://user:hunter2@db' })).not.toThrow(
      /hunter2/u,
    );
  });
});
