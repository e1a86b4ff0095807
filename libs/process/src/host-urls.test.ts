import { expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from './config.ts';
import { databaseUrl } from './connection-url.ts';
import { hostUrls } from './host-urls.ts';

const read = (text: string) =>
  readConfig(z.object({ DATABASE_URL: databaseUrl() }), { DATABASE_URL: text }).DATABASE_URL;

it('reads the URL of a database on several servers as libpq does', () => {
  expect(hostUrls(read('postgres://ada:s%40cret@db1/films'))).toEqual([
    'postgres://ada:s%40cret@db1/films',
  ]);
  const several = read('postgres://ada:s%40cret@db1:5440,[::1],db3:5/films?sslmode=verify-full');
  expect(URL.canParse(several)).toBe(true);
  expect(hostUrls(several)).toEqual([
    'postgres://ada:s%40cret@db1:5440/films?sslmode=verify-full',
    'postgres://ada:s%40cret@[::1]/films?sslmode=verify-full',
    'postgres://ada:s%40cret@db3:5/films?sslmode=verify-full',
  ]);
  for (const text of ['mysql://db1,db2/films', 'postgres://db1:x,db2/films', 'db1,db2'])
    expect(() => read(text)).toThrow('DATABASE_URL is not valid: expected a URL that starts with');
});
