import { ConfigError } from '@marquee/process';
import { expect, it } from 'vitest';
import { readCliConfig } from './config.ts';

it('needs no variable: port and folder have defaults', () => {
  expect(readCliConfig({})).toEqual({ API_PORT: 3000, DATA_DIR: 'data', POSTGRES_PORT: 5439 });
});

it('treats an empty variable as not set, as .env files leave them', () => {
  expect(readCliConfig({ MARQUEE_URL: '', MARQUEE_KEY: '', API_PORT: '', CI: '' })).toEqual(
    readCliConfig({}),
  );
});

it('reads its variables, and ignores others', () => {
  const env = {
    MARQUEE_URL: 'https://films.example/',
    MARQUEE_KEY: 'mq_abc',
    API_ADMIN_KEY: 'mq_def',
    DATA_DIR: '/srv/data',
    DATABASE_URL: 'postgres://ada@db/imdb',
    POSTGRES_READER_PASSWORD: 'p@ss',
    CI: 'true',
  };
  expect(readCliConfig({ ...env, API_PORT: '8080', POSTGRES_PORT: '5432', HOME: '/root' })).toEqual(
    { ...env, API_PORT: 8080, POSTGRES_PORT: 5432 },
  );
});

it('takes an address without a scheme as http', () => {
  for (const host of ['localhost:3000', 'films.example', '127.0.0.1:3000/imdb'])
    expect(readCliConfig({ MARQUEE_URL: host }).MARQUEE_URL).toBe(`http://${host}`);
});

it.each([
  ['MARQUEE_URL', 'postgres://films.example'],
  ['DATABASE_URL', 'https://ada:secret@films.example'],
  ['API_PORT', '70000'],
  ['POSTGRES_PORT', 'secret'],
])('rejects %s=%j by its name, without showing the value', (name, value) => {
  const read = () => readCliConfig({ [name]: value });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(new RegExp(`\\b${name}\\b`, 'u'));
  expect(read).not.toThrow(value);
});
