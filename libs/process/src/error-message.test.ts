import { expect, it } from 'vitest';
import { errorMessage } from './error-message.ts';

it('is the message of an error', () => {
  expect(errorMessage(new TypeError('not a number'))).toBe('not a number');
});

it('joins the messages of an AggregateError', () => {
  const refused = ['::1', '127.0.0.1'].map(
    (address) => new Error(`connect ECONNREFUSED ${address}`),
  );
  expect(errorMessage(new AggregateError(refused))).toBe(
    'connect ECONNREFUSED ::1; connect ECONNREFUSED 127.0.0.1',
  );
});

it('is the text of a thrown value that is no error', () => {
  expect(errorMessage('a text')).toBe('a text');
});
