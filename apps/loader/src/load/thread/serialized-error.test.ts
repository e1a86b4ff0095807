import { describe, expect, it } from 'vitest';
import { NotComparableError } from '../compare/not-comparable.ts';
import { WrongHeader } from '../encode/header.ts';
import { deserializeError, serializeError } from './serialized-error.ts';
import { DamagedFileError } from './snapshot-reader.ts';

const FILE = { dataset: 'title.ratings', id: 'a', compression: 'gzip' } as const;

describe('an error of a thread', () => {
  it.each([
    new NotComparableError('the rows of one id are too many'),
    new WrongHeader('the columns have changed'),
    new DamagedFileError('unexpected end of file', FILE),
  ])('is again a $name in the main thread', (error) => {
    const arrived = deserializeError(structuredClone(serializeError(error)));
    expect(arrived).toBeInstanceOf(error.constructor);
    expect(arrived.message).toBe(error.message);
  });

  it('keeps the damaged file', () => {
    const sent = serializeError(new DamagedFileError('unexpected end of file', FILE));
    expect(deserializeError(sent)).toMatchObject({ file: FILE });
  });
});
