import { describe, expect, it } from 'vitest';
import { describeError, RunFault } from './run-fault.ts';

describe('describeError', () => {
  it('keeps the code, message and hint of an error that has them', () => {
    expect(
      describeError(
        new RunFault({ code: 'header', message: 'The first line is x.', hint: 'Do y.' }),
        'title.crew',
      ),
    ).toEqual({
      code: 'header',
      message: 'The first line is x.',
      hint: 'Do y.',
      dataset: 'title.crew',
    });
  });

  it('gives any other error a code and a hint', () => {
    expect(describeError(Object.assign(new Error('x'), { code: '57P01' }), null)).toMatchObject({
      code: 'connection-lost',
      message: 'x',
    });
    expect(describeError(new TypeError('y'), null)).toMatchObject({
      code: 'unexpected',
      message: 'y',
    });
  });
});
