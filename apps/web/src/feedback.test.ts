import { createElement } from 'react';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from './api-client.ts';
import { ErrorMessage, messageOf } from './feedback.tsx';
import { render } from './testing/render.ts';

let onLine: boolean;

beforeEach(() => {
  onLine = true;
  vi.stubGlobal('navigator', {
    get onLine() {
      return onLine;
    },
  });
  onTestFinished(() => void vi.unstubAllGlobals());
});

const refusal = (status: number, code: string) =>
  new ApiError({ status, code, detail: 'What was wrong.', hint: 'What to do.' });
const failure = (error: Error, page = false) =>
  render(createElement(ErrorMessage, { error, page }));

describe('a failure', () => {
  it('tells what was wrong and what to do, and can be tried again', () => {
    const html = failure(refusal(500, 'x'));
    for (const part of ['role="alert"', 'What was wrong.', 'What to do.', '<button', '<h2>'])
      expect(html).toContain(part);
    expect(failure(refusal(500, 'x'), true)).toContain('<h1>');
  });

  it.each([
    ['a title that is not there', 404, true],
    ['a title that is not there, on a page', 404, false],
    ['an id that is none, on a page', 400, true],
  ])('of %s is not tried again, and leads to what there is', (_, status, page) => {
    const html = failure(refusal(status, 'x'), page);
    expect(html).not.toContain('<button');
    expect(html).not.toContain('What to do.');
    expect(html).toContain('href="/data"');
  });

  it('of a wrong filter in a list is told with what to do', () => {
    const html = failure(refusal(400, 'x'));
    expect(html).toContain('What to do.');
    expect(html).toContain('<button');
  });
});

it('tells a network that is lost from a server that does not answer', () => {
  const error = new TypeError('Failed to fetch');
  const [unreachable] = [messageOf(error)];
  onLine = false;
  expect(messageOf(error)).not.toBe(unreachable);
  expect(messageOf(error)).toMatch(/offline/iu);
  // a refusal is one whatever the browser takes the network for
  expect(messageOf(refusal(409, 'x'))).toBe('What was wrong.');
});
